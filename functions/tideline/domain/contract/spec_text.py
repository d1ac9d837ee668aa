"""From the text of a model.yaml to a spec, or to every fault in it at once, each with its place."""

from __future__ import annotations

import difflib
import math
from collections.abc import Hashable, Sequence
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from tideline.domain.contract.release_spec import GuardrailSpec, ReleaseSpec
from tideline.domain.contract.spec import (
    CaptureSpec,
    DriftSpec,
    EvaluationSpec,
    FairnessSpec,
    FeatureSpec,
    ModelSpec,
    MonitoringSpec,
    RetrainingSpec,
    TrainingSpec,
)
from tideline.errors import Fault, SpecInvalid

# Far above any honest spec (2,000 features need about 120 KB); keeps a hostile one from costing memory.
MAX_SPEC_BYTES = 512 * 1024
MAX_DEPTH = 12
# With every default written out, the spec is one item of the registry, and in other words part of another:
# DynamoDB's items hold 400 KB.
MAX_STORED_BYTES = 300 * 1024
# All faults at once go into one event, which holds 256 KB.
MAX_FAULTS = 100
_MAX_SHOWN = 200
_SECTIONS: dict[str, type[BaseModel]] = {
    "": ModelSpec,
    "training": TrainingSpec,
    "evaluation": EvaluationSpec,
    "evaluation.fairness": FairnessSpec,
    "release": ReleaseSpec,
    "release.guardrails": GuardrailSpec,
    "capture": CaptureSpec,
    "monitoring": MonitoringSpec,
    "monitoring.drift": DriftSpec,
    "retraining": RetrainingSpec,
}
# The same in C is ten times as fast: the largest spec takes less than a second instead of ten.
_LOADER = yaml.CSafeLoader
_NULL = "tag:yaml.org,2002:null"
Path = tuple[Hashable, ...]


def read_spec(content: bytes, *, model: str) -> ModelSpec:
    """Return the spec written in `content`, dropped for `model`.

    Raises:
        SpecInvalid: with every fault that can be seen at once, each with its place and line.
    """
    text = _decode(content)
    node = _compose(text)
    value, lines, faults = _Reader().read(node)
    if not faults and not isinstance(value, dict):
        faults = [Fault("", 1, "a spec is a mapping of fields, such as `model: churn`")]
    if faults:
        raise _invalid(faults)
    spec = _validate(value, lines, model)
    if len(spec.model_dump_json().encode()) > MAX_STORED_BYTES:
        raise SpecInvalid([Fault("", None, f"larger than {MAX_STORED_BYTES // 1024} KB with its defaults")])
    return spec


def _invalid(faults: Sequence[Fault]) -> SpecInvalid:
    more = len(faults) - MAX_FAULTS
    shown = list(faults[:MAX_FAULTS])
    return SpecInvalid([*shown, Fault("", None, f"and {more:,} more faults")] if more > 0 else shown)


def _decode(content: bytes) -> str:
    if len(content) > MAX_SPEC_BYTES:
        raise SpecInvalid([Fault("", None, f"larger than {MAX_SPEC_BYTES // 1024} KB")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = content[: exc.start].count(b"\n") + 1
        raise SpecInvalid([Fault("", line, "not UTF-8 text")]) from exc


def _compose(text: str) -> yaml.Node:
    try:
        _check_depth(text)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        problem = getattr(exc, "problem", None) or str(exc).splitlines()[0]
        raise SpecInvalid([Fault("", mark.line + 1 if mark else None, f"not YAML: {problem}")]) from exc
    if node is None:
        raise SpecInvalid([Fault("", 1, "empty; required are model, task, target and features")])
    return node


def _check_depth(text: str) -> None:
    """Refuse deep nesting while it is still a flat list of events: composing it would recurse."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else None
            raise SpecInvalid([Fault("", line, f"nested deeper than {MAX_DEPTH} levels")])


class _Reader:
    """Turns YAML nodes into plain values, and remembers the line of every path."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.faults: list[Fault] = []
        self._constructor = yaml.SafeLoader("")
        self._seen: set[int] = set()

    def read(self, node: yaml.Node) -> tuple[Any, dict[Path, int], list[Fault]]:
        return self._value(node, ()), self.lines, self.faults

    def _value(self, node: yaml.Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self._seen and not isinstance(node, yaml.ScalarNode):
            return self._fault(path, "anchors and aliases are not part of a spec: write it out")
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(child, (*path, index)) for index, child in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            # `on`, `yes` and numbers are names here, whatever YAML 1.1 makes of them.
            name = str(key_node.value)
            here = (*path, name)
            self.lines[here] = key_node.start_mark.line + 1
            if name in result:
                self._fault(here, "written twice")
            result[name] = self._value(value_node, here)
        return result

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        if _is_label(path) and node.tag != _NULL:
            return node.value
        try:
            value = self._constructor.construct_object(node)
        except (yaml.YAMLError, ValueError):
            return self._fault(path, f"{_shown(node.value)} is not a plain value")
        if isinstance(value, float) and not math.isfinite(value):
            return self._fault(path, "must be a finite number")
        return value if isinstance(value, bool | int | float | str | None) else str(node.value)

    def _fault(self, path: Path, problem: str) -> None:
        self.faults.append(Fault(_spell(path), self.lines.get(path), problem))


def _is_label(path: Path) -> bool:
    """Whether a value stands for what a file holds: then it is what is written, be it ``no`` or ``007``."""
    inside = len(path) == 4 and (path[0], path[2]) == ("features", "values")  # noqa: PLR2004
    return path == ("positive",) or inside


def _validate(value: dict[str, Any], lines: dict[Path, int], model: str) -> ModelSpec:
    faults: list[Fault] = []
    named = value.get("model")
    if isinstance(named, str) and named != model:
        faults.append(
            Fault(
                "model",
                lines.get(("model",)),
                f"is {_shown(named)}, but the file was dropped under {model!r}",
            )
        )
    try:
        spec = ModelSpec.model_validate(value)
    except ValidationError as exc:
        faults.extend(_fault(error, lines, value) for error in exc.errors())
        raise _invalid(faults) from exc
    if faults:
        raise _invalid(faults)
    return spec


def _fault(error: Any, lines: dict[Path, int], value: object) -> Fault:
    path = _real_path(error["loc"], value, missing=error["type"] == "missing")
    line = next((lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in lines), None)
    return Fault(_spell(path), line, _problem(error, path))


def _real_path(loc: Sequence[Hashable], value: object, *, missing: bool) -> Path:
    """Drop what pydantic adds to a path (names of union members), which nobody wrote."""
    path: list[Hashable] = []
    for position, part in enumerate(loc):
        inside = isinstance(value, dict) and part in value
        indexed = isinstance(value, list) and isinstance(part, int) and part < len(value)
        if inside or indexed:
            path.append(part)
            value = value[part]  # type: ignore[index]
        elif missing and position == len(loc) - 1:
            path.append(part)
    return tuple(path)


def _problem(error: Any, path: Path) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return "is required"
    if kind == "extra_forbidden":
        return f"unknown field{_suggestion(path)}"
    if kind == "value_error":
        return _cut(str(context.get("error", error["msg"])), most=3 * _MAX_SHOWN)
    if kind == "literal_error":
        return f"must be {context['expected']}, not {_shown(error['input'])}"
    shown = f", not {_shown(error['input'])}" if isinstance(error["input"], str | int | float) else ""
    return str(error["msg"]).replace("Input should", "should") + shown


def _suggestion(path: Path) -> str:
    parent = _spell(path[:-1])
    section = FeatureSpec if parent.startswith("features.") else _SECTIONS.get(parent)
    if section is None:
        return ""
    known = list(section.model_fields)
    close = difflib.get_close_matches(str(path[-1]), known, n=1)
    return f"; did you mean `{close[0]}`?" if close else f"; known are {', '.join(known)}"


def _spell(path: Path) -> str:
    return _cut(".".join(str(part) for part in path))


def _shown(value: object) -> str:
    return _cut(repr(value))


def _cut(text: str, *, most: int = _MAX_SHOWN) -> str:
    """Shorten what people wrote to what an event can carry."""
    return text if len(text) <= most else f"{text[:most]}..."
