"""The story's data and its checks; the story itself is told by `make demo`."""

from __future__ import annotations

import csv
import gzip
import zlib
from pathlib import Path

import pytest

from cli.demo.__main__ import _name, free_name
from cli.demo.checks import StoryBroken, quarantined_rows, require_outcome
from cli.demo.ending import aws_lines
from cli.demo.files import example_files, own_files
from cli.demo.spoil import damages, spoiled
from cli.errors import CliError
from cli.inbox.answers import Answer
from cli.session import Session
from tests.fakes.samples import MODEL, dropped, receipt, spec
from tests.unit.cli.conftest import Cloud
from tideline.adapters.intake.reader import DuckDbFileReader
from tideline.domain.contract.spec_text import read_spec
from tideline.domain.intake.dropped_object import ObjectOutcome


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    example_files(folder, model="doctor-visits-7")
    return folder


def test_the_drops_together_are_the_whole_experiment(folder: Path) -> None:
    drops = [len(read(folder / f"{name}.csv")) for name in ("first", "second", "third")]

    assert sum(drops) == 20_190
    assert min(drops) > 4_000


def test_each_drop_has_another_mix_of_plans(folder: Path) -> None:
    free = [
        sum(row["coinsurance"] == "0" for row in rows) / len(rows)
        for rows in (read(folder / f"{name}.csv") for name in ("first", "second", "third", "traffic"))
    ]

    assert free[0] < 0.2
    assert 0.15 < free[1] < 0.5
    assert free[2] == free[3] == 1


def test_callers_do_not_tell_the_answer(folder: Path) -> None:
    rows = read(folder / "traffic.csv")

    assert len(rows) == 1_000
    assert "saw_doctor" not in rows[0]


def test_the_spec_fits_the_name_and_the_first_drop_whole(folder: Path, tmp_path: Path) -> None:
    found = read_spec((folder / "model.yaml").read_bytes(), model="doctor-visits-7")
    canonical = DuckDbFileReader(memory_mb=1024).read(
        folder / "first.csv", name="first.csv", spec=found, workdir=tmp_path
    )

    assert canonical.bad_rows == 0


def test_the_example_itself_is_valid() -> None:
    path = Path(__file__).parents[3] / "examples/doctor-visits/model.yaml"

    assert read_spec(path.read_bytes(), model="doctor-visits").target == "saw_doctor"


def test_the_cut_off_file_cannot_be_unpacked(folder: Path) -> None:
    with pytest.raises((EOFError, zlib.error)):
        gzip.decompress((folder / "cut-off.csv.gz").read_bytes())


def test_the_rows_to_ask_about_do_not_tell_the_answer(folder: Path) -> None:
    rows = read(folder / "sample.csv")

    assert len(rows) == 20
    assert "saw_doctor" not in rows[0]


def test_every_so_many_th_row_is_broken_each_in_another_way() -> None:
    a_spec = spec(
        features={"age": {"type": "number", "max": 120}, "plan": {"type": "category", "values": ["a"]}}
    )
    rows = [{"spent": "1", "age": "40", "plan": "a"} for _ in range(12)]

    found = list(spoiled(rows, a_spec, every=2))

    assert found[::2] == rows[::2]
    broken = found[1::2]
    assert len({tuple(row.items()) for row in broken}) == len(damages(a_spec)) == 6
    assert {row["age"] for row in broken} == {"40", "many", "1201", ""}


def test_somebodys_own_data_is_cut_in_three(tmp_path: Path) -> None:
    data = tmp_path / "own.csv"
    data.write_text(
        "age,left\n" + "".join(f"{n % 60},{'yes' if n % 7 in (1, 4) else 'no'}\n" for n in range(500))
    )

    files = own_files(tmp_path / "out", model="own", data=data, target="left")

    assert [len(read(file)) for file in (files.first, files.second, files.third)] == [250, 100, 150]
    assert files.broken_rows == 4
    largest = max(int(row["age"]) for row in read(files.first))
    assert all(int(row["age"]) >= largest for row in read(files.third))


def test_too_few_rows_are_refused(tmp_path: Path) -> None:
    data = tmp_path / "own.csv"
    data.write_text("age,left\n" + "".join(f"{n % 40},{'yes' if n % 3 else 'no'}\n" for n in range(120)))

    with pytest.raises(CliError, match="at least 400"):
        own_files(tmp_path / "out", model="own", data=data, target="left")


@pytest.mark.parametrize(
    ("file", "name"), [("My Data (2).csv", "my-data-2"), ("2024.csv.gz", "model-2024"), ("x.csv", "my-model")]
)
def test_a_model_is_named_after_its_file(file: str, name: str) -> None:
    assert _name(Path(file)) == name


def test_a_story_that_was_told_is_told_again_under_another_name(cloud: Cloud) -> None:
    session = Session(target=cloud.target)
    assert free_name(session, MODEL) == MODEL

    cloud.registry.receipts.conclude(MODEL, receipt(dropped()))

    assert free_name(session, MODEL) == "churn-2"


def test_a_point_that_did_not_happen_breaks_the_story() -> None:
    item = dropped()

    with pytest.raises(StoryBroken, match="should have been accepted, but is quarantined: empty"):
        require_outcome(
            Answer(item, receipt(item, ObjectOutcome.QUARANTINED, message="empty")), ObjectOutcome.ACCEPTED
        )


def test_rows_in_quarantine_are_counted_where_they_lie(cloud: Cloud) -> None:
    item, session = dropped(), Session(target=cloud.target)
    cloud.lake.write("churn/quarantine/x/rows.csv", b"_row,_reasons,age\n1,age: missing,\n2,age: missing,\n")

    assert (
        quarantined_rows(session, Answer(item, receipt(item), quarantine="churn/quarantine/x/rows.csv")) == 2
    )
    assert quarantined_rows(session, Answer(item, receipt(item))) == 0


def test_the_printed_commands_name_the_bucket_and_the_bus(cloud: Cloud) -> None:
    lines = aws_lines(Session(target=cloud.target), model="doctor-visits-2", folder="f")

    assert "s3://inbox/doctor-visits-2/data/again.csv" in lines[1]
    assert '"EventBusName": "tideline-dev"' in lines[2]
