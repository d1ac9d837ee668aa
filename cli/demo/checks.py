"""What must have happened for a point of the story to count: asked of the registry, not hoped for."""

from __future__ import annotations

from dataclasses import dataclass

from cli.errors import CliError
from cli.inbox.answers import Answer
from cli.session import Session
from tideline.adapters.s3_object_store import S3ObjectStore
from tideline.domain.intake.dropped_object import ObjectOutcome


class StoryBroken(CliError):
    """A point of the story did not happen."""


def require(condition: bool, complaint: str) -> None:
    """Raise `StoryBroken` unless the condition holds."""
    if not condition:
        raise StoryBroken(complaint)


@dataclass(frozen=True)
class Standing:
    """What must not change when broken data is dropped."""

    champion: int
    generation: int
    runs: int
    dataset_version: int


def standing(session: Session, model: str) -> Standing:
    """Return what is live, and how much has been done so far."""
    deployment = session.registry.deployments.load(model)
    return Standing(
        champion=deployment.champion.version if deployment else 0,
        generation=deployment.generation if deployment else 0,
        runs=len(session.registry.runs.all(model)),
        dataset_version=session.registry.datasets.latest_version(model),
    )


def require_outcome(answer: Answer, outcome: ObjectOutcome) -> None:
    """Demand that a file was answered so."""
    receipt = answer.receipt
    require(
        receipt.outcome is outcome,
        f"{receipt.key} should have been {outcome}, but is {receipt.outcome}: {receipt.message}",
    )


def quarantined_rows(session: Session, answer: Answer) -> int:
    """Return how many rows lie in a file's quarantine, each with its reasons."""
    if answer.quarantine is None:
        return 0
    lake = S3ObjectStore(session.target.s3, session.target.output("LakeBucket"))
    header, *rows = lake.read(answer.quarantine).decode().splitlines()
    require("_reasons" in header, f"{answer.quarantine} has no column with reasons")
    return len(rows)
