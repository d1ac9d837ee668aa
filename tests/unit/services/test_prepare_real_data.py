from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from tests.unit.services.preparing import Bench
from tideline.domain.encoding import Encoding
from tideline.domain.evaluation.inspection.overlap import overlapping_rows
from tideline.services.evaluation_arrays import read_holdout

pytestmark = pytest.mark.data
SHARED = Path(__file__).parents[4] / "shared" / "data"


def canonical(folder: Path, name: str, select: str) -> Path:
    """Return a file of shared data as Parquet in the types that intake writes."""
    source = SHARED / name
    if not source.exists():
        pytest.skip(f"{name} of the shared data sets is not on this machine")
    path = folder / "canonical.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT {select} FROM read_csv('{source}', all_varchar = true))"
            f" TO '{path}' (FORMAT parquet)"
        )
    return path


def features(names: list[str], kind: str) -> dict[str, Any]:
    return {name: {"type": kind} for name in names}


def test_electricity_is_split_by_row(tmp_path: Path) -> None:
    numbers = ["period", "nswprice", "nswdemand", "vicprice", "vicdemand", "transfer"]
    select = ", ".join(["class AS y", *(f"{name}::DOUBLE AS {name}" for name in numbers)])
    bench = Bench(tmp_path)
    bench.drop(canonical(tmp_path, "electricity/elec.csv", select))
    bench.apply(task="binary", features=features(numbers, "number"))
    order, prepared = bench.run()
    train = bench.arrays(order, "train.npz")
    assert prepared.rows_train + prepared.rows_holdout == 45_312
    assert prepared.rows_holdout / 45_312 == pytest.approx(0.2, abs=0.01)
    assert train["y_fit"].mean() == pytest.approx(bench.arrays(order, "holdout.npz")["y"].mean(), abs=0.02)
    assert len(prepared.trials) == 16


def test_bike_sharing_is_split_by_time(tmp_path: Path) -> None:
    numbers = ["hr", "temp", "hum", "windspeed"]
    select = ", ".join(
        [
            "cnt::DOUBLE AS y",
            "dteday::TIMESTAMP + to_hours(hr::INTEGER) AS t",
            "season",
            *(f"{name}::DOUBLE AS {name}" for name in numbers),
        ]
    )
    bench = Bench(tmp_path)
    bench.drop(canonical(tmp_path, "bike-sharing/hour.csv", select))
    kinds = features(numbers, "number") | features(["season"], "category")
    bench.apply(task="regression", features=kinds, time="t")
    order, prepared = bench.run()
    held = bench.arrays(order, "holdout.npz")
    assert (prepared.rows_train, prepared.rows_holdout) == (14_035, 3_509)
    # The autumn of the second year: more people ride than in the two years before.
    assert held["y"].mean() > bench.arrays(order, "train.npz")["y_fit"].mean() * 1.3
    assert set(held["f4"]) <= {"1", "2", "3", "4"}


def test_adult_keeps_its_categories_and_missing_values(tmp_path: Path) -> None:
    texts = ["workclass", "education", "occupation", "sex", "native_country"]
    select = ", ".join(
        ["income AS y", "age::DOUBLE AS age", *(f"nullif({name}, '?') AS {name}" for name in texts)]
    )
    bench = Bench(tmp_path)
    bench.drop(canonical(tmp_path, "adult/adult_train.csv", select))
    kinds = features(["age"], "number") | features(texts, "category")
    bench.apply(task="binary", features=kinds, positive=">50K")
    order, _ = bench.run()
    encoding = Encoding.model_validate_json(bench.outputs(order)["encoding.json"])
    train = bench.arrays(order, "train.npz")
    # Two in three rows have a twin in features and label, and none has it on the other side.
    held = read_holdout(bench.lake, order, encoding)
    parts = [(train["X_fit"], train["y_fit"]), (train["X_valid"], train["y_valid"])]
    assert overlapping_rows(held.columns, held.y, training=parts, encoding=encoding) == 0
    assert encoding.classes == ("<=50K", ">50K")
    assert encoding.features[1].vocabulary[0] == "Private"
    assert 40 <= len(encoding.features[5].vocabulary) <= 41
    assert np.isnan(train["X_fit"][:, 3]).mean() == pytest.approx(0.057, abs=0.005)
    assert not np.isnan(train["X_fit"][:, [0, 2, 4]]).any()
    assert train["y_fit"].mean() == pytest.approx(0.24, abs=0.01)
