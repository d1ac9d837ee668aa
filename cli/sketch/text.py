"""The text of a first spec, with the reasons as comments."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import yaml

from cli.sketch.roles import Feature, Roles

# Texts that YAML reads as themselves; everything else is quoted.
_PLAIN = re.compile(r"^[A-Za-z_][A-Za-z0-9_ .-]*(?<! )$")
_SPECIAL = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"})


def spec_text(roles: Roles, *, model: str, target: str, source: str) -> str:
    """Return a model.yaml.

    Args:
        roles: Of the columns.
        model: Name of the model.
        target: Name of the target.
        source: Name of the file that was looked at.
    """
    lines = [
        f"# Written by `tideline init` from {_one_line(source)}: look through it, then `tideline apply` it.",
        f"model: {model}",
        _with_comment(f"task: {roles.target.task}", roles.target.why),
        f"target: {scalar(target)}",
        *_keys(roles),
        "features:",
        *(_feature_line(feature) for feature in roles.features),
        *_left_out(roles),
        *_ending(roles),
    ]
    return "\n".join(lines) + "\n"


def scalar(text: str) -> str:
    """Spell a text so that a spec's reader gives back the same text."""
    if _PLAIN.fullmatch(text) and text.lower() not in _SPECIAL:
        return text
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=math.inf).strip()


def _keys(roles: Roles) -> Iterator[str]:
    if roles.target.positive is not None:
        yield f"positive: {scalar(roles.target.positive)}"
    if roles.entity is not None:
        yield _with_comment(f"entity: {scalar(roles.entity)}", "names what a row is about")
    if roles.time is not None:
        yield _with_comment(f"time: {scalar(roles.time)}", "the newest rows are held out for evaluation")


def _feature_line(feature: Feature) -> str:
    parts = [f"type: {feature.type}"]
    if feature.values is not None:
        parts.append(f"values: [{', '.join(map(scalar, feature.values))}]")
    if not feature.required:
        parts.append("required: false")
    return _with_comment(f"  {scalar(feature.name)}: {{{', '.join(parts)}}}", feature.why)


def _left_out(roles: Roles) -> Iterator[str]:
    if not roles.left_out:
        return
    yield "# Left out:"
    for column in roles.left_out:
        yield f"#   {_one_line(column.name)}: {column.why}"


def _ending(roles: Roles) -> Iterator[str]:
    yield "training:"
    yield "  trials: 8               # more look further and take longer"
    if roles.target.task == "binary":
        yield "# evaluation: {minimum: 0.7}   # of ROC AUC; below that no version goes live"


def _with_comment(line: str, comment: str) -> str:
    return f"{line}  # {_one_line(comment)}" if comment else line


def _one_line(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)
