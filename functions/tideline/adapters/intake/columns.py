"""Matching a file's column names with the spec's: exactly, and saying what is nearly right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tideline.adapters.intake.limits import MAX_COLUMNS
from tideline.adapters.intake.wanted import Wanted
from tideline.domain.intake.canonical_file import RejectReason
from tideline.errors import FileRejected

_SHOWN = 10


def check_names(names: Sequence[str]) -> None:
    """Raise `FileRejected` where names are too many, empty, or used twice."""
    if len(names) > MAX_COLUMNS:
        raise FileRejected(
            RejectReason.TOO_MANY_COLUMNS,
            f"{len(names):,} columns or more; at most {MAX_COLUMNS:,} are read",
        )
    if "" in names:
        raise FileRejected(
            RejectReason.EMPTY_COLUMN_NAME,
            f"column {names.index('') + 1} of {len(names)} has no name in the header (pandas writes such a"
            " column for its index: to_csv(..., index=False))",
        )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        places = " and ".join(str(i + 1) for i, name in enumerate(names) if name == twice[0])
        raise FileRejected(
            RejectReason.DUPLICATE_COLUMN,
            f"the name {twice[0]!r} stands twice in the header, for columns {places}",
        )


def check_present(names: Sequence[str], demanded: Sequence[str], wanted: Wanted) -> None:
    """Raise `FileRejected` where a demanded column is missing; names every one of them.

    An audit column is asked for like any other, although its cells may be empty: were a file without it
    taken, a misspelt attribute would switch the fairness check off without a word.
    """
    missing = [name for name in demanded if name not in names]
    if not missing:
        return
    told = "; ".join(_tell(name, names, wanted) for name in missing[:_SHOWN])
    more = f"; and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    headless = " Is the first line a header?" if len(missing) == len(demanded) else ""
    found = ", ".join(repr(name) for name in names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    raise FileRejected(
        RejectReason.MISSING_COLUMN,
        f"{told}{more}. Names must match exactly. The file has {found}.{headless}",
    )


def extras(names: Sequence[str], wanted: Wanted) -> tuple[str, ...]:
    """Return the names that nobody reads."""
    return tuple(name for name in names if name not in wanted.kinds)


def _tell(name: str, names: Sequence[str], wanted: Wanted) -> str:
    near = next((other for other in names if other.casefold() == name.casefold()), None)
    hint = f" ({near!r} differs in upper and lower case)" if near is not None else ""
    return f"{wanted.roles.get(name, '')}{name!r} is missing{hint}"
