"""One decision in a model's ledger, chained to the one before by its hash.

The hash of an entry covers its number, its decision and the hash of the entry before (as in Haber &
Stornetta 1991): whoever changes, removes or reorders an entry breaks every hash that follows.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from enum import StrEnum

from tideline.domain.value import Value

# What stands for the entry before the first.
GENESIS = "0" * 64
Fact = str | int | float | bool | None


class DecisionKind(StrEnum):
    """What was decided."""

    SPEC = "spec"
    DATA_SET = "data_set"
    RUN = "run"
    VERDICT = "verdict"
    APPROVAL_REQUEST = "approval_request"
    APPROVAL = "approval"
    RELEASE = "release"
    ROLLBACK = "rollback"
    STATE = "state"


class Decision(Value):
    """What was decided, by whom and when.

    Attributes:
        subject: What it is about: ``version 3``, ``run churn-d3-s1``, ``spec 2``, ``data set version 4``.
        by: Who decided: an IAM identity, a claim such as a user's name, or the function that did.
        facts: What the decision rests on and binds to, such as hashes: short values, never data.
    """

    kind: DecisionKind
    subject: str
    at: datetime
    by: str
    facts: dict[str, Fact]


class LedgerEntry(Value):
    """A decision at its place in the chain; numbers start at 1 and have no gaps."""

    model: str
    number: int
    decision: Decision
    previous_sha256: str
    sha256: str


class LedgerHead(Value):
    """Number and hash of the newest entry."""

    number: int = 0
    sha256: str = GENESIS


def chain(model: str, decision: Decision, *, head: LedgerHead) -> LedgerEntry:
    """Return the entry that follows `head`."""
    number = head.number + 1
    return LedgerEntry(
        model=model,
        number=number,
        decision=decision,
        previous_sha256=head.sha256,
        sha256=entry_sha256(model, number, decision, previous_sha256=head.sha256),
    )


def entry_sha256(model: str, number: int, decision: Decision, *, previous_sha256: str) -> str:
    """Return the SHA-256 of an entry: of its canonical JSON (sorted names, no white space, UTF-8)."""
    content = {
        "model": model,
        "number": number,
        "decision": decision.model_dump(mode="json"),
        "previous_sha256": previous_sha256,
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
