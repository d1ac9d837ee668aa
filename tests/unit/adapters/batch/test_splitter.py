"""Splitting: every row ends in one place, and the same file gives the same shards."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.adapters.batch.conftest import SIGNATURE, Kept, split
from tideline.domain.batch import order as orders
from tideline.domain.release.deployment import FeatureSignature
from tideline.errors import FileRejected

HEADER = "customer,age,plan,row,note\n"


def numbers(kept: Kept) -> list[int]:
    """Return the numbers of all rows, wherever they ended, sorted."""
    good = [row for shard in kept.shards for (row,) in kept.read(shard.source, "row")]
    bad = [row for (row,) in kept.read("refused.parquet", "row")] if kept.refused else []
    return sorted([*good, *bad])


def test_good_rows_become_what_the_model_takes(tmp_path: Path) -> None:
    kept = split(tmp_path, (HEADER + "c1,30,basic,1.5,hello\n,40,,,\n").encode())

    assert (kept.rows, kept.refused, [s.rows for s in kept.shards]) == (2, 0, [2])
    first, second = kept.read("shards/0001.parquet")
    assert first == (1, "c1", 30.0, "basic", 1.5)
    assert second[:4] == (2, None, 40.0, "")
    assert second[4] != second[4]


def test_bad_rows_are_listed_with_every_reason_under_their_own_number(tmp_path: Path) -> None:
    rows = "c1,30,basic,1,\nc2,-1,gold,1,\nc3,,basic,1,\nc4,x,plus,1,\nc5,31,plus,2,\n"
    kept = split(tmp_path, (HEADER + rows).encode())

    assert (kept.rows, kept.refused) == (5, 3)
    assert kept.read("refused.parquet") == [
        (2, ["age: below min 0", "plan: not an allowed value"]),
        (3, ["age: missing"]),
        (4, ["age: not a number"]),
    ]
    assert kept.read("shards/0001.parquet", "row") == [(1,), (5,)]


def test_rows_that_cannot_be_taken_apart_keep_the_numbers_of_the_others_right(tmp_path: Path) -> None:
    rows = 'c1,30,basic,1,\nc2,31\nc3,-5,basic,1,\nc4,32,"plus",2,"a\nb"\nc5,33,plus,2,,x\nc6,34,plus,2,\n'
    kept = split(tmp_path, (HEADER + rows).encode())

    assert kept.rows == 6
    assert kept.read("shards/0001.parquet", "row, entity") == [(1, "c1"), (4, "c4"), (6, "c6")]
    assert numbers(kept) == [1, 2, 3, 4, 5, 6]


def test_a_file_of_bad_rows_only_has_no_shard_and_every_reason(tmp_path: Path) -> None:
    kept = split(tmp_path, (HEADER + "c,-1,basic,1,\n" * 50).encode())

    assert (kept.rows, kept.refused, kept.shards) == (50, 50, [])
    assert numbers(kept) == list(range(1, 51))


def test_one_row_is_a_file(tmp_path: Path) -> None:
    kept = split(tmp_path, (HEADER + "c,1,basic,1,\n").encode())

    assert (kept.rows, kept.refused, [s.rows for s in kept.shards]) == (1, 0, [1])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (HEADER.encode(), "no_rows"),
        (b"customer,plan\nc1,basic\n", "missing_column"),
        (b"a,b\n1,2\n", "missing_column"),
        (b"\xff\xfea\x00", "encoding"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_as_a_whole(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    with pytest.raises(FileRejected) as refused:
        split(tmp_path, content)

    assert refused.value.reason == reason


def test_a_file_without_any_feature_is_refused_even_where_none_is_required(tmp_path: Path) -> None:
    optional = FeatureSignature(name="age", type="number", required=False)
    signature = SIGNATURE.model_copy(update={"features": (optional,)})

    with pytest.raises(FileRejected, match="none of its columns is a feature"):
        split(tmp_path, b"customer,other\nc1,2\n", signature=signature)


def test_optional_features_and_the_entity_may_be_left_out(tmp_path: Path) -> None:
    kept = split(tmp_path, b"age\n30\n")

    assert kept.read("shards/0001.parquet", "row, entity, f0, f1, isnan(f2)") == [(1, None, 30.0, "", True)]


def test_every_layout_gives_the_same_shards(tmp_path: Path) -> None:
    table = [{"customer": f"c{n}", "age": n, "plan": "plus", "row": n / 4} for n in range(1, 90)]
    as_json = "\n".join(map(json.dumps, table)).encode()
    as_csv = "customer,age,plan,row\n" + "".join(f"c{n},{n},plus,{n / 4}\n" for n in range(1, 90))
    (tmp_path / "rows.jsonl").write_bytes(as_json)
    parquet = tmp_path / "in.parquet"
    duckdb.sql(f"COPY (FROM read_json('{tmp_path / 'rows.jsonl'}')) TO '{parquet}' (FORMAT parquet)")

    made = [
        split(tmp_path, as_csv.encode()),
        split(tmp_path, gzip.compress(as_csv.encode()), name="rows.csv.gz"),
        split(tmp_path, as_json, name="rows.jsonl"),
        split(tmp_path, parquet.read_bytes(), name="rows.parquet"),
    ]

    assert len({str(kept.read("shards/0001.parquet")) for kept in made}) == 1


def test_the_same_file_gives_the_same_shards_byte_for_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "SHARD_ROWS", 20_000)
    rows = "".join(f"c{n},{n % 130},basic,{n},\n" for n in range(100_000))
    first, second = (split(tmp_path, (HEADER + rows).encode()) for _ in range(2))

    assert [shard.rows for shard in first.shards] == [shard.rows for shard in second.shards]
    assert len(first.shards) == 5
    for name in [shard.source for shard in first.shards] + ["refused.parquet"]:
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes()
    assert numbers(first) == list(range(1, 100_001))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["c,30,basic,1,", "c,-1,basic,1,", "c,30", "c,,gold,x,", "c,5,plus,,,x", ',7,"plus",,"a"']
        ),
        min_size=1,
        max_size=60,
    )
)
def test_every_row_ends_in_one_place(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    kept = split(tmp_path_factory.mktemp("split"), (HEADER + "\n".join(lines) + "\n").encode())

    assert kept.rows == len(lines)
    assert numbers(kept) == list(range(1, len(lines) + 1))
    good = {n for n, line in enumerate(lines, 1) if line in ("c,30,basic,1,", ',7,"plus",,"a"')}
    assert {row for shard in kept.shards for (row,) in kept.read(shard.source, "row")} == good
