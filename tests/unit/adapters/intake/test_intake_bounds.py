import random
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from intake_desk import Desk, lenient, make_spec, rows

from tideline.adapters.intake.session import session
from tideline.errors import FileRejected

FUNCTIONS = Path(__file__).parents[4] / "functions"


ROWS = 150_000  # more than one row group


def _many_rows(*, bad_every: int = 0) -> bytes:
    chance = random.Random(7)
    lines = ["churned,age,plan,id"]
    for at in range(ROWS):
        age = -1 if bad_every and at % bad_every == 0 else 120 * chance.random()
        lines.append(f'{at % 2},{age},"yearly",{at}')
    return "\n".join(lines).encode()


@pytest.mark.parametrize("bad_every", [0, 1_000])
def test_the_same_bytes_give_the_same_bytes_whatever_the_memory_and_threads(
    desk: Desk, bad_every: int
) -> None:
    content = _many_rows(bad_every=bad_every)
    spec = make_spec(entity="id")
    found = [
        desk.drop(content, spec=spec, memory_mb=memory_mb, threads=threads)
        for memory_mb, threads in ((1024, 2), (1024, 1), (400, 4))
    ]
    assert len({canonical.sha256 for canonical in found}) == 1
    assert found[0].parquet.read_bytes() == found[2].parquet.read_bytes()


def test_rows_keep_the_order_of_the_file_over_many_row_groups(desk: Desk) -> None:
    canonical = desk.drop(_many_rows(bad_every=10_000), spec=make_spec(entity="id"))
    assert [int(row[1]) for row in rows(canonical)] == [at for at in range(ROWS) if at % 10_000]
    assert (canonical.rows, canonical.bad_rows) == (ROWS - 15, 15)


_READ = """
import json, resource, sys
from pathlib import Path
from tideline.adapters.intake import DuckDbFileReader
from tideline.domain.contract.spec import ModelSpec
source, workdir, memory_mb, fields = sys.argv[1:]
spec = ModelSpec.model_validate_json(fields)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
canonical = DuckDbFileReader(memory_mb=int(memory_mb)).read(
    Path(source), name="big.csv", spec=spec, workdir=Path(workdir)
)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([canonical.rows, canonical.bad_rows, (after - before) // 1024]))
"""


def test_a_file_larger_than_the_memory_is_read_within_it(tmp_path: Path) -> None:
    source, work = tmp_path / "big.csv", tmp_path / "work"
    work.mkdir()
    line = b"x" * 480 + b"\n"
    with source.open("wb") as file:
        file.write(b"churned,age,plan,note\n")
        for start in range(0, 500_000, 1_000):
            file.write(
                b"".join(b"%d,%d,yearly," % (at % 2, at % 121) + line for at in range(start, start + 1_000))
            )
        file.write(b"0,-1,yearly,z\n")
    memory_mb = 220
    assert source.stat().st_size > memory_mb * 1024**2
    command = [
        sys.executable,
        "-c",
        _READ,
        str(source),
        str(work),
        str(memory_mb),
        make_spec().model_dump_json(),
    ]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(FUNCTIONS)}, capture_output=True, text=True, check=True
    )
    accepted, bad, grown_mb = eval(done.stdout)
    assert (accepted, bad) == (500_000, 1)
    assert grown_mb < memory_mb


def test_what_does_not_fit_into_memory_is_refused_and_not_a_crash(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "made.parquet"
    duckdb.connect().execute(
        f"COPY (SELECT 1 AS churned, 1 AS age, repeat('ab', 30000000) || i AS plan FROM range(2) t(i)) "
        f"TO '{target}' (FORMAT parquet, COMPRESSION uncompressed)"
    )
    assert desk.reject(target, memory_mb=200).reason == "too_large"


def test_a_wide_file_is_read(desk: Desk) -> None:
    names = [f"f{at}" for at in range(300)]
    spec = lenient(features={name: {"type": "number", "min": 0} for name in names})
    row = "0," + ",".join("1" for _ in names) + "\n"
    bad = "0," + ",".join("-1" for _ in names) + "\n"
    canonical = desk.drop(",".join(["churned", *names]) + "\n" + row * 50 + bad, spec=spec, memory_mb=2048)
    assert (canonical.rows, canonical.bad_rows, len(canonical.faults)) == (50, 1, 300)


def test_a_session_reads_its_source_and_its_folder_and_nothing_else(tmp_path: Path) -> None:
    inside, outside = tmp_path / "work", tmp_path / "outside.csv"
    inside.mkdir()
    outside.write_text("a\n1\n")
    source = tmp_path / "source.csv"
    source.write_text("a\n1\n")
    with session(workdir=inside, sources=(source,), memory_mb=200, threads=1) as connection:
        assert connection.execute(f"SELECT count(*) FROM read_csv('{source}')").fetchall() == [(1,)]
        connection.execute(f"COPY (SELECT 1) TO '{inside / 'out.csv'}'")
        for query in (
            f"SELECT * FROM read_csv('{outside}')",
            f"SELECT * FROM read_csv('{inside}/../outside.csv')",
            f"COPY (SELECT 1) TO '{outside}'",
            "INSTALL httpfs",
            "SET enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(query)


def test_mistakes_in_our_own_sql_are_not_blamed_on_the_file(tmp_path: Path) -> None:
    with (
        pytest.raises(duckdb.ParserException),
        session(workdir=tmp_path, sources=(), memory_mb=200, threads=1) as connection,
    ):
        connection.execute("SELEKT 1")
    with (
        pytest.raises(FileRejected, match="cannot be read"),
        session(workdir=tmp_path, sources=(), memory_mb=200, threads=1) as connection,
    ):
        connection.execute("SELECT error('broken')")
