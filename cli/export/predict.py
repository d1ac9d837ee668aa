"""Predict with the model in this folder: onnxruntime and numpy are all it takes.

    pip install -r requirements.txt
    python predict.py rows.csv            # CSV with a header, JSON Lines or a JSON array; `-` is stdin

    from predict import load, predict
    model = load()
    predict([{"age": 39, "plan": "monthly"}], model=model)

Each answer is ``{"value": ...}``, for a classification with ``"probabilities"`` by class. Rows are held to
the same rules as the model's training data: see ``signature`` in manifest.json.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import numpy as np
import onnxruntime

# The largest float32; a larger number would reach the model as infinity.
MAX_NUMBER = 3.4028234663852886e38
# A binary model names its positive class where that is at least as likely as not.
THRESHOLD = 0.5
BATCH_ROWS = 8192
_SHOWN_FAULTS = 20


class InvalidRows(ValueError):
    """Rows that the model may not be asked; `faults` names row (from 0), column and reason of each."""

    def __init__(self, faults: Sequence[tuple[int, str, str]]) -> None:
        self.faults = list(faults)
        shown = [f"row {row}, {name}: {reason}" for row, name, reason in self.faults[:_SHOWN_FAULTS]]
        more = len(self.faults) - len(shown)
        super().__init__("\n".join([*shown, *([f"and {more} more"] if more else [])]))


class Model(NamedTuple):
    """A loaded model and what it takes and gives."""

    session: Any
    signature: Mapping[str, Any]


def load(folder: Path | None = None) -> Model:
    """Load the model of a folder, by default the one that this file lies in.

    Raises:
        ValueError: the ONNX file is not the one that the manifest speaks of.
    """
    home = folder or Path(__file__).resolve().parent
    manifest = json.loads((home / "manifest.json").read_text(encoding="utf-8"))
    artifact = (home / "model.onnx").read_bytes()
    found = hashlib.sha256(artifact).hexdigest()
    if found != manifest["artifact_sha256"]:
        raise ValueError(f"model.onnx has SHA-256 {found}, its manifest says {manifest['artifact_sha256']}")
    session = onnxruntime.InferenceSession(artifact, providers=["CPUExecutionProvider"])
    return Model(session, manifest["signature"])


def predict(rows: Sequence[Mapping[str, Any]], *, model: Model | None = None) -> list[dict[str, Any]]:
    """Return the answer to each row: a mapping of features to numbers, texts or None for missing.

    Raises:
        InvalidRows: naming everything that is wrong with any of them.
    """
    model = model or load()
    check(rows, model.signature)
    answers: list[dict[str, Any]] = []
    for start in range(0, len(rows), BATCH_ROWS):
        answers += _answer(rows[start : start + BATCH_ROWS], model)
    return answers


def check(rows: Sequence[Mapping[str, Any]], signature: Mapping[str, Any]) -> None:
    """Raise `InvalidRows` unless the model may be asked all rows."""
    rules = {rule["name"]: rule for rule in signature["features"]}
    known = set(rules) | {signature.get("entity"), signature.get("time")}
    faults = [
        (place, name, reason) for place, row in enumerate(rows) for name, reason in _faults(row, rules, known)
    ]
    if faults:
        raise InvalidRows(faults)


def _faults(
    row: Mapping[str, Any], rules: Mapping[str, Mapping[str, Any]], known: set[Any]
) -> Iterable[tuple[str, str]]:
    for name in row:
        if name not in known:
            yield name, "the model has no such feature"
    for name, rule in rules.items():
        reason = _fault(row.get(name), rule)
        if reason:
            yield name, reason


def _fault(value: Any, rule: Mapping[str, Any]) -> str | None:
    if _is_missing(value):
        return "is required but missing" if rule["required"] else None
    return _number_fault(value, rule) if rule["type"] == "number" else _category_fault(value, rule)


def _number_fault(value: Any, rule: Mapping[str, Any]) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{value!r} is no number"
    try:
        finite = math.isfinite(value)
    except OverflowError:
        # An integer of more digits than a float has room for; nobody wants to read all of them.
        return "an integer of more than 308 digits is too large"
    if not finite:
        return f"{value!r} is no number"
    if rule["min"] is not None and value < rule["min"]:
        return f"{value!r} is below the minimum {rule['min']:g}"
    if rule["max"] is not None and value > rule["max"]:
        return f"{value!r} is above the maximum {rule['max']:g}"
    return f"{value!r} is too large" if abs(value) > MAX_NUMBER else None


def _category_fault(value: Any, rule: Mapping[str, Any]) -> str | None:
    if not isinstance(value, str | bool | int):
        return f"{value!r} is no text"
    text, allowed = _spelled(value), rule["values"]
    if "\0" in text:
        return "must not contain the character NUL"
    return None if allowed is None or text in allowed else f"{text!r} is not one of {', '.join(allowed)}"


def _is_missing(value: Any) -> bool:
    return value is None or value == ""


def _spelled(value: Any) -> str:
    """Spell a category as a file would hold it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _answer(rows: Sequence[Mapping[str, Any]], model: Model) -> list[dict[str, Any]]:
    inputs = {
        rule["name"]: _column([row.get(rule["name"]) for row in rows], rule["type"])
        for rule in model.signature["features"]
    }
    (raw,) = model.session.run(None, inputs)
    if not np.isfinite(raw).all():
        raise ValueError("the model gave an answer that is not finite")
    return [_named(row, model.signature) for row in raw.tolist()]


def _column(values: Sequence[Any], kind: str) -> Any:
    """Return a column of shape ``(n, 1)``: numbers with NaN for missing, or texts with "" for missing."""
    if kind == "number":
        numbers = [math.nan if _is_missing(value) else value for value in values]
        return np.array(numbers, dtype=np.float32).reshape(-1, 1)
    texts = ["" if _is_missing(value) else _spelled(value) for value in values]
    return np.array(texts, dtype=object).reshape(-1, 1)


def _named(raw: Sequence[float], signature: Mapping[str, Any]) -> dict[str, Any]:
    classes = signature["classes"]
    if not classes:
        return {"value": raw[0]}
    binary = signature["task"] == "binary"
    place = int(raw[1] >= THRESHOLD) if binary else max(range(len(raw)), key=raw.__getitem__)
    return {"value": classes[place], "probabilities": dict(zip(classes, raw, strict=True))}


def read_rows(text: str, signature: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows of CSV, JSON Lines or a JSON array, and the columns that the model does not take.

    Raises:
        ValueError: it is none of these, naming the line.
    """
    text = text.removeprefix("\ufeff")
    found = _json_rows(text) if text.lstrip()[:1] in ("{", "[") else _csv_rows(text)
    kinds = {rule["name"]: rule["type"] for rule in signature["features"]}
    extra = sorted({name for row in found for name in row} - set(kinds))
    rows = [
        {name: _typed(value, kinds[name]) for name, value in row.items() if name in kinds} for row in found
    ]
    return rows, extra


def _json_rows(text: str) -> list[dict[str, Any]]:
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        whole = [json.loads(line) for line in text.split("\n") if line.strip()]
    rows = whole if isinstance(whole, list) else [whole]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("each row has to be an object of columns and values")
    return rows


def _csv_rows(text: str) -> list[dict[str, Any]]:
    # Not `splitlines`: it would cut cells in two at U+2028, U+0085 and others that end no line of a CSV file.
    lines = [cells for cells in csv.reader(io.StringIO(text, newline=""), strict=True) if cells]
    if not lines:
        raise ValueError("there is nothing in it: a header is needed at least")
    names = [name.strip() for name in lines[0]]
    for place, cells in enumerate(lines[1:]):
        if len(cells) != len(names):
            raise ValueError(f"row {place} has {len(cells)} cells, the header has {len(names)}")
    return [dict(zip(names, cells, strict=True)) for cells in lines[1:]]


def _typed(value: Any, kind: str) -> Any:
    """Return the number that a text spells where one is wanted; any other text stays, to be named."""
    if kind != "number" or not isinstance(value, str):
        return value
    try:
        number = float(value) if "_" not in value else math.nan
    except ValueError:
        return value
    return number if math.isfinite(number) else value


def main(arguments: Sequence[str] | None = None, *, out: TextIO | None = None) -> int:
    """Write one JSON answer a line; return 1 where rows cannot be answered."""
    parser = argparse.ArgumentParser(description="Predict with the model in this folder.")
    parser.add_argument("file", nargs="?", default="-", help="CSV, JSON Lines or a JSON array; - is stdin")
    name = parser.parse_args(arguments).file
    model = load()
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        rows, extra = read_rows(text, model.signature)
        answers = predict(rows, model=model)
    except (OSError, ValueError, csv.Error) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    if extra:
        sys.stderr.write(f"columns that the model does not take were left out: {', '.join(extra)}\n")
    for answer in answers:
        (out or sys.stdout).write(json.dumps(answer, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
