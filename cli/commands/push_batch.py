"""`tideline push --batch`: wait for dropped batches to be scored, and say where the results lie."""

from __future__ import annotations

from collections.abc import Sequence

from cli.inbox.jobs import JobEnd, Jobs, job_of
from cli.patience import Patience
from cli.session import Session
from cli.words import count
from tideline.domain.intake.dropped_object import DroppedObject


def score_dropped(
    session: Session, model: str, dropped: Sequence[DroppedObject], *, patience: Patience
) -> int:
    """Show how each dropped batch ends; returns 1 where one was not scored, or not in time."""
    jobs, ends = Jobs(session.target, session.registry, model), list[JobEnd]()
    with session.waiting(f"Scoring {count(len(dropped), 'file')}") as line:
        for end in jobs.wait(dropped, patience=patience, told=line.update):
            ends.append(end)
            if not session.json:
                _show(session, model, end)
    late = [item for item in dropped if job_of(item) not in {end.job_id for end in ends}]
    if session.json:
        open_ones = [{"key": item.key, "job_id": job_of(item), "outcome": "under_way"} for item in late]
        session.emit([_json(session, end) for end in ends] + open_ones)
    for item in late:
        session.note(
            f"{item.key}: job {job_of(item)} has not ended yet; it goes on, `tideline doctor` shows what may"
            " be stuck"
        )
    return 0 if not late and all(end.outcome == "scored" for end in ends) else 1


def _show(session: Session, model: str, end: JobEnd) -> None:
    name = end.key.rpartition("/batch/")[2]
    if end.outcome != "scored":
        style = "bold red" if end.outcome == "failed" else "yellow"
        session.say(f"{name}: {end.outcome}: {end.message}", style=style)
        return
    rows, refused = end.rows or 0, end.refused or 0
    by = f" by version {end.version}" if end.version else ""
    session.say(f"{name}: {count(rows, 'row')}, {end.scored or 0:,} scored{by}", style="green")
    if refused:
        session.say(
            f"{count(refused, 'row')} refused: each is listed with its reasons beside the results", indent=2
        )
    session.say(f"results and manifest: {_place(session, end)}", indent=2, copied=True)
    session.say(f"as one file: tideline scores {model} {end.job_id} --out scores.csv", indent=2, copied=True)


def _place(session: Session, end: JobEnd) -> str:
    return f"s3://{session.target.output('LakeBucket')}/{end.results}"


def _json(session: Session, end: JobEnd) -> dict[str, object]:
    return end.to_json() | {"results": _place(session, end) if end.results else None}
