from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain import keys
from tideline.domain.keys import MODEL_NAME, InboxAddress, InboxArea, parse_inbox_key

MODELS = st.from_regex(MODEL_NAME, fullmatch=True)


@pytest.mark.parametrize(
    ("key", "model", "area", "name"),
    [
        ("churn/model.yaml", "churn", InboxArea.SPEC, "model.yaml"),
        ("churn/data/a.csv", "churn", InboxArea.DATA, "a.csv"),
        ("churn/data/2026/01/a.csv", "churn", InboxArea.DATA, "2026/01/a.csv"),
        ("churn/data/model.yaml", "churn", InboxArea.DATA, "model.yaml"),
        ("churn/labels/l.csv", "churn", InboxArea.LABELS, "l.csv"),
        ("churn/batch/b.csv", "churn", InboxArea.BATCH, "b.csv"),
        ("churn/data/a b+c%2F..csv", "churn", InboxArea.DATA, "a b+c%2F..csv"),
        ("churn/data/../../other/model.yaml", "churn", InboxArea.DATA, "../../other/model.yaml"),
        ("churn/data/日本.csv", "churn", InboxArea.DATA, "日本.csv"),
        ("churn/data/", "churn", InboxArea.UNKNOWN, "data/"),
        ("churn/data", "churn", InboxArea.UNKNOWN, "data"),
        ("churn/Data/a.csv", "churn", InboxArea.UNKNOWN, "Data/a.csv"),
        ("churn/model.yaml/x", "churn", InboxArea.UNKNOWN, "model.yaml/x"),
        ("churn/spec/x", "churn", InboxArea.UNKNOWN, "spec/x"),
        ("churn", "churn", InboxArea.UNKNOWN, ""),
        ("../data/a.csv", "", InboxArea.UNKNOWN, "../data/a.csv"),
        ("/churn/data/a.csv", "", InboxArea.UNKNOWN, "/churn/data/a.csv"),
        ("churn%2Fdata%2Fa.csv", "", InboxArea.UNKNOWN, "churn%2Fdata%2Fa.csv"),
        ("Churn/model.yaml", "", InboxArea.UNKNOWN, "Churn/model.yaml"),
        ("churn\n/model.yaml", "", InboxArea.UNKNOWN, "churn\n/model.yaml"),
        ("", "", InboxArea.UNKNOWN, ""),
    ],
)
def test_a_key_is_understood(key: str, model: str, area: InboxArea, name: str) -> None:
    assert parse_inbox_key(key) == InboxAddress(model=model, area=area, name=name)


@given(st.text(max_size=1_024))
def test_no_key_is_refused_and_no_model_is_ever_a_path(key: str) -> None:
    address = parse_inbox_key(key)
    assert address.model == "" or MODEL_NAME.fullmatch(address.model)
    assert address.model or address.area is InboxArea.UNKNOWN
    assert key.endswith(address.name)


@given(MODELS, st.text(min_size=1))
def test_what_is_written_is_what_is_read(model: str, name: str) -> None:
    assert parse_inbox_key(keys.data_key(model, name)) == InboxAddress(model, InboxArea.DATA, name)
    assert parse_inbox_key(keys.spec_key(model)).area is InboxArea.SPEC


@given(st.text(), st.text(), st.text())
def test_a_quarantined_object_has_a_place_that_no_key_can_leave(key: str, version: str, other: str) -> None:
    name = keys.object_id(key, version)
    assert re.fullmatch(r"[0-9a-f]{24}", name)
    assert keys.quarantine_key("", name, "reason.json") == f"_unaddressed/quarantine/{name}/reason.json"
    assert (keys.object_id(other, version) == name) == (other == key)


def test_key_and_version_do_not_run_into_each_other() -> None:
    assert keys.object_id("ab", "c") != keys.object_id("a", "bc")


@given(MODELS, st.integers(1, 999_999))
def test_every_lake_key_stays_under_its_model(model: str, number: int) -> None:
    made = [
        keys.dataset_key(model, "f" * 64),
        keys.run_key(model, "run", "report.json"),
        keys.trial_key(model, "run", number),
        keys.version_key(model, number, "model.onnx"),
        keys.quarantine_key(model, "o", "rows.csv"),
    ]
    assert all(key.startswith(f"{model}/") and ".." not in key for key in made)
    assert len(set(made)) == len(made)


def test_trials_sort_by_their_number() -> None:
    made = [keys.trial_key("m", "r", index) for index in range(100)]
    assert made == sorted(made)
