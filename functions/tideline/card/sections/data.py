"""Data: which batches it learnt from, and what the holdout looks like."""

from __future__ import annotations

from tideline.card.evidence import Evidence
from tideline.domain.contract.spec import DayWindow, ModelSpec, RowWindow, TrainingSpec
from tideline.page.blocks import Block, Fact, Row, Section, facts, grid
from tideline.page.words import count, percent


def data(evidence: Evidence) -> Section:
    """Say where the rows came from, with hashes, and how many are of each class."""
    manifest, report = evidence.manifest, evidence.report
    rows = sum(batch.rows for batch in manifest.batches)
    batches = count(len(manifest.batches), "batch", "batches")
    blocks: list[Block] = [
        facts(
            ("data set", f"version {manifest.dataset_version}: {count(rows, 'row')} in {batches}"),
            ("of which used", window(evidence.spec.training)),
            ("held out", f"{count(report.rows, 'row')}, never trained on; every figure below is about these"),
            ("held back by", f"a rule that was frozen with the first version: {_rule(evidence.spec)}"),
            Fact("SHA-256 of the data set", manifest.dataset_sha256, code=True),
        )
    ]
    if report.class_rows:
        blocks.append(_balance(report.class_rows))
    blocks.append(
        grid(
            "Batches: each is one dropped object, as it was accepted",
            ("batch", "rows", "object", "object version", "SHA-256 of the object"),
            [
                Row(
                    (
                        str(batch.number),
                        f"{batch.rows:,}",
                        batch.object_key,
                        batch.object_version,
                        batch.source_sha256,
                    )
                )
                for batch in manifest.batches
            ],
            right=(1,),
            code=(2, 3, 4),
        )
    )
    return Section("data", "Data", tuple(blocks))


def window(training: TrainingSpec) -> str:
    """Say which rows of the data set are used."""
    if isinstance(training.window, RowWindow):
        return f"the newest {count(training.window.last_rows, 'row')}"
    if isinstance(training.window, DayWindow):
        return f"the newest {count(training.window.last_days, 'day')}, counted back from the newest row"
    return "all rows"


def _rule(spec: ModelSpec) -> str:
    if spec.time:
        return f"the newest rows by “{spec.time}”"
    return f"a hash of “{spec.entity}”" if spec.entity else "a hash of the features"


def _balance(class_rows: dict[str, int]) -> Block:
    total = sum(class_rows.values()) or 1
    rows = [Row((name, f"{rows:,}", percent(rows / total))) for name, rows in class_rows.items()]
    return grid("Classes in the holdout", ("class", "rows", "share"), rows, right=(1, 2), code=(0,))
