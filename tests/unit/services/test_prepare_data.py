from __future__ import annotations

import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.services.preparing import MODEL, START, Bench, Row, holdout_ids, training_ids
from tideline.domain.encoding import Encoding
from tideline.domain.training.holdout import MIN_NEW_ROWS, FrozenHoldout, HoldoutRecord, TimeRule
from tideline.domain.training.profile import NumberProfile, ReferenceProfile
from tideline.errors import RegistryConflict, TrainingImpossible
from tideline.services import prepare_data as module
from tideline.services.evaluation_arrays import read_holdout

SIZE = {"size": {"type": "number"}}
HOUR = timedelta(hours=1)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def rows(first: int, last: int, **fields: Any) -> list[Row]:
    """Rows whose feature `size` is their number, one in three of them positive."""
    return [
        {
            "size": float(number),
            "y": "1" if number % 3 == 0 else "0",
            **{name: value(number) if callable(value) else value for name, value in fields.items()},
        }
        for number in range(first, last)
    ]


def hourly(first: int, last: int, **fields: Any) -> list[Row]:
    return rows(first, last, t=lambda number: (START + number * HOUR).replace(tzinfo=None), **fields)


def sides(bench: Bench, **of: Any) -> tuple[set[float], set[float]]:
    order, _ = bench.run(**of)
    return (
        training_ids(bench.arrays(order, "train.npz")),
        holdout_ids(bench.arrays(order, "holdout.npz")),
    )


class TestHashedHoldout:
    def test_a_fifth_is_held_out_and_a_fifth_of_the_rest_validates(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE)
        bench.drop(rows(0, 2_000))
        order, prepared = bench.run()
        train = bench.arrays(order, "train.npz")
        assert prepared.rows_train + prepared.rows_holdout == 2_000
        assert prepared.rows_holdout == pytest.approx(400, abs=60)
        assert len(train["X_valid"]) == pytest.approx(320, abs=60)
        assert len(train["X_fit"]) + len(train["X_valid"]) == prepared.rows_train

    def test_rows_stay_on_their_side_when_they_come_again(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE)
        bench.drop(rows(0, 1_000))
        train, held = sides(bench)
        bench.drop(rows(500, 2_000))
        later_train, later_held = sides(bench)
        assert train < later_train
        assert held < later_held
        assert not later_train & later_held

    def test_a_row_without_entity_that_comes_twice_counts_twice(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE)
        bench.drop(rows(0, 1_000))
        bench.drop(rows(0, 1_000))
        _, prepared = bench.run()
        assert prepared.rows_train + prepared.rows_holdout == 2_000

    def test_another_label_leaves_a_row_on_its_side(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE)
        bench.drop(rows(0, 1_000))
        train, held = sides(bench)
        bench.drop(rows(0, 1_000, y=lambda number: "1" if number % 2 else "0"))
        assert sides(bench) == (train, held)

    def test_a_feature_that_is_added_moves_no_row(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE)
        bench.drop(rows(0, 1_000))
        train, held = sides(bench)
        bench.apply(task="binary", features={**SIZE, "colour": {"type": "category"}})
        bench.drop(rows(0, 1_000, colour=lambda number: f"c{number % 5}"), supersedes=(1,))
        assert sides(bench) == (train, held)

    def test_the_newest_copy_of_an_entity_counts(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE, entity="e")
        bench.drop(rows(0, 500, e=lambda number: f"e{number}"))
        bench.drop(rows(10_000, 10_100, e=lambda number: f"e{number - 10_000}"))
        train, held = sides(bench)
        assert train | held == {float(n) for n in (*range(100, 500), *range(10_000, 10_100))}

    def test_an_entity_stays_on_its_side_with_new_features(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE, entity="e")
        bench.drop(rows(0, 500, e=lambda number: f"e{number}"))
        train, held = sides(bench)
        bench.drop(rows(1_000, 1_500, e=lambda number: f"e{number - 1_000}"))
        later_train, later_held = sides(bench)
        assert {number - 1_000 for number in later_train} == train
        assert {number - 1_000 for number in later_held} == held

    def test_validation_and_holdout_hold_different_entities(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE, entity="e")
        bench.drop(rows(0, 1_000, e=lambda number: f"e{number}"))
        order, _ = bench.run()
        train = bench.arrays(order, "train.npz")
        parts = [set(train["X_fit"][:, 0]), set(train["X_valid"][:, 0])]
        parts.append(holdout_ids(bench.arrays(order, "holdout.npz")))
        assert sum(map(len, parts)) == len(set.union(*parts)) == 1_000

    def test_row_ids_do_not_depend_on_the_batch(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE)
        bench.drop(rows(0, 500))
        first = bench.arrays(bench.run()[0], "holdout.npz")
        bench.drop(rows(0, 500), supersedes=(1,))
        second = bench.arrays(bench.run()[0], "holdout.npz")
        assert first["row"].dtype == np.uint64
        np.testing.assert_array_equal(first["row"], second["row"])


class TestHoldoutByTime:
    def test_the_newest_fifth_is_held_out_and_of_the_rest_the_newest_validates(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE, time="t")
        bench.drop(hourly(0, 1_000), days=60)
        order, _ = bench.run()
        train = bench.arrays(order, "train.npz")
        assert holdout_ids(bench.arrays(order, "holdout.npz")) == set(range(800, 1_000))
        assert set(train["X_fit"][:, 0]) == set(range(640))
        assert set(train["X_valid"][:, 0]) == set(range(640, 800))

    def test_later_rows_are_cut_anew_and_earlier_intervals_stay(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE, time="t")
        bench.drop(hourly(0, 1_000), days=60)
        bench.run()
        bench.drop(hourly(500, 1_500), days=90)
        train, held = sides(bench)
        assert held == {*range(800, 1_000), *range(1_400, 1_500)}
        assert train == {*range(800), *range(1_000, 1_400)}

    def test_a_few_new_rows_wait_until_there_are_enough(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE, time="t")
        bench.drop(hourly(0, 1_000), days=60)
        before = sides(bench)
        bench.drop(hourly(1_000, 1_000 + MIN_NEW_ROWS - 1), days=60)
        assert sides(bench) == before
        bench.drop(hourly(1_000 + MIN_NEW_ROWS - 1, 1_100), days=60)
        train, held = sides(bench)
        assert train | held == set(range(1_100))

    def test_a_row_from_the_far_future_does_not_push_the_frontier(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE, time="t")
        bench.drop([*hourly(0, 1_000), *hourly(500_000, 500_001)], days=60)
        train, held = sides(bench)
        assert train | held == set(range(1_000))
        bench.drop(hourly(1_000, 2_000), days=120)
        later_train, later_held = sides(bench)
        assert later_train | later_held == set(range(2_000))
        assert train < later_train

    def test_rows_that_all_lie_in_the_future_are_named(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE, time="t")
        bench.drop(hourly(100, 600))
        with pytest.raises(TrainingImpossible, match="500 rows wait"):
            bench.run()

    def test_the_same_entity_counts_once_at_a_time(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE, time="t", entity="e")
        bench.drop(hourly(0, 1_000, e="one"), days=60)
        bench.drop([{**row, "size": row["size"] + 0.5} for row in hourly(0, 1_000, e="one")], days=61)
        train, held = sides(bench)
        assert train | held == {number + 0.5 for number in range(1_000)}

    def test_recent_intervals_are_enough_to_measure_on(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tideline.domain.training.holdout.RECENT_ROWS", 150)
        bench.apply(task="binary", features=SIZE, time="t")
        bench.drop(hourly(0, 1_000), days=365)
        bench.run()
        bench.drop(hourly(1_000, 2_000), days=365)
        train, held = sides(bench)
        assert held == set(range(1_800, 2_000))
        assert not train & set(range(800, 1_000))

    def test_validation_falls_back_to_a_hash_where_the_newest_rows_are_all_alike(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE, time="t")
        data = hourly(0, 1_000)
        for row in data[600:800]:
            row["y"] = "0"
        bench.drop(data, days=60)
        train = bench.arrays(bench.run()[0], "train.npz")
        assert set(train["y_valid"]) == {0.0, 1.0}
        assert min(train["X_valid"][:, 0]) < 600


class TestChangingRules:
    def test_a_time_that_is_added_lets_what_was_held_out_be(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE)
        bench.drop(rows(0, 1_000))
        train, held = sides(bench)
        bench.apply(task="binary", features=SIZE, time="t")
        bench.drop(hourly(1_000, 2_000), days=120)
        later_train, later_held = sides(bench)
        assert held | set(range(1_800, 2_000)) <= later_held
        assert train <= later_train
        assert not later_train & later_held
        assert later_train | later_held == set(range(2_000))

    def test_a_time_that_was_there_before_starts_where_training_ended(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE, time="t")
        bench.drop(hourly(0, 1_000), days=60)
        train, held = sides(bench)
        bench.apply(task="binary", features=SIZE)
        assert sides(bench) == (train, held)
        bench.apply(task="binary", features=SIZE, time="t")
        assert sides(bench) == (train, held)
        bench.drop(hourly(900, 2_000), days=120)
        later_train, later_held = sides(bench)
        assert held | set(range(1_800, 2_000)) <= later_held
        assert train <= later_train
        assert not later_train & later_held

    def test_an_older_piece_of_work_is_prepared_as_it_was(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE, time="t")
        bench.drop(hourly(0, 1_000), days=60)
        before = sides(bench)
        bench.drop(hourly(1_000, 2_000), days=120)
        bench.run()
        assert sides(bench, dataset=1, attempt=2) == before


class TestWindow:
    def test_the_last_rows_by_time(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE, time="t", training={"window": {"last_rows": 500}})
        bench.drop(hourly(0, 1_000)[::-1], days=60)
        train, held = sides(bench)
        assert train == set(range(500, 900))
        assert held == set(range(900, 1_000))

    def test_the_last_rows_by_arrival(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE, training={"window": {"last_rows": 500}})
        bench.drop(rows(600, 1_000))
        bench.drop(rows(0, 300))
        train, held = sides(bench)
        assert train | held == {*range(800, 1_000), *range(300)}

    def test_the_last_days_by_time_counted_from_the_newest_row(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE, time="t", training={"window": {"last_days": 10}})
        bench.drop(hourly(0, 1_000), days=300)
        train, held = sides(bench)
        assert train | held == set(range(760, 1_000))

    def test_the_holdout_is_bounded_in_size(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MAX_HOLDOUT_ROWS", 50)
        bench.apply(task="binary", features=SIZE, time="t")
        bench.drop(hourly(0, 1_000), days=60)
        train, held = sides(bench)
        assert held == set(range(950, 1_000))
        assert train == set(range(800))


class TestArrays:
    FEATURES = {"size": {"type": "number"}, "place": {"type": "category"}, "late": {"type": "category"}}

    def test_categories_are_codes_in_training_and_texts_in_the_holdout(self, bench: Bench) -> None:
        bench.apply(task="multiclass", features=self.FEATURES)
        places = ["quay", "Öl'and", None, "quay"]
        data = rows(0, 2_000, place=lambda number: places[number % 4], y=lambda number: f"k{number % 3}")
        for row in data[::5]:
            row["size"] = None
        bench.drop(data)
        order, _ = bench.run()
        encoding = Encoding.model_validate_json(bench.outputs(order)["encoding.json"])
        assert encoding.classes == ("k0", "k1", "k2")
        assert [f.vocabulary for f in encoding.features] == [(), ("quay", "Öl'and"), ()]
        train, held = bench.arrays(order, "train.npz"), bench.arrays(order, "holdout.npz")
        assert all(array.dtype == np.float32 for array in train.values())
        numbers, codes = train["X_fit"][:, 0], train["X_fit"][:, 1]
        expected = np.select([numbers % 4 == 1, numbers % 4 == 2], [1, np.nan], 0)
        known = ~np.isnan(numbers)
        assert 0 < (~known).sum() < len(known)
        np.testing.assert_array_equal(codes[known], expected[known])
        np.testing.assert_array_equal(train["y_fit"][known], numbers[known] % 3)
        assert np.isnan(train["X_fit"][:, 2]).all()
        texts = {places[int(n) % 4] or "" for n in held["f0"] if not np.isnan(n)}
        assert texts == set(held["f1"][~np.isnan(held["f0"])].tolist())
        assert held["f1"].dtype.kind == "U"
        assert set(held["f2"].tolist()) == {""}

    def test_rare_and_endless_texts_are_in_no_vocabulary(self, bench: Bench) -> None:
        def place(number: int) -> str:
            return "x" * 5_000 if number % 4 == 0 else f"p{number % 400:03d}"

        bench.apply(task="binary", features={"size": {"type": "number"}, "place": {"type": "category"}})
        bench.drop(rows(0, 3_000, place=place))
        order, _ = bench.run()
        vocabulary = (
            Encoding.model_validate_json(bench.outputs(order)["encoding.json"]).features[1].vocabulary
        )
        assert len(vocabulary) == 255
        assert max(map(len, vocabulary)) == 4
        assert bench.arrays(order, "holdout.npz")["f1"].dtype == np.dtype("<U257")

    def test_several_negative_labels_are_one_class(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE, positive="won")
        outcomes = ["won", "lost", "open"]
        bench.drop(rows(0, 900, y=lambda number: outcomes[number % 3]))
        order, _ = bench.run()
        train = bench.arrays(order, "train.npz")
        np.testing.assert_array_equal(train["y_fit"], train["X_fit"][:, 0] % 3 == 0)
        assert json.loads(bench.outputs(order)["encoding.json"])["classes"] == ["not won", "won"]

    def test_regression_targets_are_numbers_and_unusable_ones_are_left_out(self, bench: Bench) -> None:
        bench.apply(task="regression", features=SIZE)
        wrong = {7: None, 8: 1e300, 9: -1e300}
        bench.drop(rows(0, 1_000, y=lambda number: wrong.get(number, number * 2.0)))
        order, prepared = bench.run()
        train, held = bench.arrays(order, "train.npz"), bench.arrays(order, "holdout.npz")
        assert prepared.rows_train + prepared.rows_holdout == 997
        np.testing.assert_array_equal(train["y_fit"], train["X_fit"][:, 0] * 2)
        np.testing.assert_array_equal(held["y"], held["f0"] * 2)

    def test_a_column_that_became_a_number_is_read_as_one(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE)
        bench.drop(rows(0, 500, size=lambda number: "-inf" if number % 10 == 0 else str(number)))
        bench.drop(rows(500, 1_000))
        train, held = sides(bench)
        known = {number for number in train | held if not np.isnan(number)}
        assert known == {n for n in range(1_000) if n >= 500 or n % 10}

    def test_names_and_values_that_look_like_sql_are_names_and_values(self, bench: Bench) -> None:
        name, labels = """it's "a"; DROP TABLE keys; --""", ["y'es", "n;o", 'n"o']
        bench.apply(task="binary", features={**SIZE, name: {"type": "category"}}, positive="y'es")
        data = rows(0, 500, y=lambda number: labels[number % 3])
        bench.drop([{**row, name: f"'{row['y']}'; --"} for row in data])
        order, _ = bench.run()
        feature = Encoding.model_validate_json(bench.outputs(order)["encoding.json"]).features[1]
        train = bench.arrays(order, "train.npz")
        assert feature.name == name
        assert set(feature.vocabulary) == {f"'{label}'; --" for label in labels}
        np.testing.assert_array_equal(train["y_fit"], train["X_fit"][:, 0] % 3 == 0)

    def test_columns_of_dropped_features_are_ignored(self, bench: Bench) -> None:
        bench.apply(task="binary", features={**SIZE, "gone": {"type": "category"}})
        bench.drop(rows(0, 500, gone="x"))
        train, _ = sides(bench)
        bench.apply(task="binary", features=SIZE)
        bench.drop(rows(500, 600))
        order, _ = bench.run()
        assert set(bench.arrays(order, "holdout.npz")) == {"f0", "y", "row"}
        assert train <= training_ids(bench.arrays(order, "train.npz"))


class TestAuditColumns:
    FAIR = {"fairness": {"attributes": ["size", "gender", "origin"]}}

    def test_attributes_stand_beside_the_holdouts_features_and_train_nothing(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE, evaluation=self.FAIR)
        genders = ["f", None, "m"]
        bench.drop(rows(0, 900, gender=lambda number: genders[number % 3], origin="here"))
        order, _ = bench.run()
        held = bench.arrays(order, "holdout.npz")
        assert set(held) == {"f0", "a0", "a1", "y", "row"}
        assert held["a0"].dtype.kind == "U"
        assert held["a0"].tolist() == [genders[int(n) % 3] or "" for n in held["f0"]]
        assert set(held["a1"].tolist()) == {"here"}
        assert bench.arrays(order, "train.npz")["X_fit"].shape[1] == 1
        for name in ("encoding.json", "profile.json"):
            assert "gender" not in bench.outputs(order)[name].decode()

    def test_batches_from_before_lack_them_and_they_move_no_row(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE)
        bench.drop(rows(0, 500))
        before = sides(bench)
        bench.apply(task="binary", features=SIZE, evaluation=self.FAIR)
        assert sides(bench) == before
        none = bench.arrays(bench.order(), "holdout.npz")
        assert set(none["a0"].tolist()) == {""}
        bench.drop(rows(500, 1_000, gender="f", origin="here"))
        order, _ = bench.run()
        held = bench.arrays(order, "holdout.npz")
        assert held["a0"].tolist() == ["f" if n >= 500 else "" for n in held["f0"]]

    def test_an_entity_may_be_one(self, bench: Bench) -> None:
        bench.apply(
            task="binary", features=SIZE, entity="shop", evaluation={"fairness": {"attributes": ["shop"]}}
        )
        bench.drop(rows(0, 500, shop=lambda number: f"s{number}"))
        order, _ = bench.run()
        held = bench.arrays(order, "holdout.npz")
        assert held["a0"].tolist() == [f"s{int(n)}" for n in held["f0"]]

    def test_they_are_read_back_by_name(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE, evaluation=self.FAIR)
        bench.drop(rows(0, 500, gender="f", origin="here"))
        order, _ = bench.run()
        encoding = Encoding.model_validate_json(bench.outputs(order)["encoding.json"])
        spec = bench.specs[0]
        held = read_holdout(bench.lake, order, encoding, audit_columns=spec.audit_columns)
        assert list(held.columns) == ["size"]
        assert list(held.attributes) == ["gender", "origin"]
        assert set(held.attributes["gender"].tolist()) == {"f"}
        assert list(held.judged_columns) == ["size", "gender", "origin"]


class TestProfile:
    def test_it_describes_the_training_rows(self, bench: Bench) -> None:
        bench.apply(task="binary", features={**SIZE, "place": {"type": "category"}})
        bench.drop(rows(0, 1_000, place=lambda number: f"p{number % 2}" if number % 10 else None))
        order, prepared = bench.run()
        profile = ReferenceProfile.model_validate_json(bench.outputs(order)["profile.json"])
        train = bench.arrays(order, "train.npz")
        sizes = np.concatenate([train["X_fit"], train["X_valid"]])[:, 0]
        size, place = profile.features["size"], profile.features["place"]
        assert isinstance(size, NumberProfile)
        assert (size.count, size.min, size.max) == (prepared.rows_train, sizes.min(), sizes.max())
        assert place.kind == "category"
        assert place.count == prepared.rows_train
        assert place.missing == int((sizes % 10 == 0).sum())
        assert place.counts == {
            "p1": int((sizes % 2 == 1).sum()),
            "p0": int(((sizes % 2 == 0) & (sizes % 10 != 0)).sum()),
        }
        assert profile.target.kind == "category"
        assert profile.target.counts["1"] == int((sizes % 3 == 0).sum())
        assert profile.rows_holdout == prepared.rows_holdout


class TestIdempotency:
    @pytest.mark.parametrize("fields", [{}, {"time": "t"}, {"entity": "e"}])
    def test_the_same_order_gives_the_same_bytes(self, tmp_path: Path, fields: dict[str, str]) -> None:
        outputs = []
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            bench = Bench(tmp_path / name)
            bench.apply(task="binary", features=SIZE, **fields)
            bench.drop(hourly(0, 1_000, e=lambda number: f"e{number % 700}"), days=60)
            bench.drop(hourly(900, 2_000, e=lambda number: f"e{number % 700}"), days=90)
            outputs.append(bench.outputs(bench.run()[0]))
        assert outputs[0] == outputs[1]
        assert set(outputs[0]) == {
            "train.npz",
            "holdout.npz",
            "encoding.json",
            "profile.json",
            "prepared.json",
        }

    def test_what_is_prepared_is_found_again(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE)
        bench.drop(rows(0, 500))
        first = bench.run()
        written = list(bench.lake.written)
        assert bench.run() == first
        assert bench.lake.written == written

    @pytest.mark.parametrize("writes", range(5))
    def test_a_preparation_that_was_cut_short_is_done_again_with_the_same_holdout(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, writes: int
    ) -> None:
        bench.apply(task="binary", features=SIZE, time="t")
        bench.drop(hourly(0, 1_000), days=60)
        put = bench.lake.write

        def stop(key: str, content: bytes) -> None:
            if len(bench.lake.written) == writes:
                raise OSError("cut short")
            put(key, content)

        with monkeypatch.context() as cut:
            cut.setattr(bench.lake, "write", stop)
            with pytest.raises(OSError, match="cut short"):
                bench.run()
        frozen = list(bench.holdouts.records)
        order, _ = bench.run()
        assert bench.holdouts.records == frozen
        assert "prepared.json" in bench.outputs(order)

    def test_a_holdout_that_another_run_extends_first_is_a_conflict(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bench.apply(task="binary", features=SIZE, time="t")
        bench.drop(hourly(0, 1_000), days=60)
        other = HoldoutRecord(
            number=1,
            dataset_version=9,
            spec_version=1,
            trained_batches=9,
            holdout=FrozenHoldout(rules=(TimeRule(column="t"),)),
        )
        bench.holdouts.append(MODEL, other)
        monkeypatch.setattr(bench.holdouts, "latest", lambda model: None)
        with pytest.raises(RegistryConflict):
            bench.run()
        assert bench.lake.written == []


class TestRefusals:
    def refused(self, bench: Bench, data: list[Row], because: str, **fields: Any) -> None:
        bench.apply(**{"task": "binary", "features": SIZE, **fields})
        bench.drop(data, days=90)
        with pytest.raises(TrainingImpossible, match=because):
            bench.run()
        assert bench.lake.written == []
        assert bench.holdouts.records == []

    def test_no_data(self, bench: Bench) -> None:
        bench.apply(task="binary", features=SIZE)
        with pytest.raises(TrainingImpossible, match="no data yet"):
            bench.prepare(bench.order(dataset=1))

    def test_too_few_rows(self, bench: Bench) -> None:
        self.refused(bench, rows(0, 60), "at least 100 training rows are needed")

    def test_rows_that_are_all_the_same(self, bench: Bench) -> None:
        self.refused(bench, rows(0, 600, size=1.0), "rows are needed")

    def test_one_class(self, bench: Bench) -> None:
        self.refused(bench, rows(0, 600, y="0"), "every row has the same 'y'")

    def test_a_class_that_only_the_holdout_lacks(self, bench: Bench) -> None:
        data = hourly(0, 1_000)
        for row in data[800:]:
            row["y"] = "0"
        self.refused(bench, data, "the holdout rows hold 0 of '1'", time="t")

    def test_all_targets_equal(self, bench: Bench) -> None:
        self.refused(bench, rows(0, 600, y=3.5), "have the same 'y', 3.5", task="regression")

    def test_no_target_at_all(self, bench: Bench) -> None:
        self.refused(bench, rows(0, 600), "no batch has the target 'z'", target="z")

    def test_a_column_that_hides_the_row_number(self, bench: Bench) -> None:
        self.refused(bench, rows(0, 600, File_Row_Number=1.0), "rename it")

    def test_arrays_larger_than_the_room(self, tmp_path: Path) -> None:
        bench = Bench(tmp_path, room_bytes=1_000)
        self.refused(bench, rows(0, 600), r"set training.window, such as \{last_rows: 120\}")

    def test_more_features_than_the_memory_takes(self, tmp_path: Path) -> None:
        bench = Bench(tmp_path, memory_mb=10)
        features = {f"n{index}": {"type": "number"} for index in range(200)}
        data = rows(0, 600, **dict.fromkeys(features, float))
        self.refused(bench, data, "200 features need more than 4MB", features=features)

    def test_batches_larger_than_the_disk(self, tmp_path: Path) -> None:
        bench = Bench(tmp_path, disk_bytes=1_000)
        self.refused(bench, rows(0, 600), "there is room for 1,000")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("fields", [{}, {"entity": "e"}, {"time": "t"}, {"time": "t", "entity": "e"}])
def test_no_row_that_was_ever_held_out_trains(bench: Bench, seed: int, fields: dict[str, str]) -> None:
    """Overlapping re-exports, late rows and windows that come and go, in a seeded random order."""
    chance = random.Random(seed)
    trained: set[float] = set()
    held: set[float] = set()
    for _ in range(5):
        first = chance.randrange(0, 800)
        data = hourly(first, first + chance.randrange(200, 700), e=lambda number: f"e{number}")
        chance.shuffle(data)
        bench.drop(data, days=365)
        window = chance.choice([None, {"last_rows": 600}, {"last_days": 30} if "time" in fields else None])
        bench.apply(task="binary", features=SIZE, training={"window": window}, **fields)
        try:
            now_trained, now_held = sides(bench)
        except TrainingImpossible:
            continue
        trained |= now_trained
        held |= now_held
        assert not trained & held
    assert trained
    assert held


@pytest.mark.parametrize("by_time", [False, True])
def test_work_that_is_reproduced_later_is_split_as_it_was(bench: Bench, by_time: bool) -> None:
    make, fields = (hourly, {"time": "t"}) if by_time else (rows, {})
    bench.apply(task="binary", features=SIZE, **fields)
    bench.drop(make(0, 1_000), days=100)
    first, prepared = bench.run()
    bench.drop(make(1_000, 2_000), days=200)
    bench.run()
    links = list(bench.holdouts.records)

    again = first.model_copy(update={"run_id": f"{first.run_id}-r20260301120000"})
    assert bench.prepare(again) == prepared
    arrays = ("train.npz", "holdout.npz", "encoding.json")
    assert {name: bench.outputs(again)[name] for name in arrays} == {
        name: bench.outputs(first)[name] for name in arrays
    }
    assert bench.holdouts.records == links
    assert prepared.holdout == 1
