"""monitor, drift and status: what looks found, for people and as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from cli.patience import Patience
from cli.watching.looks import Looks
from tests.fakes.looks import TOP, estimated, look, nothing_seen, realised, reference, window
from tests.fakes.samples import MODEL, deployment, version
from tests.unit.cli.conftest import Cloud
from tideline.domain import keys
from tideline.domain.monitoring.look import RECORD_FILE, REPORT_FILE, WINDOW_FILE, look_name
from tideline.domain.monitoring.record import LabelCounts, MonitoringRecord
from tideline.domain.release.version import VersionState

Tideline = Callable[..., Result]
PAGE = b"<!doctype html><title>a look</title>"


def put_look(cloud: Cloud, record: MonitoringRecord, *, page: bytes = PAGE) -> str:
    """Leave in the lake what a look does, and return its name."""
    name = look_name(record.at, record.cause)
    files = {
        RECORD_FILE: record.model_dump_json().encode(),
        REPORT_FILE: page,
        WINDOW_FILE: window().model_dump_json().encode(),
    }
    for file, content in files.items():
        cloud.lake.write(keys.monitoring_key(MODEL, name, file), content)
    return name


@pytest.fixture
def live(cloud: Cloud) -> Cloud:
    """A model with a live version at which nobody has looked."""
    cloud.apply()
    cloud.registry.versions.register(version())
    cloud.registry.deployments.replace(deployment(), states={1: (VersionState.CANDIDATE, VersionState.LIVE)})
    cloud.lake.write(keys.reference_key(MODEL, 1), reference().model_dump_json().encode())
    return cloud


@pytest.fixture
def watched(live: Cloud) -> Cloud:
    """The same after four looks."""
    for number in range(4):
        put_look(live, look(number))
    return live


def as_json(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def facts_of(result: Result) -> dict[str, str]:
    pairs = (line.split("\t") for line in result.stdout.splitlines() if line.count("\t") == 1)
    return dict(pairs)


def test_the_newest_look_is_told_with_reasons_and_what_to_do_next(watched: Cloud, tideline: Tideline) -> None:
    result = tideline("monitor", MODEL)
    told = facts_of(result)

    assert result.exit_code == 0
    assert result.stdout.startswith("RETRAIN: ")
    assert "- age has drifted (PSI 1.25)" in result.stdout
    assert told["window"] == "2026-02-28 15:00 UTC to 2026-03-01 15:00 UTC"
    assert told["traffic"].startswith("1,000 rows in 1,004 calls, 0.398 % failed, median 4 ms, p99 32 ms")
    assert told["features"] == "1 of 2 drifted: age (tideline drift churn)"
    assert (
        told["estimated"] == "roc_auc 0.827 (0.807 to 0.847) now, 0.835 of the holdout by the same estimate"
    )
    assert told["labels"] == "1,800 joined, 1 orphans, 2 corrected"
    name = look_name(look(3).at, look(3).cause)
    assert told["page"] == f"s3://lake/{keys.monitoring_key(MODEL, name, REPORT_FILE)}"


def test_the_newest_look_as_json_is_its_record(watched: Cloud, tideline: Tideline) -> None:
    told = as_json(tideline("monitor", MODEL, "--json"))

    assert MonitoringRecord.model_validate(told["record"]) == look(3)
    assert told["look"] == look_name(look(3).at, look(3).cause)


@pytest.mark.parametrize(("decision", "code"), [("retrain", 3), ("warn", 4), ("stable", 0), ("undecided", 0)])
def test_only_where_asked_the_exit_code_tells_the_decision(
    live: Cloud, tideline: Tideline, decision: str, code: int
) -> None:
    put_look(live, look(decision=decision))

    assert tideline("monitor", MODEL).exit_code == 0
    assert tideline("monitor", MODEL, "--exit-code").exit_code == code


def test_a_look_at_nothing_is_told_too(live: Cloud, tideline: Tideline) -> None:
    put_look(live, nothing_seen())
    told = facts_of(tideline("monitor", MODEL))

    assert told["traffic"] == "nobody called this version"
    assert told["features"] == "none was compared"
    assert "estimated" not in told


def test_an_estimate_that_is_not_trusted_says_so(live: Cloud, tideline: Tideline) -> None:
    doubts = ("12 rows are too few", "Concept drift does not show in it.")
    put_look(live, look(estimate=estimated(0.7, trusted=False, dropped=True, caveats=doubts)))

    told = facts_of(tideline("monitor", MODEL))["estimated"]
    assert told.endswith("dropped; not to be relied on: 12 rows are too few")


def test_labels_that_came_too_late_are_counted(live: Cloud, tideline: Tideline) -> None:
    put_look(live, look(labels=LabelCounts(joined=5, late=1200)))

    assert facts_of(tideline("monitor", MODEL))["labels"] == "5 joined, 1,200 late"


def test_the_page_is_saved_where_asked(watched: Cloud, tideline: Tideline, tmp_path: Path) -> None:
    result = tideline("monitor", MODEL, "--out", tmp_path / "look.html")

    assert result.exit_code == 0
    assert (tmp_path / "look.html").read_bytes() == PAGE
    assert tideline("monitor", MODEL, "--out", "-").stdout == PAGE.decode()


def test_a_page_that_is_gone_is_a_sentence_and_no_file(
    watched: Cloud, tideline: Tideline, tmp_path: Path
) -> None:
    name = look_name(look(3).at, look(3).cause)
    watched.lake.delete(keys.monitoring_key(MODEL, name, REPORT_FILE))
    result = tideline("monitor", MODEL, "--out", tmp_path / "look.html")

    assert result.exit_code == 1
    assert "this look has no page" in result.stderr
    assert not (tmp_path / "look.html").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--list", "--now"), "--list shows many looks"),
        (("--out", "-", "--json"), "leave out --json"),
        (("--out", "."), "is a folder"),
    ],
)
def test_what_makes_no_sense_together_is_refused(
    watched: Cloud, tideline: Tideline, arguments: tuple[str, ...], said: str
) -> None:
    result = tideline("monitor", MODEL, *arguments)

    assert result.exit_code == 2
    assert said in result.stderr


def test_looks_are_listed_newest_first(watched: Cloud, tideline: Tideline) -> None:
    lines = [line.split("\t") for line in tideline("monitor", MODEL, "--list").stdout.splitlines()]

    assert lines[0][:4] == ["looked", "decision", "version", "rows"]
    assert [line[5] for line in lines[1:]] == ["0.827", "0.828", "0.829", "0.83"]
    assert len(as_json(tideline("monitor", MODEL, "--list", "--json"))) == 4


def test_without_a_look_it_says_how_to_get_one(live: Cloud, tideline: Tideline) -> None:
    for command in ("monitor", "drift"):
        result = tideline(command, MODEL)
        assert result.exit_code == 1
        assert "tideline monitor churn --now" in result.stderr


def test_without_a_live_version_there_is_nothing_to_look_at(cloud: Cloud, tideline: Tideline) -> None:
    cloud.apply()
    for arguments in ((), ("--now",)):
        result = tideline("monitor", MODEL, *arguments)
        assert result.exit_code == 1
        assert "nothing to look at" in result.stderr


def test_an_unreadable_look_is_left_out_and_noted(watched: Cloud, tideline: Tideline) -> None:
    name = look_name(look(3).at, look(3).cause)
    watched.lake.write(keys.monitoring_key(MODEL, name, RECORD_FILE), b'{"schema_version": 9}')
    result = tideline("monitor", MODEL, "--list")

    assert len(result.stdout.splitlines()) == 4
    assert f"the look {name} cannot be read" in result.stderr


def test_a_look_asked_for_is_waited_for_and_shown(
    watched: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    put = watched.target.events.put_events

    def answer(**request: Any) -> Any:
        """Look at once, as the function would a little later."""
        sent.append(request)
        answered = put(**request)
        cause = answered["Entries"][0]["EventId"]
        put_look(watched, look(cause=cause, at=datetime.now(UTC), decision="stable", reasons=()))
        return answered

    monkeypatch.setattr(watched.target.events, "put_events", answer)
    result = tideline("monitor", MODEL, "--now")

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("STABLE: ")
    (entry,) = sent[0]["Entries"]
    assert entry["DetailType"] == "MonitorRequested"
    detail = json.loads(entry["Detail"])
    assert (detail["model"], detail["trigger"], bool(detail["requested_by"])) == (MODEL, "request", True)


def test_a_look_that_does_not_come_ends_with_what_may_be_stuck(watched: Cloud, tideline: Tideline) -> None:
    result = tideline("monitor", MODEL, "--now", "--timeout", "0")

    assert result.exit_code == 1
    assert "no look after 0 seconds" in result.stderr
    assert "tideline doctor" in result.stderr


def test_waiting_ends_with_the_look_of_that_very_event_though_clocks_differ(live: Cloud) -> None:
    asked = look(cause="mine", at=TOP.replace(hour=23, minute=59))
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        put_look(live, look(7) if len(naps) < 3 else asked)

    looks = Looks(live.lake, MODEL, lambda _text: None)
    patience = Patience(timeout_s=60, clock=time.monotonic, sleep=sleep)
    sent = asked.at + timedelta(minutes=5)
    found = looks.wait("mine", patience=patience, told=lambda _text: None, now=sent)

    assert found == asked
    assert len(naps) == 3


def test_looks_of_earlier_months_are_found(live: Cloud) -> None:
    for number in range(3):
        put_look(live, look(number))
    looks = Looks(live.lake, MODEL, lambda _text: None)

    for later in (0, 31, 400):
        found = looks.newest(2, now=TOP + timedelta(days=later))
        assert [record.cause for record in found] == ["event 1", "event 2"]


def test_drift_ranks_features_and_draws_then_and_now(watched: Cloud, tideline: Tideline) -> None:
    result = tideline("drift", MODEL)
    lines = [line.split("\t") for line in result.stdout.splitlines()]

    assert result.exit_code == 0, result.output
    assert lines[0][0].startswith("retrain, ")
    assert lines[1] == ["feature", "verdict", "PSI", "over time", "then", "now", "missing, strange values"]
    age, plan = lines[2], lines[3]
    assert age[:4] == ["age", "drifted", "1.22", "████"]
    assert age[4] == "▁▁▁▁▁▁▁▁▁▁▁"
    assert age[5].strip() == "▁▁▁▁▁▁▁▁▁█▁"
    assert age[6:] == ["missing 0 % → 3 %, 2 % outside"]
    assert plan[:6] == ["plan", "stable", "0.012", "▁▁▁▁", "█▄▁", "█▄▁"]


def test_drift_tells_answers_and_quality_too(watched: Cloud, tideline: Tideline) -> None:
    told = facts_of(tideline("drift", MODEL))

    assert told["answer yes"].endswith("now, PSI 0.010, stable")
    assert told["estimated"].startswith("▅▅▄▄ roc_auc 0.827")
    # The day before is complete, and the one to go by.
    assert told["realised"].startswith("█▁ roc_auc 0.800 (0.780 to 0.820) of 2026-02-27")


def test_drift_as_json_has_everything_that_is_drawn(watched: Cloud, tideline: Tideline) -> None:
    told = as_json(tideline("drift", MODEL, "--json", "--looks", "3"))

    age, plan = told["features"]
    assert age["psi_by_look"] == [1.24, 1.23, 1.22]
    assert sum(bar["now"] for bar in age["distribution"]) == pytest.approx(1)
    assert [bar["values"] for bar in plan["distribution"]] == ["monthly", "yearly", "all others"]
    assert len(told["looks"]) == 3
    assert told["answers"][0]["distribution"]


@pytest.mark.parametrize("content", [None, b"{}"])
def test_without_the_reference_drift_has_no_distributions_and_says_so(
    watched: Cloud, tideline: Tideline, content: bytes | None
) -> None:
    key = keys.reference_key(MODEL, 1)
    watched.lake.delete(key) if content is None else watched.lake.write(key, content)
    result = tideline("drift", MODEL)

    assert result.exit_code == 0
    assert "age\tdrifted\t1.22" in result.stdout
    assert "distributions are left out" in result.stderr


def test_drift_on_a_terminal_without_blocks_is_plain(
    watched: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.watching.drift_told.bars_of", lambda _console: "_.-:=+*#")
    result = tideline("drift", MODEL)

    assert "####" in result.stdout
    assert "█" not in result.stdout


def test_status_says_what_the_newest_look_found(watched: Cloud, tideline: Tideline) -> None:
    told = facts_of(tideline("status", MODEL))

    assert told["watched"].startswith("version 1 ")
    assert ": retrain; " in told["watched"]
    assert "1 of 2 features drifted; roc_auc 0.827 estimated ▅▅▄▄; 0.8 realised" in told["watched"]
    assert as_json(tideline("status", MODEL, "--json"))["watched"] == {
        "look": look_name(look(3).at, look(3).cause),
        "at": look(3).at.isoformat(),
        "version": 1,
        "decision": "retrain",
        "drifted": ["age"],
        "estimated": 0.827,
        "realised": 0.8,
        "mature": True,
    }


def test_status_of_all_models_has_the_decision(watched: Cloud, tideline: Tideline) -> None:
    header, row = (line.split("\t") for line in tideline("status").stdout.splitlines())

    assert (header[-1], row[-1]) == ("watched", "retrain, version 1")


def test_an_immature_period_is_told_only_where_there_is_no_other(live: Cloud, tideline: Tideline) -> None:
    put_look(live, look(realised=(realised(0, 0.7, mature=False),)))

    assert "0.7 realised (immature)" in facts_of(tideline("status", MODEL))["watched"]


def test_names_that_would_steer_the_terminal_are_made_visible(live: Cloud, tideline: Tideline) -> None:
    evil = "a\x1b[31m\u202eb"
    features = tuple(one.model_copy(update={"name": evil}) for one in look().features)
    put_look(live, look(features=features, reasons=(f"{evil} has drifted",)))

    for command in ("monitor", "drift"):
        told = tideline(command, MODEL).stdout
        assert "\x1b" not in told
        assert "\u202e" not in told
        assert "a\N{REPLACEMENT CHARACTER}[31m" in told
