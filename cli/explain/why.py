"""The explanation of a run's end, as a value that can be shown or printed as JSON."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from cli.follow.outcome import Ending, Outcome
from cli.words import score
from tideline.alerting.advice import advise, advise_release
from tideline.domain.release.version import ModelVersion
from tideline.domain.training.run import Run, RunStatus

# As `tideline.services.conclude_release` writes it.
_RELEASE_NOTE = re.compile(
    r"release (?P<release>\S+) failed in (?P<stage>\w+): (?P<error>[\w.]+): (?P<cause>.*)", re.DOTALL
)


# By verdict.
_ADVICE = {
    "REJECT": "`tideline show {model} {version}` has every metric. More or better data"
    " (`tideline push {model} FILE`) makes another candidate; if the bar is wrong, change `evaluation`"
    " in the spec and `tideline apply` it. What is live goes on as it was.",
    "INCONCLUSIVE": "It may be good enough, but the holdout cannot tell. More data"
    " (`tideline push {model} FILE`) narrows the intervals, a fifth of it being held out; a wider"
    " `evaluation.margin` asks for less certainty. `tideline show {model} {version}` has every metric."
    " What is live goes on as it was.",
}


@dataclass(frozen=True)
class Explanation:
    """Why a run ended as it did.

    Attributes:
        outcome: ``failed``, ``rejected``, ``live`` and so on.
        summary: One sentence.
        reasons: What decided, with numbers; of a rejected or promoted candidate.
        advice: What to do next.
        waiting: Which run waits, and what for; only where a model was asked about.
    """

    run_id: str
    outcome: str
    summary: str
    stage: str | None = None
    error: str | None = None
    cause: str | None = None
    inputs: dict[str, str] = field(default_factory=dict)
    reproduce: str | None = None
    reasons: tuple[str, ...] = ()
    advice: str = ""
    waiting: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


def explain_run(run: Run, *, outcome: Outcome | None, version: ModelVersion | None) -> Explanation:
    """Explain a run.

    Args:
        run: Its record.
        outcome: How it ended, None while it is under way.
        version: What it registered.
    """
    if outcome is None:
        model = run.order.model
        text = f"it is {run.status}" if not run.is_over else "its version is being released"
        return Explanation(
            run.order.run_id, "under_way", text, advice=f"Follow it: `tideline watch {model}`."
        )
    if run.status is RunStatus.FAILED:
        return _failed(run)
    if outcome.ending is Ending.FAILED and version is not None:
        return _release_failed(run, version)
    return _judged(run, outcome, version)


def _failed(run: Run) -> Explanation:
    run_id, model, failure = run.order.run_id, run.order.model, run.failure
    if failure is None:
        return Explanation(
            run_id, "failed", "it failed and left no record", advice=advise("", model=model, run=run_id)
        )
    return Explanation(
        run_id,
        "failed",
        f"it failed in {failure.stage}",
        stage=failure.stage,
        error=failure.error,
        cause=failure.cause,
        inputs=failure.inputs,
        reproduce=failure.reproduce or None,
        advice=advise(failure.error, model=model, run=run_id),
    )


def _release_failed(run: Run, version: ModelVersion) -> Explanation:
    run_id, model = run.order.run_id, run.order.model
    found = _RELEASE_NOTE.fullmatch(version.note)
    error = found["error"] if found else ""
    return Explanation(
        run_id,
        "failed",
        f"version {version.number} was registered, but its release failed",
        stage=found["stage"] if found else None,
        error=error or None,
        cause=found["cause"] if found else version.note,
        inputs={"version": str(version.number), "artifact": version.sha256},
        reasons=version.evaluation.reasons,
        advice=advise_release(error, model=model, run=run_id, version=version.number),
    )


def _judged(run: Run, outcome: Outcome, version: ModelVersion | None) -> Explanation:
    model, given = run.order.model, run.evaluation
    reasons = given.reasons if given else ()
    passed = given is None or given.verdict == "PROMOTE"
    note = version.note if version is not None else ""
    if note and (outcome.ending is Ending.ROLLED_BACK or (outcome.ending is Ending.REJECTED and passed)):
        # Promoted by the gate, and rejected by a person or rolled back under traffic.
        reasons = (note,)
    value = f" ({given.metric} {score(given.candidate)})" if given else ""
    open_ended = given is not None and given.verdict == "INCONCLUSIVE"
    advice = {
        Ending.REJECTED: _ADVICE["INCONCLUSIVE" if open_ended else "REJECT"].format(
            model=model, version=outcome.version
        ),
        Ending.AWAITING_APPROVAL: "Somebody else than the requester has to answer:"
        f" `tideline approve {model} {outcome.version}` or `tideline reject {model} {outcome.version}`;"
        f" `tideline show {model} {outcome.version}` has every metric.",
        Ending.ROLLED_BACK: "The version before answers again. What was compared, and when, is in the ledger:"
        f" `tideline audit log {model}`. To try it once more: `tideline release {model} {outcome.version}`.",
        Ending.OVERTAKEN: "Nothing needs to be done.",
        Ending.LIVE: f"Nothing needs to be done: `tideline predict {model} FILE` asks it.",
    }.get(outcome.ending, "")
    return Explanation(
        run.order.run_id,
        outcome.ending.value,
        outcome.message.partition(";")[0] + value,
        reasons=reasons,
        advice=advice,
    )
