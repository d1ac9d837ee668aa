"""What a look saw: its record, what was counted, what that was held against, and the looks before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from cli.watching.looks import Looks
from tideline.domain.monitoring.counting.counts import WindowCounts
from tideline.domain.monitoring.record import MonitoringRecord
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.value import Value
from tideline.monitoring_report.distributions import Bar, column_bars, number_bars, score_bars

_Read = TypeVar("_Read", bound=Value)


@dataclass(frozen=True)
class Seen:
    """Looks, oldest first, of which there is at least one; counts and reference are the last one's."""

    looks: tuple[MonitoringRecord, ...]
    window: WindowCounts | None
    reference: MonitoringReference | None

    @property
    def record(self) -> MonitoringRecord:
        """The newest look."""
        return self.looks[-1]

    def feature(self, name: str, *, most: int = 0) -> tuple[Bar, ...]:
        """Return a feature's distribution then and now, in at most about so many bars where that is not 0.

        There are none where one of them is not known.
        """
        profile = self.reference.features.get(name) if self.reference else None
        counts = self.window.features.get(name) if self.window else None
        return column_bars(profile, counts, most=most) if profile and counts else ()

    def answer(self, name: str, *, most: int = 10) -> tuple[Bar, ...]:
        """Return how probable a class was said to be, or a regression's answers, then and now."""
        if self.reference is None or self.window is None:
            return ()
        if self.reference.value is not None:
            return number_bars(self.reference.value, self.window.value, most=most)
        then = self.reference.outputs.get(name)
        return score_bars(then, self.window.outputs.get(name), most=most) if then else ()


def seen_in(looks: Looks, found: tuple[MonitoringRecord, ...]) -> Seen:
    """Read what the last of some looks saw; what cannot be read is left out, and noted."""
    record = found[-1]
    window = _parsed(looks, WindowCounts, looks.window_json(record), "what was counted in it")
    reference = _parsed(looks, MonitoringReference, looks.reference_json(record), "its version's reference")
    return Seen(looks=found, window=window, reference=reference)


def _parsed(looks: Looks, kind: type[_Read], content: bytes | None, name: str) -> _Read | None:
    if content is None:
        looks.note(f"of the newest look, {name} is missing: distributions are left out")
        return None
    try:
        return kind.model_validate_json(content)
    except ValidationError:
        looks.note(f"of the newest look, {name} cannot be read: distributions are left out")
        return None
