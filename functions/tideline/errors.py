"""Every error that Tideline raises, as one tree.

    TidelineError
    ├── PermanentError            trying again cannot help; a person has to act
    │   ├── SpecInvalid           a dropped model.yaml is wrong; carries every fault
    │   ├── FileRejected          a dropped file cannot be used as a whole
    │   ├── ScheduleRefused       EventBridge Scheduler does not take an expression
    │   ├── UnknownModel          no spec has been applied under this name
    │   ├── UnknownVersion        the model has no such version
    │   ├── ObjectMissing         a bucket does not hold this key or version of it
    │   ├── ObjectUnreadable      an object is there, but may not or cannot be read
    │   ├── HistoryUnreadable     what a workflow's execution did cannot be found out
    │   ├── EvidenceUnreadable    what is recorded of a version is not in a shape that can be read
    │   ├── TrainingImpossible    the data cannot train anything that means something
    │   ├── ArtifactInvalid       a model file is not what its record says
    │   ├── RowsUnaccounted       a batch job does not hold each row of its file exactly once
    │   ├── ParityBroken          the artifact disagrees with the trainer that made it
    │   ├── PreflightFailed       the candidate does not load, answers wrongly or takes too long
    │   ├── ReleaseRefused        a newer plan or another state stands in the way
    │   ├── TransitionRefused     a version may not pass from its state to that one
    │   ├── ApproverRefused       who asked for a release cannot approve it
    │   ├── ApprovalRefused       nothing waits for this answer, or it is about something else
    │   ├── LogTooNew             lines of the prediction log have a schema that this edition does not know
    │   ├── EventRefused          the event bus did not take an event
    │   └── ChatRefused           the chat's address is no good, or the chat takes no such message
    └── TransientError            trying again may help
        ├── RegistryConflict      another writer was first; read again and decide again
        ├── StorageUnavailable    S3 or DynamoDB did not answer
        ├── ThrottledByService    an AWS service asked for patience
        └── ChatUnavailable       the chat did not answer, or asked for patience

Class names are part of the state machines' contract (Retry by name). `str(error)` starts with the class
name, because not every runtime hands on the type of an exception: MiniStack 1.5.33 reports each as
"Runtime.HandlerError" and keeps the text only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class TidelineError(Exception):
    """The root: an error with a message for people and a name for machines."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return f"{type(self).__name__}: {self.message}"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.__dict__)


def _rebuild(kind: type[TidelineError], state: dict[str, object]) -> TidelineError:
    error = kind.__new__(kind)
    error.__dict__.update(state)
    return error


class PermanentError(TidelineError):
    """Trying again cannot help."""


class TransientError(TidelineError):
    """Trying again may help."""


class Fault(NamedTuple):
    """One thing that is wrong in a text, and where.

    A named tuple, for importing `dataclasses` would be a tenth of a cold start of `predict`.

    Attributes:
        place: Path of the field, such as ``features.age.min``; empty for the whole text.
        line: Line in the text, counted from 1, or None where there is none to name.
        problem: What is wrong and what would be right, for a person.
    """

    place: str
    line: int | None
    problem: str

    def __str__(self) -> str:
        where = self.place or "the file"
        return f"{where}{f' (line {self.line})' if self.line else ''}: {self.problem}"


class SpecInvalid(PermanentError):
    """A spec is wrong; `faults` names every fault at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


class FileRejected(PermanentError):
    """A dropped file cannot be used as a whole; `reason` is a `RejectReason` value."""

    def __init__(self, reason: str, message: str, *, row: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.row = row


class ScheduleRefused(PermanentError):
    """EventBridge Scheduler does not take an expression."""


class UnknownModel(PermanentError):
    """No spec has been applied under this name."""

    def __init__(self, model: str) -> None:
        super().__init__(f"there is no model {model!r}: drop a model.yaml for it first")
        self.model = model


class UnknownVersion(PermanentError):
    """The model has no such version."""

    def __init__(self, model: str, version: int) -> None:
        super().__init__(f"model {model!r} has no version {version}")
        self.model = model
        self.version = version


class ObjectMissing(PermanentError):
    """A bucket does not hold this key, or not this version of it."""

    def __init__(self, key: str) -> None:
        super().__init__(f"there is no object {key!r}")
        self.key = key


class ObjectUnreadable(PermanentError):
    """An object is there, but may not or cannot be read: another account's key, or an archive class."""

    def __init__(self, key: str, code: str) -> None:
        super().__init__(
            f"{key!r} cannot be read ({code}): drop it without an encryption key of your own and in the"
            " STANDARD storage class"
        )
        self.key = key


class HistoryUnreadable(PermanentError):
    """What a workflow's execution did is forgotten, may not be read, or is not what this edition knows."""


class EvidenceUnreadable(PermanentError):
    """What is recorded of a version was changed, or written by an edition with other shapes."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key!r} does not read as what this edition writes there: {problem}")
        self.key = key


class TrainingImpossible(PermanentError):
    """The data cannot train a model that means something."""


class ArtifactInvalid(PermanentError):
    """A model file is not what its record says, or not a model."""


class RowsUnaccounted(PermanentError):
    """A batch job's files do not hold each row of the dropped file exactly once."""


class ParityBroken(PermanentError):
    """The artifact's predictions differ from the trainer's own."""

    def __init__(self, largest_difference: float, allowed: float) -> None:
        super().__init__(
            f"the ONNX file differs from the trainer by {largest_difference:.3g}, allowed is {allowed:g}"
        )
        self.largest_difference = largest_difference


class PreflightFailed(PermanentError):
    """The candidate does not load, answers golden rows wrongly, or takes longer than serving has time for."""


class ReleaseRefused(PermanentError):
    """A newer plan or another state stands in the way of a release."""


class TransitionRefused(PermanentError):
    """A version may not pass from one state to the other."""

    def __init__(self, version: int, *, before: str, after: str, why: str = "") -> None:
        super().__init__(f"version {version} is {before} and cannot become {after}{why and f': {why}'}")
        self.version = version
        self.before = before
        self.after = after


class ApproverRefused(PermanentError):
    """Who asked for a run or a release cannot approve what came of it."""


class ApprovalRefused(PermanentError):
    """Nothing waits for this answer any more, or it was given about something else."""


class LogTooNew(PermanentError):
    """Lines of the prediction log have a schema that only a newer edition knows; none of them was kept."""

    def __init__(self, lines: int) -> None:
        super().__init__(
            f"{lines} lines of the prediction log were written by a newer edition: deploy that edition,"
            " then redrive the dead letter"
        )
        self.lines = lines


class EventRefused(PermanentError):
    """The event bus did not take an event; carries its code."""


class ChatRefused(PermanentError):
    """The chat's address is missing or no good, or the chat refused a message; never holds the address."""


class RegistryConflict(TransientError):
    """Another writer was first; read again and decide again."""


class StorageUnavailable(TransientError):
    """S3 or DynamoDB did not answer in time, or a file does not read as what it should be.

    Attributes:
        damaged: Whether it is the file, which trying again will not mend; who judges waits for it all the
            same, who watches goes on without it.
    """

    def __init__(self, message: str, *, damaged: bool = False) -> None:
        super().__init__(message)
        self.damaged = damaged


class ThrottledByService(TransientError):
    """An AWS service asked for patience."""


class ChatUnavailable(TransientError):
    """The chat did not answer, or asked for patience; never holds its address."""
