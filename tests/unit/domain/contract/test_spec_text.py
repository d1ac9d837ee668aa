from __future__ import annotations

import hashlib
import json
import string
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.contract.spec import FeatureSpec, ModelSpec
from tideline.domain.contract.spec_text import MAX_FAULTS, MAX_SPEC_BYTES, read_spec
from tideline.errors import Fault, SpecInvalid
from tideline.events.facts import SpecFault

BASE = """\
model: churn
task: binary
target: churned
features:
  age: {type: number, min: 0, max: 120}
  plan:
    type: category
    values: [monthly, yearly]
"""
# An event holds 256 KB, of which the rest of `SpecRejected` takes little.
EVENT_ROOM = 250 * 1024


def faults(text: str | bytes, *, model: str = "churn") -> tuple[Fault, ...]:
    content = text.encode() if isinstance(text, str) else text
    with pytest.raises(SpecInvalid) as caught:
        read_spec(content, model=model)
    return caught.value.faults


def only(text: str | bytes, *, model: str = "churn") -> Fault:
    found = faults(text, model=model)
    assert len(found) == 1, found
    return found[0]


def test_four_fields_are_enough_and_the_rest_has_defaults() -> None:
    spec = read_spec(BASE.encode(), model="churn")
    assert spec.metric == "roc_auc"
    assert spec.columns == ("churned", "age", "plan")
    assert spec.training.trials == 16
    assert spec.release.strategy == "all-at-once"


def test_the_whole_example_of_the_interface_is_legal() -> None:
    text = """\
model: churn
task: binary
target: churned
positive: "Yes"
entity: customer_id
time: signed_up_at
features:
  tenure: {type: number, min: 0, max: 120}
  contract: {type: category, values: [monthly, yearly]}
  notes_len: {type: number, required: false}
training:
  trainer: auto
  trials: 16
  compute: auto
  window: {last_rows: 500000}
evaluation:
  metric: roc_auc
  minimum: 0.75
  margin: 0.005
  confidence: 0.95
  slices: [contract]
  fairness: {attributes: [gender], metric: true_positive_rate, max_gap: 0.10}
release:
  approval: automatic
  strategy: {canary: [5, 25, 100], every: 10m}
monitoring:
  every: 1h
  min_rows: 500
  drift: {psi: 0.2}
retraining:
  on: [data, drift, schedule]
  schedule: cron(0 3 * * ? *)
  cooldown: 6h
  max_runs_per_month: 60
"""
    spec = read_spec(text.encode(), model="churn")
    assert spec.retraining.cooldown == 6 * 3600
    assert spec.retraining.on == ("data", "drift", "schedule")


def test_a_byte_order_mark_is_no_fault() -> None:
    assert read_spec(b"\xef\xbb\xbf" + BASE.encode(), model="churn").model == "churn"


def test_every_fault_is_told_at_once_with_place_and_line() -> None:
    text = """\
model: churn
task: binray
target: churned
features:
  age: {type: numbr}
  size: {type: number, min: 5, max: 1}
training:
  trails: 4
retraining:
  cooldown: soon
"""
    found = {(fault.place, fault.line): fault.problem for fault in faults(text)}
    assert set(found) == {
        ("task", 2),
        ("features.age.type", 5),
        ("features.size", 6),
        ("training.trails", 8),
        ("retraining.cooldown", 10),
    }
    assert "'binary'" in found["task", 2]
    assert "did you mean `trials`?" in found["training.trails", 8]
    assert "greater than" in found["features.size", 6]


@pytest.mark.parametrize(
    ("addition", "place", "problem"),
    [
        ("targt: x", "targt", "did you mean `target`?"),
        ("zzzzz: x", "zzzzz", "known are model, task"),
        ("monitoring: {drift: {psy: 1}}", "monitoring.drift.psy", "did you mean `psi`?"),
        ("evaluation: {fairness: {attribute: [a]}}", "evaluation.fairness.attribute", "attributes"),
        ("evaluation: {metric: r2}", "", "for binary use one of roc_auc"),
        ("evaluation: {slices: [height]}", "", "'height', which is not a feature"),
        ("evaluation: {fairness: {attributes: [churned]}}", "", "'churned', which is the target: name a"),
        ("evaluation: {fairness: {attributes: [CHURNED]}}", "", "'CHURNED', which is the target"),
        ("time: t\nevaluation: {fairness: {attributes: [T]}}", "", "'T', which is the time"),
        ("evaluation: {fairness: {attributes: [sex, Sex]}}", "", "names 'Sex' twice"),
        ("evaluation: {fairness: {attributes: [Age]}}", "", "'age' differs from it only in upper"),
        ("entity: id\nevaluation: {fairness: {attributes: [ID]}}", "", "'id' differs from it only"),
        ("evaluation: {fairness: {attributes: [_tl_x]}}", "", "'_tl_x' is a name that Tideline needs"),
        ("evaluation: {fairness: {attributes: ['']}}", "", "'' cannot be a column"),
        (
            "evaluation: {fairness: {attributes: [a], metric: mean_error}}",
            "",
            "for binary use a rate, such as true_positive_rate",
        ),
        (
            "evaluation: {fairness: {attributes: [a], max_gap: 2}}",
            "evaluation.fairness",
            "rates cannot differ by more than 1",
        ),
        ("evaluation: {confidence: 0.5}", "evaluation.confidence", "greater than 0.5"),
        ("training: {window: {}}", "training.window", "one of `last_rows` and `last_days`"),
        ("training: {window: {last_rows: 1, last_days: 1}}", "training.window", "one of"),
        ("training: {window: {last_rows: 0}}", "training.window.last_rows", "greater than or equal to 1"),
        ("training: {window: {last_days: 9}}", "", "needs `time`"),
        ("training: {trials: 101}", "training.trials", "less than or equal to 100"),
        ("training: {bad_rows: .nan}", "training.bad_rows", "finite"),
        ("training: {bad_rows: 1e999}", "training.bad_rows", "finite"),
        ("training: 7", "training", "7"),
        ("release: {strategy: yolo}", "release.strategy", "all-at-once"),
        ("release: {strategy: {canary: [5, 101]}}", "release.strategy.canary.1", "100"),
        ("release: {approval_within: 31d}", "release.approval_within", "at most 30d"),
        ("release: {strategy: {shadow: later}}", "release.strategy.shadow", "not a duration"),
        ("retraining: {on: [schedule]}", "retraining", "there is no `schedule`"),
        ("retraining: {schedule: daily}", "retraining.schedule", "no schedule"),
        ("retraining: {on: [data, tides]}", "retraining.on.1", "'drift'"),
        ("entity: churned", "", "is also the target"),
        ("time: churned", "", "is also the target"),
        ("positive: [yes]", "positive", "valid string"),
    ],
)
def test_a_fault_is_explained_at_its_place(addition: str, place: str, problem: str) -> None:
    fault = next(f for f in faults(BASE + addition + "\n") if f.place == place)
    assert problem in fault.problem
    assert fault.line == (9 if place else 1)


@pytest.mark.parametrize(
    ("feature", "problem"),
    [
        ("{type: number, values: [1]}", "`values` is for categories"),
        ("{type: category, min: 1}", "`min` and `max` are for numbers"),
        ("{type: category, values: []}", "at least 1"),
        ("{}", "is required"),
        ("[]", "should be"),
        ("{type: number, min: -.inf}", "finite"),
        ("{type: number, minimum: 1}", "did you mean `min`?"),
    ],
)
def test_a_faulty_feature_is_explained(feature: str, problem: str) -> None:
    fault = only(BASE.replace("{type: number, min: 0, max: 120}", feature))
    assert problem in fault.problem
    assert fault.place.startswith("features.age")
    assert fault.line == 5


@pytest.mark.parametrize("name", ["_tl_row", "file_row_number", '""', "x" * 256])
def test_a_column_that_is_ours_or_no_name_is_refused(name: str) -> None:
    problem = only(BASE.replace("age:", f"{name}:")).problem
    assert "cannot be a column" in problem or "a name that Tideline needs" in problem


def test_features_that_differ_only_in_case_are_refused() -> None:
    assert "only in upper and lower case" in only(BASE.replace("plan:", "AGE:")).problem


def test_the_target_is_no_feature() -> None:
    assert "a column has one role" in only(BASE.replace("age:", "churned:")).problem


def test_time_is_no_feature_but_the_entity_may_be() -> None:
    assert "a column has one role" in only(BASE + "time: age\n").problem
    assert read_spec((BASE + "entity: plan\n").encode(), model="churn").entity == "plan"


def test_positive_belongs_to_binary_tasks() -> None:
    text = BASE.replace("binary", "multiclass") + "positive: a\n"
    assert "for binary tasks" in only(text).problem


@pytest.mark.parametrize("name", ["Churn", "c", "1churn", "a_b", "x" * 42, "churn/../other"])
def test_a_model_name_that_cannot_be_a_key_is_refused(name: str) -> None:
    text = BASE.replace("model: churn", f"model: {json.dumps(name)}")
    assert any("small letters, digits" in fault.problem for fault in faults(text, model=name))


def test_a_spec_dropped_under_another_name_is_refused_beside_its_other_faults() -> None:
    found = faults(BASE + "zzz: 1\n", model="other")
    assert [fault.place for fault in found] == ["model", "zzz"]
    assert "dropped under 'other'" in found[0].problem
    assert only(BASE, model="other").line == 1


def test_a_key_written_twice_is_a_fault_wherever_it_is() -> None:
    text = BASE + "target: other\ntraining: {trials: 1, trials: 2}\n"
    assert [(f.place, f.line, f.problem) for f in faults(text)] == [
        ("target", 9, "written twice"),
        ("training.trials", 10, "written twice"),
    ]


def test_aliases_are_refused_before_they_are_expanded() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{n}: &{n} [*{p}, *{p}]\n" for p, n in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert {fault.problem for fault in faults(BASE + bomb)} >= {
        "anchors and aliases are not part of a spec: write it out"
    }


def test_an_alias_of_itself_ends() -> None:
    assert any("aliases" in fault.problem for fault in faults(BASE + "x: &x [*x]\n"))


@pytest.mark.parametrize("depth", [20, 3_000])
def test_depth_is_bounded(depth: int) -> None:
    assert "nested deeper" in faults(BASE + "x: " + "[" * depth + "]" * depth)[0].problem


@pytest.mark.parametrize(
    ("content", "problem", "line"),
    [
        (b"", "empty", 1),
        (b"# nothing\n", "empty", 1),
        (b"- a\n", "a spec is a mapping", 1),
        (b"model: churn\nname: \xff\n", "not UTF-8", 2),
        ("model: churn".encode("utf-16"), "not UTF-8", 1),
        (b"model: churn\n  task: x\n", "not YAML", 2),
        (b"model: [1\n", "not YAML", 2),
        (b"a: 1\n--- \nb: 2\n", "not YAML", 2),
        (b"model: \x00\n", "not YAML", None),
        (b" " * (MAX_SPEC_BYTES + 1), "larger than 512 KB", None),
    ],
)
def test_what_is_no_spec_at_all_is_told_so(content: bytes, problem: str, line: int | None) -> None:
    fault = only(content)
    assert problem in fault.problem
    assert (fault.place, fault.line) == ("", line)


@pytest.mark.parametrize(
    "tag", ["!!python/object:os.system x", "!!int x", "!weird x", "!!timestamp 2024-99-99"]
)
def test_tags_build_nothing(tag: str) -> None:
    assert "is not a plain value" in only(BASE + f"entity: {tag}\n").problem


@pytest.mark.parametrize(
    "written", ["no", "NO", "on", "007", "1.50", "10:30", "1_000", "2024-01-01", "0x1F", "true"]
)
def test_a_label_is_what_is_written(written: str) -> None:
    spec = read_spec(
        BASE.replace("monthly", written).encode() + f"positive: {written}\n".encode(), model="churn"
    )
    assert spec.positive == written
    assert spec.features["plan"].values == (written, "yearly")


def test_a_label_that_is_null_is_a_fault() -> None:
    assert only(BASE.replace("monthly", "~")).place == "features.plan.values.0"


def test_names_that_yaml_takes_for_something_else_are_names() -> None:
    spec = read_spec(BASE.replace("age:", "on:").replace("plan:", "2024:").encode(), model="churn")
    assert list(spec.features) == ["on", "2024"]


@pytest.mark.parametrize("text", ['"\\ud800": 1', 'entity: "\\udfff"'])
def test_half_a_surrogate_pair_is_a_fault_that_can_be_told(text: str) -> None:
    found = faults(BASE + text + "\n")
    assert "invalid Unicode" in found[0].problem


def test_a_spec_that_fits_no_record_is_refused() -> None:
    many = ",".join(f"v{n:03d}" for n in range(1_000))
    features = "".join(f"  f{n}: {{type: category, values: [{many}]}}\n" for n in range(90))
    assert "with its defaults" in only(BASE + features).problem


def test_the_hash_of_the_schema_changes_with_what_reads_a_file_and_with_nothing_else() -> None:
    base = read_spec(BASE.encode(), model="churn")
    reads = read_spec(BASE.encode() + b"training: {bad_rows: 0.5}\n", model="churn")
    trains = read_spec(BASE.encode() + b"training: {trials: 3}\n", model="churn")
    assert reads.schema_sha256 != base.schema_sha256
    assert trains.schema_sha256 == base.schema_sha256
    assert len({spec.sha256 for spec in (base, reads, trains)}) == 3


def test_attributes_that_are_no_features_are_columns_of_a_file_and_of_its_schema() -> None:
    def under(attributes: str) -> ModelSpec:
        fairness = f"evaluation: {{fairness: {{attributes: [{attributes}]}}}}\n"
        return read_spec((BASE + "entity: shop\n" + fairness).encode(), model="churn")

    base = read_spec((BASE + "entity: shop\n").encode(), model="churn")
    assert base.audit_columns == ()
    assert under("plan").schema_sha256 == base.schema_sha256
    assert under("gender, plan").columns == (*base.columns, "gender")
    assert under("gender, plan").audit_columns == ("gender",)
    assert under("gender, origin").schema_sha256 == under("origin, plan, gender").schema_sha256
    assert len({spec.schema_sha256 for spec in (base, under("gender"), under("gender, origin"))}) == 3
    assert under("shop").columns == base.columns
    assert under("shop").audit_columns == ("shop",)


def test_a_schema_without_audit_columns_has_the_hash_it_had_before_there_were_any() -> None:
    parts = {
        "task": "regression",
        "target": "y",
        "positive": None,
        "entity": None,
        "time": None,
        "features": {"a": {"type": "number", "min": None, "max": None, "values": None, "required": True}},
        "bad_rows": 0.05,
    }
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    spec = ModelSpec(model="ebb", task="regression", target="y", features={"a": FeatureSpec(type="number")})
    assert spec.schema_sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_thousands_of_faults_fit_into_one_event() -> None:
    text = BASE + "".join(f"{'k' * 300}{n}: {'v' * 300}\n" for n in range(700))
    found = faults(text)
    assert len(found) == MAX_FAULTS + 1
    assert found[-1].problem == "and 600 more faults"
    assert _told(found) < EVENT_ROOM


def test_a_huge_value_is_not_repeated_whole() -> None:
    assert _told(faults(BASE + f"entity: [{'1' * 400_000}]\n")) < 2_000
    assert _told(faults(BASE.replace("binary", "b" * 400_000))) < 2_000


_TEXT = st.text(st.characters(codec="utf-8"), max_size=6)
_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=10,
)
_FIELDS = ["training", "evaluation", "release", "monitoring", "retraining", "features", "positive", "task"]


@given(st.dictionaries(st.sampled_from(_FIELDS), _JUNK, max_size=3))
def test_whatever_is_written_ends_in_a_spec_or_in_faults_that_can_be_sent(junk: dict[str, Any]) -> None:
    content = yaml.safe_dump(yaml.safe_load(BASE) | junk, allow_unicode=True).encode()
    _read(content)


@given(st.text(string.printable, max_size=80))
def test_any_text_ends_in_a_spec_or_in_faults_that_can_be_sent(text: str) -> None:
    _read(text.encode())


@given(st.binary(max_size=40))
def test_any_bytes_end_in_a_spec_or_in_faults_that_can_be_sent(content: bytes) -> None:
    _read(content)


def _read(content: bytes) -> None:
    found: tuple[Fault, ...] = ()
    try:
        spec = read_spec(content, model="churn")
    except SpecInvalid as invalid:
        found = invalid.faults
    assert found or spec.model == "churn"
    assert _told(found) < EVENT_ROOM


def _told(found: tuple[Fault, ...]) -> int:
    told = [SpecFault(place=f.place, line=f.line, problem=f.problem).model_dump_json() for f in found]
    return sum(len(text.encode()) for text in told)
