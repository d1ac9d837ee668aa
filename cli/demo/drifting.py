"""Point 4 of the story: callers of another kind, a drift that is noticed, and a version that knows them."""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence

from cli.api import sender
from cli.commands.monitor import look_now
from cli.commands.predict import live_signature, score
from cli.demo.checks import require, require_outcome, standing
from cli.demo.story import Story
from cli.follow.outcome import Ending
from cli.scoring.rows import chunks, read_rows
from cli.watching.look_told import tell_look
from cli.watching.looks import Looks, looks_at
from cli.words import count
from tideline.domain import keys
from tideline.domain.intake.dropped_object import ObjectOutcome
from tideline.domain.monitoring.record import MonitoringRecord

# The log reaches the lake within seconds; on a busy machine it takes its time.
_LOOKS = 20
_PAUSE_S = 3.0
_LOOK_TIMEOUT_S = 300.0


def drifting_traffic(story: Story, *, must_drift: bool) -> None:
    """Let callers of another kind ask, and follow what comes of it.

    Args:
        story: Whose first three points have been told.
        must_drift: Whether the data is known to have shifted; somebody's own may not have.
    """
    tell, model = story.tell, story.model
    tell.heading("4. Traffic that drifts")
    before = standing(story.session, model)
    answered = _callers(story)
    record = _look(story, rows=len(answered))
    asked_for = record.decision == "retrain"
    require(asked_for or not must_drift, f"the drift was not noticed: {record.decision}, {record.reasons}")
    _outcomes(story, answered)
    _newest_data(story, waiting=asked_for)
    outcome = story.watch()
    after = standing(story.session, model)
    if outcome.ending is Ending.LIVE:
        require(after.champion > before.champion, f"version {after.champion} is still live")
        tell.tell(f"Version {after.champion} has learnt from the new callers, and answers them now.")
    else:
        require(not must_drift, f"no new version went live: {outcome.message}")
        tell.tell(f"Version {after.champion} answers on: {outcome.message}")
    tell.command(f"drift {model}")


def _callers(story: Story) -> list[str]:
    """Ask about every row of the traffic, and return the ids of the answers in the same order."""
    file = story.files.traffic
    story.tell.command(
        f"predict {story.model} {story.folder}/{file.name} --json > {story.folder}/scores.jsonl"
    )
    signature, send = live_signature(story.session, story.model), sender(story.session.target)
    found: list[str] = []
    with file.open(encoding="utf-8", newline="") as lines:
        for chunk in chunks(read_rows(lines, name=file.name)):
            reply = score(send, story.model, chunk, signature)
            found += [str(given["prediction_id"]) for given in reply.predictions]
    story.tell.tell(
        f"{count(len(found), 'caller')} of another kind had an answer. What will come true, nobody knows yet."
    )
    return found


def _look(story: Story, *, rows: int) -> MonitoringRecord:
    """Look at the live version until all answers are in the window."""
    story.tell.command(f"monitor {story.model} --now")
    looks = looks_at(story.session, story.model)
    for _ in range(_LOOKS):
        record = look_now(story.session, looks, _LOOK_TIMEOUT_S)
        if record.traffic.rows >= rows:
            _show(story, looks, record)
            return record
        time.sleep(_PAUSE_S)
    raise AssertionError(f"only {record.traffic.rows} of {rows} answers reached the prediction log")


def _show(story: Story, looks: Looks, record: MonitoringRecord) -> None:
    page = story.files.sample.with_name("look.html")
    page.write_bytes(looks.page(record))
    tell_look(story.session, record, page=f"{story.folder}/{page.name}")


def _outcomes(story: Story, answered: Sequence[str]) -> None:
    """Drop what came true, by the answers' ids, and show how good the answers were."""
    file = story.files.sample.with_name("labels.csv")
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["prediction_id", story.files.target])
        writer.writerows(zip(answered, story.files.outcomes, strict=True))
    story.tell.tell("Later it is known what came true:")
    story.tell.command(f"push {story.model} {story.folder}/{file.name} --labels")
    (dropped,) = story.push([file], key=keys.told_key)
    require_outcome(dropped, ObjectOutcome.ACCEPTED)
    looks = looks_at(story.session, story.model)
    record = look_now(story.session, looks, _LOOK_TIMEOUT_S)
    joined = record.labels.joined if record.labels else 0
    require(joined == len(answered), f"{joined} of {len(answered)} outcomes were joined with their answers")
    newest = record.realised[-1]
    if newest.interval is not None:
        told, promised = newest.interval, newest.reference.estimate
        story.tell.tell(
            f"{newest.metric} was {told.estimate:.3f} ({told.low:.3f} to {told.high:.3f}) among them, and"
            f" {promised:.3f} on the holdout."
        )


def _newest_data(story: Story, *, waiting: bool) -> None:
    if waiting:
        story.tell.tell("A run was asked for, and waits for something new to learn from. Here it comes:")
    story.tell.command(f"push {story.model} {story.folder}/{story.files.third.name}")
    (dropped,) = story.push([story.files.third])
    require_outcome(dropped, ObjectOutcome.ACCEPTED)
