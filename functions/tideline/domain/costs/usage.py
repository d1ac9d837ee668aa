"""What a run used of what is paid for."""

from __future__ import annotations

from tideline.domain.value import Value


class FunctionUse(Value):
    """Calls of one state's function.

    Attributes:
        state: Name in the workflow.
        calls: How often it was called, retries counted.
        billed_ms: Milliseconds from where a call began until it was answered. An upper bound of what is
            billed: the workflow's own way to the function and back is in it.
        memory_mb: Of the function.
    """

    state: str
    calls: int
    billed_ms: int
    memory_mb: int

    @property
    def gb_seconds(self) -> float:
        """Memory times time, in GB of 1024 MB and seconds."""
        return self.memory_mb / 1024 * self.billed_ms / 1000


class Usage(Value):
    """What a run used.

    Attributes:
        transitions: Of its workflow, retries counted.
        objects: Written to the lake, as many as are there at the end.
        stored_bytes: In them.
    """

    functions: tuple[FunctionUse, ...] = ()
    transitions: int = 0
    objects: int = 0
    stored_bytes: int = 0
