"""A first spec from a data file."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cli.commands.init import Sketch, make_sketch
from cli.errors import UsageFault
from cli.sketch.text import scalar
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.contract.spec_text import read_spec

ROWS = 240


def columns(**given: Sequence[object]) -> dict[str, Sequence[object]]:
    base: dict[str, Sequence[object]] = {
        "target": ["yes" if n % 3 else "no" for n in range(ROWS)],
        "size": [n * 37 % 101 / 10 for n in range(ROWS)],
    }
    return base | given


def write(path: Path, cells: Mapping[str, Sequence[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(cells)
        writer.writerows(zip(*cells.values(), strict=True))
    return path


def sketch(
    tmp_path: Path, cells: Mapping[str, Sequence[object]], target: str = "target"
) -> tuple[Sketch, ModelSpec]:
    found = make_sketch(write(tmp_path / "data.csv", cells), model="churn", target=target)
    return found, read_spec(found.text.encode(), model="churn")


def test_two_labels_make_a_binary_task_with_its_positive(tmp_path: Path) -> None:
    _, spec = sketch(tmp_path, columns())

    assert (spec.task, spec.positive) == ("binary", "yes")
    assert spec.features["size"].type == "number"
    assert spec.features["size"].required


def test_the_rarer_of_two_unknown_labels_is_the_positive_one(tmp_path: Path) -> None:
    _, spec = sketch(tmp_path, columns(target=["stay" if n % 4 else "leave" for n in range(ROWS)]))

    assert spec.positive == "leave"


def test_zero_and_one_are_a_binary_task(tmp_path: Path) -> None:
    _, spec = sketch(tmp_path, columns(target=[n % 2 for n in range(ROWS)]))

    assert (spec.task, spec.positive) == ("binary", "1")


def test_a_few_text_labels_make_a_multiclass_task(tmp_path: Path) -> None:
    _, spec = sketch(tmp_path, columns(target=["abc"[n % 3] for n in range(ROWS)]))

    assert spec.task == "multiclass"


def test_a_number_makes_a_regression(tmp_path: Path) -> None:
    _, spec = sketch(tmp_path, columns(target=[n * 53 % 97 for n in range(ROWS)]))

    assert spec.task == "regression"


def test_a_target_of_one_value_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="same in every row"):
        sketch(tmp_path, columns(target=["yes"] * ROWS))


def test_a_target_of_many_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="too many for classes"):
        sketch(tmp_path, columns(target=[f"t{n}" for n in range(ROWS)]))


def test_a_missing_target_is_named_with_the_columns_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="no column 'churned'; it has target, size"):
        sketch(tmp_path, columns(), target="churned")


def test_few_categories_are_listed_and_many_are_not(tmp_path: Path) -> None:
    few = ["red", "green"] * (ROWS // 2)
    many = [f"street {n * 7 % 60}" for n in range(ROWS)]

    _, spec = sketch(tmp_path, columns(colour=few, street=many))

    assert set(spec.features["colour"].values or ()) == {"red", "green"}
    assert spec.features["street"].type == "category"
    assert spec.features["street"].values is None


def test_a_column_with_gaps_is_not_required(tmp_path: Path) -> None:
    _, spec = sketch(tmp_path, columns(gaps=["" if n % 5 == 0 else n % 7 for n in range(ROWS)]))

    assert not spec.features["gaps"].required


def test_a_number_with_odd_texts_is_a_category_with_a_hint(tmp_path: Path) -> None:
    found, spec = sketch(tmp_path, columns(age=["n/a" if n % 50 == 0 else n % 30 for n in range(ROWS)]))

    assert spec.features["age"].type == "category"
    assert "write number" in found.text


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["x"] * ROWS, "always the same"),
        ([""] * ROWS, "always missing"),
        ([n + 500 for n in range(ROWS)], "counts the rows"),
        (["J" if n % 3 else "N" for n in range(ROWS)], "tells the target"),
        ([n % 3 * 10 for n in range(ROWS)], "tells the target"),
        ([f"note {n} {n * n}" for n in range(ROWS)], "next to nothing repeats"),
        (["z" * 1500 if n == 3 else "a" for n in range(ROWS)], "texts of up to 1,500 characters"),
    ],
    ids=["constant", "empty", "counter", "one-to-one", "decides", "notes", "long"],
)
def test_columns_that_say_nothing_or_too_much_are_left_out(
    tmp_path: Path, cells: Sequence[object], reason: str
) -> None:
    found, spec = sketch(tmp_path, columns(other=cells))

    assert "other" not in spec.features
    assert reason in found.left_out["other"]
    assert f"#   other: {found.left_out['other']}" in found.text


def test_an_id_is_the_entity_and_a_timestamp_the_time(tmp_path: Path) -> None:
    _, spec = sketch(
        tmp_path,
        columns(
            customer_id=[f"C{n:05d}" for n in range(ROWS)],
            seen_at=[f"2026-01-{n % 28 + 1:02d}T{n % 24:02d}:00:00" for n in range(ROWS)],
        ),
    )

    assert (spec.entity, spec.time) == ("customer_id", "seen_at")
    assert not {"customer_id", "seen_at"} & set(spec.features)


def test_an_id_that_repeats_is_an_entity_only_together_with_a_time(tmp_path: Path) -> None:
    repeated = [f"C{n // 2:05d}" for n in range(ROWS)]

    _, without = sketch(tmp_path, columns(customer_id=repeated))
    _, with_time = sketch(
        tmp_path, columns(customer_id=repeated, day=[f"2026-01-{n % 2 + 1:02d}" for n in range(ROWS)])
    )

    assert without.entity is None
    assert (with_time.entity, with_time.time) == ("customer_id", "day")


def test_a_number_that_differs_in_every_row_stays_a_feature(tmp_path: Path) -> None:
    _, spec = sketch(tmp_path, columns(price=[n + 0.5 for n in range(ROWS)]))

    assert spec.entity is None
    assert spec.features["price"].type == "number"


def test_nothing_left_to_learn_from_is_an_error_with_the_reasons(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="other: always the same"):
        sketch(tmp_path, {"target": ["a", "b"] * 60, "other": ["x"] * 120})


def test_jsonl_and_parquet_are_read_too(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(columns())
    frame.to_json(tmp_path / "data.jsonl", orient="records", lines=True)

    found = make_sketch(tmp_path / "data.jsonl", model="churn", target="target")

    assert read_spec(found.text.encode(), model="churn").task == "binary"


def test_other_delimiters_are_named(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("target;size\nyes;1\nno;2\n")

    with pytest.raises(UsageFault, match="not separated by commas"):
        make_sketch(path, model="churn", target="target;size")


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("target,size\n")

    with pytest.raises(UsageFault, match="no rows"):
        make_sketch(path, model="churn", target="target")


def test_an_illegal_model_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="no name of a model"):
        make_sketch(write(tmp_path / "data.csv", columns()), model="My Model", target="target")


@given(st.text(min_size=1, max_size=80))
def test_any_text_survives_as_a_scalar(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert yaml.safe_load(f"key: {scalar(text)}")["key"] == text


@pytest.mark.parametrize("name", ["naïve", "a: b", "#tag", "no", "1", "with, comma", 'say "so"', "emoji 🌊"])
def test_odd_column_names_make_a_valid_spec(tmp_path: Path, name: str) -> None:
    _, spec = sketch(tmp_path, columns(**{name: [n % 13 / 7 for n in range(ROWS)]}))

    assert name in spec.features
