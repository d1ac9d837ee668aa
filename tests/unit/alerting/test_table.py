"""Every event that people are told of, from its sample in `events/` to a letter."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer

from cli.main import app
from tests.fakes.messages import aws_sample, bus_event
from tideline.alerting.alarm import alarm_alert
from tideline.alerting.failure import BATCH_STAGES, RELEASE_STAGES
from tideline.alerting.place import Place
from tideline.alerting.table import ALERTS, alert_of
from tideline.domain.alerts.alarm_names import EVERY_FUNCTION, AlarmKind, alarm_name
from tideline.domain.alerts.alert import Alert, Letter
from tideline.domain.alerts.letter import letter_of
from tideline.events.aws import AlarmChanged
from tideline.events.base import Envelope
from tideline.events.facts import DriftedColumn

ROOT = Path(__file__).parents[3]
PLACE = Place(environment="prod", cli_environment="prod", lake_bucket="lake")
TYPES = [fact.detail_type() for fact in ALERTS]


def told(detail_type: str, **detail: Any) -> Alert:
    alert = alert_of(Envelope.model_validate(bus_event(detail_type, **detail)), PLACE)
    assert alert is not None
    return alert


def letter(alert: Alert) -> Letter:
    return letter_of(alert, environment=PLACE.environment, cli_environment=PLACE.cli_environment)


def commands() -> set[str]:
    group = typer.main.get_command(app)
    return set(group.commands)  # type: ignore[attr-defined]


def test_people_are_told_of_what_was_promised() -> None:
    assert set(TYPES) == {
        "DriftDetected",
        "PerformanceDropped",
        "RunFailed",
        "ModelRolledBack",
        "ApprovalRequested",
    }


@pytest.mark.parametrize("detail_type", TYPES)
def test_a_letter_names_the_model_and_a_command_that_there_is(detail_type: str) -> None:
    written = letter(told(detail_type))
    model = bus_event(detail_type)["detail"]["model"]

    assert model in written.subject
    assert model in written.text
    typed = re.findall(r"`tideline (\S+)[^`]*`", written.text)
    assert typed
    assert set(typed) <= commands()
    assert all(command.endswith(" --env prod") for command in re.findall(r"`(tideline [^`]+)`", written.text))


@pytest.mark.parametrize("detail_type", TYPES)
def test_a_letter_tells_every_reason(detail_type: str) -> None:
    detail = bus_event(detail_type)["detail"]
    reasons = detail.get("reasons", [detail.get("cause")])

    assert reasons
    assert all(reason in letter(told(detail_type)).text for reason in reasons)


@pytest.mark.parametrize("detail_type", TYPES)
def test_a_fact_told_again_is_the_same_alert(detail_type: str) -> None:
    first, again = (
        alert_of(Envelope.model_validate(bus_event(detail_type, event_id=name)), PLACE) for name in "ab"
    )

    assert first is not None
    assert again is not None
    assert first.key == again.key


@pytest.mark.parametrize(
    ("detail_type", "change"),
    [
        ("DriftDetected", {"severity": "warning"}),
        ("DriftDetected", {"version": 9}),
        ("DriftDetected", {"until": "2026-03-02T12:00:00Z"}),
        ("PerformanceDropped", {"model": "other"}),
        ("RunFailed", {"cause": "another"}),
        ("ModelRolledBack", {"generation": 9}),
        ("ApprovalRequested", {"release_id": "doctor-visits-v2-aaaaaaaaaaaa"}),
    ],
)
def test_something_else_is_another_alert(detail_type: str, change: dict[str, Any]) -> None:
    assert told(detail_type).key != told(detail_type, **change).key


def test_a_shift_that_lasts_is_told_once_a_day() -> None:
    morning, evening = (told("DriftDetected", until=f"2026-03-01T{hour}:00:00Z").key for hour in ("08", "20"))

    assert morning == evening


def test_numbers_and_places_are_in_the_text() -> None:
    drift, drop = letter(told("DriftDetected")).text, letter(told("PerformanceDropped")).text
    approval = letter(told("ApprovalRequested")).text

    assert "nswprice (PSI 0.61)" in drift
    assert "roc_auc estimated 0.79 now, 0.86 of the holdout by the same estimate" in drift
    assert "not to be relied on" not in drift
    assert "s3://lake/electricity/monitoring/looks/20260301T120000Z-5b4c3f1d/report.html" in drift
    assert "roc_auc 0.78 (0.75 to 0.81), 0.86 on the holdout" in drop
    assert "s3://lake/doctor-visits/versions/2/card.html" in approval
    assert "`tideline approve doctor-visits 2 --env prod`" in approval


def test_a_harmless_shift_says_that_nothing_starts() -> None:
    text = letter(told("DriftDetected", severity="warning", estimated=None)).text

    assert "Nothing starts by itself" in text
    assert "cannot be told before outcomes are known" in text


def test_an_estimate_that_is_not_trusted_is_told_with_why() -> None:
    why = "12 rows are too few: at least 500 are asked for"
    text = letter(told("DriftDetected", trusted=False, caveats=[why, "concept drift"])).text

    assert f"by the same estimate; an estimate that is not to be relied on: {why}" in text
    assert "an estimate that is not to be relied on" in letter(told("DriftDetected", trusted=False)).text


# As `decide` words its reasons.
CALM = "the outcomes that are known show no harm: roc_auc 0.9"
DOUBTFUL = "an estimate that is not trusted says that quality has dropped: roc_auc 0.7"
WORSE_SLICE = "quality has dropped where plan is yearly (300 rows)"
UNIMPORTANT, UNMEASURED = ("tenure", 0.0001), ("region", None)
YES = ("yes", None)


@pytest.mark.parametrize(
    ("columns", "reasons", "said"),
    [
        ([UNIMPORTANT], ["tenure has drifted"], "its input has shifted, without harm that can be seen"),
        (
            [UNMEASURED],
            [CALM, "region has drifted, which the model relies on"],
            "its input has shifted, without harm that can be seen",
        ),
        ([UNMEASURED], [CALM, WORSE_SLICE, "region has drifted"], "its input has shifted, and quality may"),
        ([UNIMPORTANT], [DOUBTFUL, "tenure has drifted"], "its input has shifted, and quality may have"),
        (
            [YES],
            ["the answers for yes have drifted, and no feature says why"],
            "its answers have shifted, and no feature says why",
        ),
        (
            [UNIMPORTANT, YES],
            [CALM, "the answers for yes have drifted with 1 of the features", "tenure has drifted"],
            "its input and its answers have shifted, without harm that can be seen",
        ),
        (
            [YES],
            [CALM, "the answers for yes have drifted", DOUBTFUL],
            "its answers have shifted, and quality",
        ),
        ([], [DOUBTFUL], "quality may have dropped"),
    ],
)
def test_a_warning_says_what_has_shifted_and_calls_nothing_harmless_that_is_suspected(
    columns: list[tuple[str, float | None]], reasons: list[str], said: str
) -> None:
    shifted = [
        DriftedColumn(name=name, psi=0.4, adjusted_p_value=1e-8, importance=importance).model_dump()
        for name, importance in columns
    ]
    alert = told("DriftDetected", severity="warning", features=shifted, reasons=reasons)

    assert alert.headline.startswith(f"electricity v1: {said}")


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ({"error": "TrainingImpossible"}, "`tideline push doctor-visits FILE --env prod`"),
        (
            {"stage": "Preflight", "error": "States.Aborted"},
            "`tideline release doctor-visits VERSION --env prod`",
        ),
        (
            {"stage": "Split", "run_id": "50886c0c", "error": "X"},
            "push doctor-visits FILE --batch --env prod`",
        ),
        ({"stage": "rollback", "run_id": "rollback of m", "error": "ReleaseRefused"}, "`tideline rollback"),
        (
            {"stage": "start", "run_id": "release of m version 2"},
            "`tideline status doctor-visits --env prod`",
        ),
        ({"error": "Malformed", "model": "", "run_id": "retrain event 1"}, "schemas are in `events/`"),
    ],
)
def test_advice_fits_what_failed(detail: dict[str, Any], said: str) -> None:
    assert said in letter(told("RunFailed", **detail)).text


@pytest.mark.parametrize("error", ["NothingLive", "NobodyForesawThis"])
def test_of_what_is_no_run_no_story_of_a_run_is_offered(error: str) -> None:
    asked = {"stage": "monitor", "run_id": "look event 5b4c3f1d", "error": error}
    assert "tideline why" not in letter(told("RunFailed", **asked)).text


def test_a_look_at_a_model_that_is_not_live_is_advised_to_make_it_live() -> None:
    asked = {"stage": "monitor", "run_id": "look event 5b4c3f1d", "error": "NothingLive"}
    text = letter(told("RunFailed", **asked)).text

    assert "`tideline push doctor-visits FILE --env prod`" in text
    assert "`tideline release doctor-visits VERSION --env prod`" in text
    assert "retrain" not in text
    assert "fault of Tideline" not in text
    assert text.count("`tideline status doctor-visits --env prod`") == 1


def test_stages_are_tasks_of_their_workflows() -> None:
    for workflow, stages in (("release", RELEASE_STAGES), ("batch", BATCH_STAGES)):
        states = json.loads((ROOT / f"infra/statemachines/{workflow}.asl.json").read_text())["States"]
        assert stages == {name for name, state in states.items() if state["Type"] in ("Task", "Map")}


def test_an_alarm_says_why_and_which_section_says_more() -> None:
    alert = alert_of(Envelope.model_validate(aws_sample("alarm-state-change")), PLACE)
    assert alert is not None

    assert "3 out of the last 5 datapoints" in letter(alert).text
    assert "section `api-errors`" in letter(alert).text


def test_an_alarm_that_is_over_wakes_nobody() -> None:
    over = aws_sample("alarm-state-change", state={"value": "OK", "reason": ""})

    assert alert_of(Envelope.model_validate(over), PLACE) is None


def test_an_alarm_that_goes_to_and_fro_is_told_once_an_hour() -> None:
    at = [
        aws_sample("alarm-state-change") | {"time": f"2026-03-01T{time}:00Z"}
        for time in ("12:01", "12:59", "13:00")
    ]
    first, again, later = (alert_of(Envelope.model_validate(event), PLACE) for event in at)

    assert first is not None
    assert again is not None
    assert later is not None
    assert first.key == again.key != later.key


@pytest.mark.parametrize("kind", AlarmKind)
def test_the_runbook_has_a_section_for_every_kind_of_alarm(kind: AlarmKind) -> None:
    watched = EVERY_FUNCTION if "function" in kind.value else "intake-dead-letters"
    changed = AlarmChanged.model_validate(
        {"alarmName": alarm_name("tideline-prod", kind, watched), "state": {"value": "ALARM"}}
    )
    alert = alarm_alert(changed, PLACE, at=Envelope.model_validate(aws_sample("alarm-state-change")).time)
    runbook = (ROOT / "docs/operations.md").read_text()

    assert f"### `{kind.value}`" in runbook
    assert "{" not in letter(alert).text
    assert any(f"section `{kind.value}`" in said for said in alert.advice)


def test_an_event_that_nobody_is_told_of_is_a_fault_of_a_rule() -> None:
    with pytest.raises(ValueError, match="nobody is told of ModelDeployed"):
        alert_of(Envelope.model_validate(bus_event("ModelDeployed")), PLACE)
