"""Fine bins made coarse, so that an index of stability over few rows tells of a shift and not of noise.

Without any drift the population stability index of k bins is about (1/n + 1/m) times a chi-squared number of
k - 1 degrees of freedom, over n and m rows (Yurdakul & Naranjo 2020, Journal of Risk Model Validation 14(4)).
With 500 new rows and many of the reference it is 0.02 on average for ten bins, and for a hundred 0.2, which
is what a large shift has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

# Tenths of the reference are what the usual limits of the index, 0.1 and 0.2, were found good with.
LEAST_SHARE = 0.1


def coarse_starts(counts: Sequence[int], *, least_share: float = LEAST_SHARE) -> tuple[int, ...]:
    """Return where coarse bins begin among neighbouring fine ones of the reference.

    A fine bin with at least that share of the rows stands alone, for it is a value that many rows share, and
    what is to either side of it would be lost in it. The fine bins of a stretch between two such ones are
    taken together until they have the share; what is left of the stretch joins what was before it there, or
    is a small bin of its own where the whole stretch has less than the share.

    Args:
        counts: Rows of the reference in each fine bin: of numbers in their order, of categories most frequent
            first, so that values that are about as frequent are taken together.
        least_share: Of all rows.

    Returns:
        Places among `counts`, ascending, the first 0; at most 2 / least_share + 1 of them.
    """
    least = max(1.0, least_share * sum(counts))
    starts: list[int] = []
    for begin, end in _stretches(counts, least):
        starts += _starts_within(counts, begin, end, least)
    return tuple(starts) or (0,)


def coarse(counts: Sequence[int], starts: Sequence[int]) -> tuple[int, ...]:
    """Return the rows in each coarse bin."""
    return tuple(sum(counts[begin:end]) for begin, end in pairwise([*starts, len(counts)]))


def _stretches(counts: Sequence[int], least: float) -> Iterator[tuple[int, int]]:
    """Yield fine bins that stand alone, and the stretches between them, in order."""
    begin = 0
    for place, rows in enumerate(counts):
        if rows >= least:
            if begin < place:
                yield begin, place
            yield place, place + 1
            begin = place + 1
    if begin < len(counts):
        yield begin, len(counts)


def _starts_within(counts: Sequence[int], begin: int, end: int, least: float) -> list[int]:
    starts, held = [begin], 0
    for place in range(begin, end):
        if held >= least:
            starts.append(place)
            held = 0
        held += counts[place]
    return starts[:-1] if held < least and len(starts) > 1 else starts
