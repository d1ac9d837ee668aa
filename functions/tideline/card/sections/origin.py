"""Where a version comes from: its training, and every hash that ties it to what was dropped."""

from __future__ import annotations

from tideline.card.evidence import Evidence
from tideline.domain.evaluation.inspection.findings import Latency
from tideline.domain.training.run import Parameter
from tideline.page.blocks import Block, Fact, Row, Section, facts, grid
from tideline.page.words import NOTHING, count, moment, number, size

_TRIALS = 10
_BATCHES = 50


def training(evidence: Evidence) -> Section:
    """Show trainer, parameters, trials and libraries: what it takes to train the same again."""
    manifest = evidence.manifest
    blocks: list[Block] = [
        facts(
            ("trainer", f"{manifest.trainer}, {count(manifest.rounds, 'round')}"),
            ("seed", str(manifest.seed)),
            ("parameters", _named(manifest.parameters)),
            ("libraries", _named(dict(manifest.library_versions))),
            ("made at", moment(manifest.created_at)),
        )
    ]
    if manifest.trials:
        rows = [
            Row(
                (
                    str(trial.index),
                    trial.trainer,
                    number(trial.score),
                    f"{trial.rounds:,}",
                    _named(trial.parameters),
                )
            )
            for trial in manifest.trials
        ]
        columns = ("trial", "trainer", "score", "rounds", "parameters")
        caption = "Trials, best first: scores are on validation rows, which are not the holdout"
        blocks.append(grid(caption, columns, rows, right=(2, 3), most=_TRIALS))
    return Section("training", "Training", tuple(blocks))


def lineage(evidence: Evidence) -> Section:
    """Show what leads from the artifact back to spec, code, run and dropped objects."""
    manifest = evidence.manifest
    batches = ", ".join(str(batch.number) for batch in manifest.batches[:_BATCHES])
    return Section(
        "lineage",
        "Lineage",
        (
            facts(
                Fact("run", manifest.run_id, code=True),
                ("spec", f"version {manifest.spec_version}"),
                ("data set", f"version {manifest.dataset_version}, of batches {batches}"),
                ("artifact", f"{size(manifest.size_bytes)} of ONNX"),
                ("latency", _latency(evidence.latency)),
            ),
            _hashes(evidence),
        ),
    )


def _latency(latency: Latency | None) -> str:
    if latency is None:
        return "not measured"
    return (
        f"{number(latency.p50_us)} µs at the median, {number(latency.p99_us)} µs at the 99th percentile, of"
        f" {count(latency.calls, 'call')} of one row, in the function that evaluated it"
    )


def _hashes(evidence: Evidence) -> Block:
    manifest = evidence.manifest
    rows = {
        "artifact, model.onnx": manifest.artifact_sha256,
        "report, report.json": evidence.version.evaluation.report_sha256,
        f"spec, version {manifest.spec_version}": manifest.spec_sha256,
        f"data set, version {manifest.dataset_version}": manifest.dataset_sha256,
        "code": manifest.code_sha256,
    } | {f"batch {batch.number}, as Parquet": batch.sha256 for batch in manifest.batches}
    caption = "SHA-256 of everything that it is made of"
    return grid(caption, ("of", "SHA-256"), [Row(pair) for pair in rows.items()], code=(1,))


def _named(values: dict[str, Parameter] | dict[str, str]) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in values.items()) or NOTHING


def _value(value: Parameter) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
