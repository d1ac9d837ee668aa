import gzip
from collections.abc import Callable

import pytest
import zstandard
from intake_desk import Desk, rows

CSV = b"churned,age,plan\n0,1,monthly\n1,2,yearly\n"
JSON_LINES = b'{"churned":0,"age":1,"plan":"monthly"}\n{"churned":1,"age":2,"plan":"yearly"}\n'
EXPECTED = [("0", 1.0, "monthly"), ("1", 2.0, "yearly")]
QUERY = "SELECT * FROM (VALUES (0, 1, 'monthly'), (1, 2, 'yearly')) AS t(churned, age, plan)"
PACKINGS = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("layout", ["csv", "jsonl", "parquet"])
def test_every_layout_is_read_in_every_packing(
    desk: Desk, to_parquet: Callable[..., bytes], layout: str, packing: str
) -> None:
    content = {"csv": CSV, "jsonl": JSON_LINES}.get(layout) or to_parquet(QUERY)
    canonical = desk.drop(PACKINGS[packing](content), name=f"data/my file+1 %20é.{layout}{packing}")
    assert rows(canonical) == EXPECTED
    assert canonical.format == layout + packing
    assert canonical.rejects is None
    assert (canonical.rows, canonical.bad_rows) == (2, 0)


def test_the_content_decides_where_the_name_claims_nothing(desk: Desk) -> None:
    assert desk.drop(gzip.compress(JSON_LINES), name="part-0000").format == "jsonl.gz"
    assert desk.drop(CSV, name="export.2024-01-01").format == "csv"


@pytest.mark.parametrize("name", ["file.parquet", "FILE.PARQUET", "file.parquet.gz", "file.jsonl"])
def test_a_csv_under_another_formats_name_is_refused_naming_both(desk: Desk, name: str) -> None:
    rejected = desk.reject(CSV, name=name)
    assert rejected.reason == "not_what_its_name_says"
    assert "CSV" in rejected.message
    assert name.lower().split(".")[1] in rejected.message.lower()


def test_parquet_named_csv_is_refused(desk: Desk, to_parquet: Callable[..., bytes]) -> None:
    assert desk.reject(to_parquet(QUERY), name="file.csv").reason == "not_what_its_name_says"


@pytest.mark.parametrize("content", [b"", b"\n \r\n", b"\xef\xbb\xbf", gzip.compress(b"")], ids=range(4))
def test_an_empty_file_is_refused(desk: Desk, content: bytes) -> None:
    assert desk.reject(content).reason == "empty"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"PK\x03\x04....", "Excel"),
        (b'[{"age": 1}]', "jq"),
        (b"BZh91AY", "bzip2"),
        (gzip.compress(gzip.compress(CSV)), "twice"),
    ],
    ids=["zip", "array", "bzip2", "twice"],
)
def test_what_cannot_be_read_is_named_with_a_way_out(desk: Desk, content: bytes, word: str) -> None:
    rejected = desk.reject(content)
    assert rejected.reason == "unsupported_format"
    assert word in rejected.message
