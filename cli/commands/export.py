"""`tideline export`: a version as a folder that needs nothing of Tideline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.errors import CliError, UsageFault
from cli.evidence import lake_of, read_evidence, version_record
from cli.export.bundle import bundle, is_there, verify, write
from cli.session import Session
from cli.words import count, size
from tideline.domain import keys
from tideline.domain.release.version import ModelVersion
from tideline.errors import ObjectMissing

EXAMPLES = (
    "tideline export churn 3 churn-v3",
    "cd churn-v3 && pip install -r requirements.txt && python predict.py customers.csv",
)


def export(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    version: Annotated[int, typer.Argument(metavar="VERSION", min=1)],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that holds something.")] = False,
) -> None:
    """Write a version to a folder: ONNX file, manifest, report, card, and a program that predicts with it."""
    if folder.exists() and not folder.is_dir():
        raise UsageFault(f"{folder} is a file: name a folder")
    files = _files(session, version_record(session, model, version))
    if not _is_free(folder) and is_there(folder, files):
        _report(session, folder, files, written=False)
        return
    if not _is_free(folder) and not force:
        raise UsageFault(f"{folder} holds something already: name another, or write into it with --force")
    write(folder, files)
    _report(session, folder, files, written=True)


def _files(session: Session, record: ModelVersion) -> dict[str, bytes]:
    evidence = read_evidence(session, record)
    from tideline.card.rendering import render_html, render_markdown  # noqa: PLC0415 templates, for this alone

    artifact, manifest, report = (
        _stored(session, record, name) for name in ("model.onnx", "manifest.json", "report.json")
    )
    verify(record, artifact=artifact, manifest=manifest, report=report)
    return bundle(
        artifact=artifact,
        manifest=manifest,
        report=report,
        html=render_html(evidence),
        markdown=render_markdown(evidence),
    )


def _stored(session: Session, record: ModelVersion, name: str) -> bytes:
    try:
        return lake_of(session).read(keys.version_key(record.model, record.number, name))
    except ObjectMissing as exc:
        raise CliError(
            f"{exc.key} is gone from the lake: version {record.number} cannot be exported"
        ) from exc


def _is_free(folder: Path) -> bool:
    return not folder.exists() or not any(folder.iterdir())


def _report(session: Session, folder: Path, files: dict[str, bytes], *, written: bool) -> None:
    if session.json:
        session.emit({"folder": str(folder), "files": sorted(files), "written": written})
        return
    total = size(sum(map(len, files.values())))
    done = f"{count(len(files), 'file')}, {total}" if written else "all of it is there already"
    session.say(f"{folder}: {done}", style="green")
    session.say(f"cd {folder} && pip install -r requirements.txt && python predict.py FILE", copied=True)
