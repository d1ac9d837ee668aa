"""Which callers a challenger answers: slots of a hundred, handed over so that few callers change version.

A caller's slot is a hash of its key (`tideline.serving.routing`). What no challenger holds is the champion's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

SLOTS = 100

# Half-open ranges of 0 to `SLOTS`, in order, none touching the next.
Slots = tuple[tuple[int, int], ...]


def allocate(weights: Mapping[int, int], before: Mapping[int, Slots]) -> dict[int, Slots]:
    """Return the slots of each challenger.

    As few slots change hands as the weights allow, which is the total variation distance between the
    weights before and after, champion included: who shrinks keeps its lowest slots, and who grows takes
    what others give up before it takes any of the champion's.

    Args:
        weights: Percent of callers, by version; challengers only. A version that isn't named gives all up.
        before: Slots that the same release gave out, by version; of another release, whose hash of callers
            is another one, they mean nothing.

    Raises:
        ValueError: if a weight is negative, all together exceed 100, or two versions held the same slot.
    """
    _require_shares(weights)
    held = {version: expand(slots) for version, slots in before.items()}
    _require_apart(held)
    kept = {version: held.get(version, [])[:weight] for version, weight in weights.items()}
    free = _free(kept, held)
    return {
        version: collapse([*kept[version], *(next(free) for _ in range(weight - len(kept[version])))])
        for version, weight in weights.items()
    }


def expand(slots: Slots) -> list[int]:
    """Return every slot of some ranges, in order."""
    return sorted(slot for start, end in slots for slot in range(start, end))


def collapse(slots: Iterable[int]) -> Slots:
    """Return distinct slots as the fewest ranges."""
    ranges: list[tuple[int, int]] = []
    for slot in sorted(slots):
        if ranges and ranges[-1][1] == slot:
            ranges[-1] = (ranges[-1][0], slot + 1)
        else:
            ranges.append((slot, slot + 1))
    return tuple(ranges)


def _free(kept: Mapping[int, Sequence[int]], held: Mapping[int, Sequence[int]]) -> Iterator[int]:
    """Yield what nobody keeps: first what challengers gave up, then the champion's, each from the lowest."""
    taken = {slot for slots in kept.values() for slot in slots}
    challengers = {slot for slots in held.values() for slot in slots}
    rest = set(range(SLOTS)) - taken
    yield from sorted(rest & challengers)
    yield from sorted(rest - challengers)


def _require_shares(weights: Mapping[int, int]) -> None:
    if any(weight < 0 for weight in weights.values()) or sum(weights.values()) > SLOTS:
        raise ValueError(f"weights are percents of callers, at most 100 together: {dict(weights)}")


def _require_apart(held: Mapping[int, Sequence[int]]) -> None:
    slots = [slot for each in held.values() for slot in each]
    if len(slots) != len(set(slots)) or any(not 0 <= slot < SLOTS for slot in slots):
        raise ValueError("two challengers hold the same slot, or one beyond the hundred")
