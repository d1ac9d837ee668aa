"""What a spec may already say, although this version of Tideline does not act on it yet.

Such a field is accepted, so that one spec serves every version; but nobody should believe that it works.
The notices go out with `SpecApplied` and are shown by `tideline apply`.
"""

from __future__ import annotations

from tideline.domain.contract.spec import ModelSpec


def notices(spec: ModelSpec) -> tuple[str, ...]:
    """Return a sentence for every field that is set and has no effect yet."""
    wishes = {
        "training.compute: training runs in functions for now": spec.training.compute
        not in ("auto", "function"),
    }
    return tuple(text for text, wished in wishes.items() if wished)
