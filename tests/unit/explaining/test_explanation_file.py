from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.adapters.training.samples import awkward_encoding, awkward_rows
from tests.unit.explaining.samples import forest, signature_of
from tideline.adapters.training.linear_trainer import LinearTrainer
from tideline.errors import ArtifactInvalid
from tideline.explaining import explanation_file, paths
from tideline.explaining.version_explanation import VersionExplanation

ENCODING = awkward_encoding("binary")


@cache
def _forest_file() -> bytes:
    matrix, target = awkward_rows("binary")
    return bytes(forest(matrix, target, ENCODING, rounds=3, num_leaves=8).to_explanation(ENCODING))


@cache
def _linear_file() -> bytes:
    matrix, target = awkward_rows("binary", n=400)
    model = LinearTrainer().train(
        matrix, target, valid=None, encoding=ENCODING, parameters={}, rounds=None, seed=0, threads=1
    )
    return model.to_explanation(ENCODING)


def _read(content: bytes, *, sha256: str | None = None) -> VersionExplanation:
    digest = sha256 or hashlib.sha256(content).hexdigest()
    return VersionExplanation(content, sha256=digest, signature=signature_of(ENCODING))


def _changed(content: bytes, **changes: Any) -> bytes:
    return json.dumps(json.loads(content) | changes).encode()


def _array(content: bytes, name: str, kind: str) -> Any:
    return np.frombuffer(base64.b64decode(json.loads(content)[name]), kind).copy()


def _packed(array: Any) -> str:
    return base64.b64encode(array.tobytes()).decode()


def test_the_same_model_is_written_as_the_same_bytes() -> None:
    matrix, target = awkward_rows("binary")
    again = forest(matrix, target, ENCODING, rounds=3, num_leaves=8).to_explanation(ENCODING)
    assert again == _forest_file()


def test_another_file_than_the_registered_one_is_not_parsed() -> None:
    with pytest.raises(ArtifactInvalid, match="SHA-256"):
        _read(b"{}", sha256="0" * 64)


def test_a_file_beyond_the_limit_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explanation_file, "MAX_FILE_BYTES", 10)
    with pytest.raises(ArtifactInvalid, match="at most 10"):
        _read(_forest_file())


@pytest.mark.parametrize("content", [b"", b"\x80\x04N.", b"[]", b"{}", b'{"kind":"other"}', b"\xff" * 9])
def test_what_is_no_explanation_is_refused(content: bytes) -> None:
    with pytest.raises(ArtifactInvalid, match="no explanation"):
        _read(content)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"more": 1}, "no explanation"),
        ({"format": 2}, "no explanation"),
        ({"left": "AAA"}, "no explanation"),
        ({"left": "AAAA"}, "cut off"),
        ({"left": ""}, "fit together"),
        ({"features": []}, "other features"),
        ({"offsets": ""}, "explains nothing"),
        ({"offsets": _packed(np.zeros(2))}, "number of outputs"),
        ({"offsets": _packed(np.array([np.nan]))}, "not finite"),
        ({"leaf_rows": ""}, "counts of rows"),
        ({"members": ""}, "sets"),
        ({"outputs": _packed(np.int32([0, 0, 9]))}, "not there"),
        # As large as numbers go: nothing of that size may be made of it.
        ({"splits": _packed(np.int32([2**31 - 1, 2**31 - 1]))}, "fit together"),
        ({"splits": _packed(np.int32([0]))}, "without a split"),
    ],
)
def test_a_forest_that_does_not_fit_together_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ArtifactInvalid, match=reason):
        _read(_changed(_forest_file(), **changes))


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("left", "<i4", 0),
        ("left", "<i4", 99),
        ("left", "<i4", -1),
        ("right", "<i4", -99),
        ("feature", "<i4", 99),
        ("feature", "<i4", -1),
        ("feature", "<i4", 2),
        ("feature", "<i4", 0),
        ("is_category", "u1", 1),
        ("member_counts", "<i4", 2**31 - 1),
        ("members", "<i4", -1),
        ("leaf_rows", "<i8", 10**6),
        ("leaf_rows", "<i8", -1),
        ("threshold", "<f8", np.inf),
    ],
)
def test_any_place_of_an_array_that_cannot_be_is_found(name: str, kind: str, value: float) -> None:
    array = _array(_forest_file(), name, kind)
    found = 0
    for place in range(len(array)):
        spoilt = array.copy()
        spoilt[place] = value
        if (spoilt == array).all():
            continue
        try:
            _read(_changed(_forest_file(), **{name: _packed(spoilt)}))
        except ArtifactInvalid:
            found += 1
    assert found >= (1 if name in {"feature", "is_category"} else len(array) - 3)


def test_paths_longer_together_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "MAX_STEPS", 20)
    with pytest.raises(ArtifactInvalid, match="more than 20 splits"):
        _read(_forest_file())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"intercept": ""}, "explains nothing"),
        ({"level_weights": ""}, "fit together"),
        ({"expected": _packed(np.zeros(3))}, "fit together"),
        ({"mean": _packed(np.full(4, np.inf))}, "not finite"),
    ],
)
def test_a_linear_model_that_does_not_fit_together_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ArtifactInvalid, match=reason):
        _read(_changed(_linear_file(), **changes))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_bytes_changed_anywhere_are_refused_or_read_but_never_crash(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from([_forest_file(), _linear_file()])))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ArtifactInvalid):
        assert _read(bytes(content)).cost_per_row > 0
