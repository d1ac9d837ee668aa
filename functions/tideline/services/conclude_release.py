"""Conclude a release that did not succeed: leave a note at the version, and tell the world."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain.release.release_order import parse_release_id
from tideline.errors import UnknownVersion
from tideline.events.aws import ExecutionEnded
from tideline.events.facts import RunFailed
from tideline.ports import Clock, EventPublisher, VersionRegistry, WorkflowEngine


@dataclass(frozen=True)
class ConcludeRelease:
    """Idempotency key: the release's id; the note of a second delivery is the same."""

    versions: VersionRegistry
    engine: WorkflowEngine
    publisher: EventPublisher
    clock: Clock

    def __call__(self, ended: ExecutionEnded) -> None:
        """Note and announce one failed release; executions that are no releases are left alone."""
        try:
            model, number = parse_release_id(ended.name)
            version = self.versions.load(model, number)
        except (ValueError, UnknownVersion):
            return
        failure = self.engine.failure(ended.execution_arn, error=ended.error, cause=ended.cause)
        note = f"release {ended.name} failed in {failure.stage}: {failure.error}: {failure.cause}"
        if version.note == note:
            return
        self.publisher.publish(
            RunFailed(
                model=model,
                occurred_at=self.clock(),
                run_id=version.run_id,
                stage=failure.stage,
                error=failure.error,
                cause=failure.cause,
            )
        )
        self.versions.note(version, note)
