"""The story, point by point: each does something real, then asks the registry whether it happened."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.api import sender
from cli.commands.apply import apply_spec
from cli.commands.audit import verify
from cli.commands.card import card
from cli.commands.predict import live_signature, score
from cli.commands.push import drop_files, show_answer
from cli.commands.watch import follow
from cli.demo.checks import Standing, quarantined_rows, require, require_outcome, standing
from cli.demo.files import Files
from cli.demo.narrator import Narrator
from cli.follow.choice import choose_run
from cli.follow.outcome import Ending, Outcome
from cli.inbox.answers import Answer, wait_for_answers
from cli.patience import Patience
from cli.scoring.rows import chunks, read_rows
from cli.session import Session
from cli.words import count, duration
from tideline.domain import keys
from tideline.domain.intake.dropped_object import ObjectOutcome

_ASKED = 3
# Long enough for an event to start a run, were there one.
_QUIET_S = 5.0
_RUN_TIMEOUT_S = 1800.0


@dataclass(frozen=True)
class Story:
    """One telling.

    Attributes:
        model: Name of the model.
        files: What is dropped.
        folder: Where the files lie, as a person would type it.
    """

    session: Session
    tell: Narrator
    model: str
    files: Files
    folder: str

    def first_drop(self) -> None:
        """Point 1: the first drop becomes a live model, and a prediction."""
        self.tell.heading("1. The first drop of real data")
        self.tell.command(f"apply {self.folder}/model.yaml")
        answer = apply_spec(self.session, self.model, self.files.spec)
        require_outcome(answer, ObjectOutcome.ACCEPTED)
        self.tell.tell(f"The spec of {self.model} is in force, version 1.")
        began = time.monotonic()
        self.tell.command(f"push {self.model} {self.folder}/{self.files.first.name}")
        (dropped,) = self.push([self.files.first])
        require_outcome(dropped, ObjectOutcome.ACCEPTED)
        outcome = self.watch()
        require(outcome.ending is Ending.LIVE, f"the first model did not go live: {outcome.message}")
        now = standing(self.session, self.model)
        require(now.champion == 1, f"version {now.champion} is live instead of version 1")
        self.tell.tell(f"From a file in a bucket to a live model in {duration(time.monotonic() - began)}.")
        self._ask()

    def broken_drops(self) -> None:
        """Point 2: broken data is put aside with reasons, and what is live stays as it is."""
        self.tell.heading("2. Broken data")
        before = standing(self.session, self.model)
        files = [self.files.too_broken, self.files.cut_off]
        self.tell.command(f"push {self.model} " + " ".join(f"{self.folder}/{file.name}" for file in files))
        for answer in self.push(files):
            require_outcome(answer, ObjectOutcome.QUARANTINED)
        with self.session.waiting("Looking whether anything starts"):
            time.sleep(_QUIET_S)
        after = standing(self.session, self.model)
        require(after == before, f"broken data changed something: {before} became {after}")
        self.tell.tell(f"Nothing was trained, and version {after.champion} answers as before:")
        self._ask(rows=1)

    def second_drop(self) -> None:
        """Point 3: more data, a challenger, both measured on the same rows, a verdict with its reasons."""
        self.tell.heading("3. The second drop: a challenger")
        before = standing(self.session, self.model)
        self.tell.command(f"push {self.model} {self.folder}/{self.files.second.name}")
        (dropped,) = self.push([self.files.second])
        require_outcome(dropped, ObjectOutcome.ACCEPTED)
        aside = quarantined_rows(self.session, dropped)
        require(
            aside == self.files.broken_rows, f"{aside} rows are in quarantine, not {self.files.broken_rows}"
        )
        self.tell.tell(
            f"{count(aside, 'broken row')} went to quarantine, each with its reasons; the rest counts."
        )
        outcome = self.watch()
        self._require_verdict(outcome, before)

    def _require_verdict(self, outcome: Outcome, before: Standing) -> None:
        after = standing(self.session, self.model)
        require(outcome.version is not None, f"the second run made no version: {outcome.message}")
        number = outcome.version or 0
        version = self.session.registry.versions.load(self.model, number)
        given = version.evaluation
        require(given.champion is not None, "the challenger was not compared with the champion")
        if outcome.ending is Ending.LIVE:
            require(after.champion == number, f"version {number} was promoted, but {after.champion} is live")
            self.tell.tell(f"Version {number} took the place of version {before.champion}; now it answers:")
        else:
            require(outcome.ending is Ending.REJECTED, f"the second run failed: {outcome.message}")
            require(after.champion == before.champion, f"rejected, yet version {after.champion} is live")
            self.tell.tell(f"Version {number} stays out ({given.verdict}); {before.champion} answers on:")
        self._ask(rows=1)
        self._show_evidence(number)

    def _show_evidence(self, number: int) -> None:
        """Let anyone see why: a page that says all that was measured, and a ledger that still fits."""
        self.tell.tell("Why, for anyone to read, and that nobody has changed a decision since:")
        page = f"{self.folder}/card.html"
        self.tell.command(f"card {self.model} {number} --out {page}")
        card(self.session, self.model, number, out=self.files.sample.with_name("card.html"))
        self.tell.command(f"audit verify {self.model}")
        require(not verify(self.session, self.model), "the ledger does not fit the registry")

    def push(self, files: Sequence[Path], *, key: Callable[[str, str], str] = keys.data_key) -> list[Answer]:
        """Drop files and return what became of them, each told."""
        dropped = drop_files(self.session, self.model, files, key=key)
        answers = []
        with self.session.waiting(f"reading {count(len(files), 'file')}"):
            for answer in wait_for_answers(
                self.session.registry, self.model, dropped, patience=Patience(300.0)
            ):
                show_answer(self.session, answer)
                answers.append(answer)
        require(
            len(answers) == len(files), "a dropped file got no answer within five minutes: `tideline doctor`"
        )
        return answers

    def watch(self) -> Outcome:
        """Follow the run on the newest data to its end."""
        self.tell.command(f"watch {self.model}")
        with self.session.waiting("waiting for the run to start"):
            run = choose_run(self.session.registry, self.model)
        newest = self.session.registry.datasets.latest_version(self.model)
        require(
            run.order.dataset_version == newest,
            f"no run has started on data set version {newest}: `tideline doctor`",
        )
        outcome = follow(self.session, run, timeout_s=_RUN_TIMEOUT_S)
        if outcome is None:
            raise AssertionError("a run that is followed comes to an end or raises")
        return outcome

    def _ask(self, *, rows: int = _ASKED) -> None:
        """Ask the endpoint about real rows, and demand that the live version answers."""
        self.tell.command(f"predict {self.model} {self.folder}/{self.files.sample.name} --limit {rows}")
        signature = live_signature(self.session, self.model)
        with self.files.sample.open(encoding="utf-8", newline="") as lines:
            asked = next(chunks(read_rows(lines, name=self.files.sample.name), size=rows))
        reply = score(sender(self.session.target), self.model, asked, signature)
        champion = standing(self.session, self.model).champion
        require(reply.version == champion, f"version {reply.version} answered, but {champion} is live")
        require(len(reply.predictions) == len(asked), "not every row was answered")
        for row, given in zip(asked, reply.predictions, strict=True):
            facts = ", ".join(f"{name} {cell}" for name, cell in list(row.cells.items())[:4])
            chances = given.get("probabilities") or {}
            likely = f" ({chances[given['value']]:.0%})" if given["value"] in chances else ""
            value = f"{given['value']:.6g}" if isinstance(given["value"], float) else given["value"]
            self.tell.tell(f"  {facts}, ... -> {value}{likely}, says version {reply.version}")
