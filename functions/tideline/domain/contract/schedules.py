"""Schedules as EventBridge Scheduler takes them: ``rate(6 hours)``, ``cron(0 3 * * ? *)``.

Checked in full when the spec is read: what the service refused later would have no one to tell.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import re

_RATE = re.compile(r"rate\([1-9][0-9]{0,5} (minutes?|hours?|days?)\)")
_CRON = re.compile(r"cron\(([^()]{11,200})\)")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# Name, smallest, largest, names that stand for numbers (from the smallest on).
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minutes", 0, 59, ()),
    ("hours", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 1, 7, _DAYS),
    ("year", 1970, 2199, ()),
)
# Forms that only the two day fields know: last day, nearest weekday, n-th weekday of the month.
_DAY_FORMS = {
    "day of month": re.compile(r"L|L-[0-9]{1,2}|LW|[0-9]{1,2}W"),
    "day of week": re.compile(r"L|[1-7]L|[1-7]#[1-5]|(SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5])"),
}


def check_schedule(text: str) -> str:
    """Return a schedule as it is.

    Raises:
        ValueError: saying which part EventBridge Scheduler would refuse.
    """
    if _RATE.fullmatch(text):
        return text
    match = _CRON.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no schedule: write rate(6 hours) or cron(0 3 * * ? *)")
    fields = match[1].split()
    if len(fields) != len(_FIELDS):
        raise ValueError(
            f"cron takes six fields, {', '.join(f[0] for f in _FIELDS)}; there are {len(fields)}"
        )
    for field, (name, low, high, names) in zip(fields, _FIELDS, strict=True):
        if not all(_fits(part, name, low, high, names) for part in field.upper().split(",")):
            raise ValueError(f"{field!r} is no {name} of a cron schedule")
    if (fields[2] == "?") == (fields[4] == "?"):
        raise ValueError("one of day of month and day of week is `?`, the other is not")
    return text


def _fits(part: str, name: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    if part == "*":
        return True
    if name in _DAY_FORMS and (part == "?" or _DAY_FORMS[name].fullmatch(part)):
        return True
    span, slash, step = part.partition("/")
    if slash and not (step.isdecimal() and int(step) >= 1):
        return False
    ends = span.split("-")
    numbers = [_number(end, low, names) for end in ends]
    inside = len(ends) <= 2 and all(low <= number <= high for number in numbers)  # noqa: PLR2004 from-to
    return inside or (span == "*" and bool(slash))


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + low
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= 4 else -1  # noqa: PLR2004 years
