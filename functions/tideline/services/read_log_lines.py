"""Read lines of the prediction log as they come: mixed with others, cut off, or from another edition."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from tideline.domain.keys import MODEL_NAME
from tideline.domain.prediction_log import SCHEMA_VERSION, TYPE, LoggedCall

_MARK = f'"{TYPE}"'
# The table's INTEGER.
_LARGEST = 2**31 - 1


@dataclass(frozen=True)
class LogLine:
    """A line of a log, with the id that CloudWatch Logs gave it: the same on every delivery."""

    id: str
    text: str


@dataclass(frozen=True)
class MalformedLine:
    """A line that says it is a prediction and is not; `model` is empty where it names none."""

    line: LogLine
    model: str
    problem: str


@dataclass(frozen=True)
class ReadLines:
    """What lines turned out to be; those that are no prediction are not mentioned.

    Attributes:
        calls: Lines of this schema, or of the first, whose fields are a part of this one's.
        malformed: Lines that say they are predictions and are not.
        too_new: Ids of lines with a schema that only a newer edition knows.
    """

    calls: list[LoggedCall] = field(default_factory=list)
    malformed: list[MalformedLine] = field(default_factory=list)
    too_new: list[str] = field(default_factory=list)


def read_log_lines(lines: Iterable[LogLine]) -> ReadLines:
    """Sort lines by what they are."""
    read = ReadLines()
    for line in lines:
        # As the filter does, for where it cannot: other lines of the function say nothing of predictions.
        if _MARK in line.text:
            _sort(line, read)
    return read


def _sort(line: LogLine, read: ReadLines) -> None:
    try:
        call = LoggedCall.model_validate_json(line.text)
    except ValidationError as exc:
        _sort_invalid(line, exc, read)
        return
    if call.schema_version > SCHEMA_VERSION:
        read.too_new.append(line.id)
    elif call.type == TYPE and (problem := _problem(call)):
        read.malformed.append(_malformed(line, call.model, problem))
    elif call.type == TYPE:
        read.calls.append(call)


def _sort_invalid(line: LogLine, exc: ValidationError, read: ReadLines) -> None:
    try:
        document: Any = json.loads(line.text)
    except (ValueError, RecursionError):
        read.malformed.append(_malformed(line, "", "it is not JSON: it may have been cut off"))
        return
    if not isinstance(document, dict) or document.get("type") != TYPE:
        return
    version = document.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        read.too_new.append(line.id)
        return
    places = sorted({".".join(map(str, error["loc"])) for error in exc.errors(include_input=False)})
    model = str(document.get("model", ""))
    read.malformed.append(_malformed(line, model, f"not as they should be: {', '.join(places)}"))


def _malformed(line: LogLine, model: str, problem: str) -> MalformedLine:
    addressed = model if MODEL_NAME.fullmatch(model) else ""
    return MalformedLine(line=line, model=addressed, problem=problem)


def _problem(call: LoggedCall) -> str:
    """Return why a call cannot be a row of the table, or nothing."""
    if not MODEL_NAME.fullmatch(call.model):
        return "its model's name is none"
    whole = {"version": call.version, "generation": call.generation, "step": call.step}
    whole |= {"instead_of": call.instead_of or 0, "schema_version": call.schema_version}
    wrong = sorted(name for name, number in whole.items() if not 0 <= number <= _LARGEST)
    if wrong:
        return f"out of range: {', '.join(wrong)}"
    try:
        datetime.fromtimestamp(call.time / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return "out of range: time"
    return ""
