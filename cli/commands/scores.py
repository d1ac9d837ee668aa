"""`tideline scores`: a batch job's results, or the rows that it refused, as one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from cli.errors import CliError, UsageFault
from cli.evidence import lake_of
from cli.scoring.job_manifest import read_job_manifest
from cli.session import Session
from cli.words import count
from tideline.adapters.s3_object_store import S3ObjectStore
from tideline.domain.batch.batch_manifest import BatchManifest
from tideline.errors import ObjectMissing

EXAMPLES = (
    "tideline scores churn 50886c0c6974242bb058fd08 --out scores.parquet",
    "tideline scores churn 50886c0c6974242bb058fd08 --refused --out refused.csv",
)
_FORMATS = {".parquet": "PARQUET", ".csv": "CSV, HEADER"}


def scores(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    job: Annotated[str, typer.Argument(metavar="JOB", help="As `tideline push --batch` names it.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Parquet or CSV, by its ending.")],
    refused: Annotated[
        bool, typer.Option("--refused", help="The rows without a result, each with its reasons.")
    ] = False,
) -> None:
    """Write the results of a batch job into one file, in the order of the rows that were dropped."""
    if out.suffix.lower() not in _FORMATS:
        raise UsageFault(f"{out.name}: write to a .parquet or a .csv file")
    if not out.parent.is_dir():
        raise UsageFault(f"there is no folder {out.parent}: make it first")
    session.registry.spec(model)
    lake = lake_of(session)
    manifest = _manifest(lake, model, job)
    files = [file.key for file in (manifest.refusals if refused else manifest.results) if file.rows]
    with session.waiting(f"Reading {count(len(files), 'file')}"):
        rows = write_rows(lake, files, out=out)
    if session.json:
        session.emit({"model": model, "job_id": job, "file": str(out), "rows": rows})
        return
    session.say(f"{out}: {count(rows, 'refused row' if refused else 'row')}", style="green")


def write_rows(lake: S3ObjectStore, files: Sequence[str], *, out: Path) -> int:
    """Write the rows of Parquet files of the lake into one file and return how many there are.

    Raises:
        CliError: a file has gone from the lake, or there is none.
    """
    # Takes its time to load, and no other command needs it to answer.
    import duckdb  # noqa: PLC0415

    if not files:
        raise CliError("the job has no such rows: nothing was written")
    with TemporaryDirectory() as folder:
        parts = [
            _download(lake, key, Path(folder) / f"{number:05d}.parquet") for number, key in enumerate(files)
        ]
        found = duckdb.read_parquet(parts).order("row")
        # A path cannot be a parameter of COPY.
        target = str(out).replace("'", "''")
        duckdb.sql(f"COPY found TO '{target}' (FORMAT {_FORMATS[out.suffix.lower()]})")
        return int(found.count("*").fetchall()[0][0])


def _download(lake: S3ObjectStore, key: str, path: Path) -> str:
    try:
        lake.download(key, path)
    except ObjectMissing as exc:
        raise CliError(f"{key} is gone from the lake: nothing was written") from exc
    return str(path)


def _manifest(lake: S3ObjectStore, model: str, job: str) -> BatchManifest:
    manifest = read_job_manifest(lake, model, job)
    if manifest is None:
        raise CliError(
            f"{model} has no batch job {job!r} that has ended: `tideline push {model} FILE --batch` names it"
        )
    return manifest
