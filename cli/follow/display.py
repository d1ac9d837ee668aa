"""Show updates: as they happen on a terminal, a line a stage elsewhere, or as JSON Lines."""

from __future__ import annotations

from collections.abc import Iterable

from rich.markup import escape

from cli.follow.history import Stage
from cli.follow.outcome import Ending, Outcome
from cli.follow.steps import TOLD_APART, told_judgement, told_step
from cli.follow.updates import (
    Ended,
    Judged,
    Paused,
    ReleaseFound,
    RunFound,
    Shifted,
    StageBegan,
    StageEnded,
    StepJudged,
    TrialsMoved,
    Update,
    Waiting,
)
from cli.session import Session
from cli.spinner import Line
from cli.words import duration, score
from tideline.domain.training.run import Run

_STYLES = {Ending.LIVE: "bold green", Ending.FAILED: "bold red"}
_VERDICTS = {"PROMOTE": "green", "INCONCLUSIVE": "yellow", "REJECT": "red"}
_JUDGEMENTS = {"go_on": "green", "hold": "yellow", "roll_back": "red"}
_NAMES = 10


def show(session: Session, updates: Iterable[Update]) -> Outcome | None:
    """Show updates as they come and return the outcome, if they come to one."""
    if session.json:
        return _show_json(session, updates)
    with session.waiting("waiting for the first stage") as line:
        screen = _Screen(session, line)
        for update in updates:
            screen.show(update)
            if isinstance(update, Ended):
                return update.outcome
    return None


def _show_json(session: Session, updates: Iterable[Update]) -> Outcome | None:
    outcome = None
    for update in updates:
        line = update.to_json()
        if line is not None:
            session.emit_line(line)
        if isinstance(update, Ended):
            outcome = update.outcome
    return outcome


class _Screen:
    """Tells a person; `_version` is what is being released, as far as that is known."""

    def __init__(self, session: Session, line: Line) -> None:
        self._session = session
        self._line = line
        self._version = 0

    def show(self, update: Update) -> None:
        self._move(update)
        match update:
            case RunFound(run):
                self._session.say(_run(run))
            case ReleaseFound(release):
                self._version = release.version
                self._session.say(f"Release {release.name} of version {release.version}")
            case StageEnded(stage, detail):
                self._stage_ended(stage, detail)
            case Judged(evaluation):
                self._verdict(evaluation.verdict, evaluation.reasons)
            case Shifted(step, stage):
                self._stage(stage, told_step(self._version, step))
            case StepJudged() if not update.again:
                self._judged(update)
            case Ended(_, outcome):
                style = _STYLES.get(outcome.ending, "yellow")
                self._session.say(_sentence(outcome.message), style=style)
            case _:
                pass

    def _move(self, update: Update) -> None:
        """Say on the moving line what is under way."""
        match update:
            case StageBegan(stage):
                self._line.update(stage.title)
            case TrialsMoved(done, total, best):
                self._line.update(f"trials: {done} of {total or '?'}, best score {score(best)}")
            case StageEnded(stage):
                self._line.update("releasing" if stage.name == "Register" else "waiting for the next stage")
            case Paused(pause):
                self._line.update(pause.text)
            case Waiting(text) if text:
                self._line.update(text)
            case _:
                pass

    def _stage_ended(self, stage: Stage, detail: str) -> None:
        if stage.name == "Register" and isinstance(stage.output, dict):
            self._version = int(stage.output.get("version", 0))
        if stage.name not in TOLD_APART:
            self._stage(stage, detail)

    def _stage(self, stage: Stage, detail: str, *, style: str = "") -> None:
        took = duration(stage.seconds or 0.0)
        text = f"  {stage.title:<{_NAMES}} {took:>8}  {escape(detail)}".rstrip()
        self._session.out.print(text, highlight=False, style=style)

    def _verdict(self, verdict: str, reasons: Iterable[str]) -> None:
        self._session.say(f"  {'verdict':<{_NAMES}} {verdict}", style=_VERDICTS.get(verdict))
        for reason in reasons:
            self._session.say(reason, indent=4)

    def _judged(self, update: StepJudged) -> None:
        given = update.judgement
        told = told_judgement(self._version, update.step, given)
        self._stage(update.stage, told, style=_JUDGEMENTS.get(given.outcome, ""))
        for reason in given.reasons:
            self._session.say(reason, indent=4)


def _run(run: Run) -> str:
    order = run.order
    return (
        f"Run {order.run_id}: data set version {order.dataset_version},"
        f" spec version {order.spec_version}, by {run.trigger}"
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
