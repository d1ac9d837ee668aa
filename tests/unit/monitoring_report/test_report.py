"""The page of a look: whole, well-formed, alone, and safe from whatever names hold."""

from __future__ import annotations

import re

import pytest

from tests.fakes.html_page import HOSTILE, Page, plots
from tests.fakes.looks import estimated, look, nothing_seen, realised, report_evidence
from tideline.domain.encoding import Task
from tideline.domain.monitoring.record import Decision, LabelCounts, Traffic, VersionShare
from tideline.monitoring_report.evidence import ReportEvidence
from tideline.monitoring_report.report import write_report
from tideline.monitoring_report.words import TONES, meaning, next_steps
from tideline.page.words import NOTHING

TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")
SECTIONS = ("traffic", "features", "over-time", "answers", "quality", "labels", "skew", "limits")


def text_of(evidence: ReportEvidence) -> str:
    return " ".join(Page(write_report(evidence).decode()).text.split())


@pytest.mark.parametrize("task", TASKS)
def test_a_page_is_well_formed_and_has_every_section(task: Task) -> None:
    page = Page(write_report(report_evidence(task)).decode())

    assert [section["id"] for section in page.all("section")] == list(SECTIONS)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {link["href"] for link in page.all("a")} == {f"#{name}" for name in SECTIONS}
    assert len(page.all("h1")) == 1
    assert len(page.all("caption")) == len(page.all("table"))


@pytest.mark.parametrize("task", TASKS)
def test_a_page_needs_nothing_from_elsewhere_and_runs_nothing(task: Task) -> None:
    text = write_report(report_evidence(task)).decode().lower()

    for forbidden in ("http:", "https:", "<script", "javascript:", "url(", "@import", "<link", "<img"):
        assert forbidden not in text
    assert not re.search(r" on\w+=", text)


# Two features, the answers by class, drift over time, quality over time, slices.
@pytest.mark.parametrize(("task", "expected"), [("binary", 6), ("multiclass", 8), ("regression", 6)])
def test_plots_are_xml_with_a_name_for_those_who_cannot_see_them(task: Task, expected: int) -> None:
    drawn = plots(write_report(report_evidence(task)).decode())

    assert len(drawn) == expected
    assert all(svg.get("role") == "img" and svg.get("aria-label") for svg in drawn)


def test_the_same_evidence_gives_the_same_bytes() -> None:
    evidence = report_evidence()
    again = ReportEvidence.model_validate_json(evidence.model_dump_json())

    assert write_report(evidence) == write_report(again)


def test_hostile_names_are_shown_and_do_nothing() -> None:
    text = write_report(report_evidence(plan=HOSTILE)).decode()

    Page(text)
    assert len(plots(text)) == 6
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("decision", list(TONES))
def test_every_decision_says_what_it_means_and_what_to_do_next(decision: Decision) -> None:
    record = look(decision=decision)
    text = text_of(ReportEvidence(record=record))

    assert decision.upper() in text
    assert meaning(record) in text
    assert "age has drifted (PSI 1.25)" in text
    assert all(step in text for step in next_steps(record))


def test_a_look_at_nothing_has_a_page() -> None:
    text = text_of(ReportEvidence(record=nothing_seen()))

    assert "UNDECIDED" in text
    assert "Nobody called this version in the window." in text
    assert "0 rows of at least 500" in text
    assert "Without labels nothing was estimated in this look." in text
    assert "No labels were dropped for this model yet." in text


def test_without_a_reference_numbers_are_told_and_nothing_is_drawn_of_them() -> None:
    evidence = report_evidence().model_copy(update={"reference": None})
    text = text_of(evidence)

    assert "this version's reference is missing" in text
    assert "age drifted 1.22" in text
    drawn = [svg.get("aria-label") or "" for svg in plots(write_report(evidence).decode())]
    assert drawn
    assert not [label for label in drawn if "Distribution" in label]


def test_enough_rows_and_no_decision_are_not_blamed_on_traffic() -> None:
    assert not any("Wait for traffic" in step for step in next_steps(look(decision="undecided")))
    assert any("Wait for traffic" in step for step in next_steps(nothing_seen()))


def test_an_estimate_that_is_not_to_be_trusted_says_so_and_is_hollow() -> None:
    doubtful = look(4, estimate=estimated(0.8, trusted=False, dropped=True), realised=())
    evidence = report_evidence().model_copy(update={"record": doubtful, "earlier": ()})

    assert "not to be relied on" in text_of(evidence)
    assert 'fill="var(--paper)"' in write_report(evidence).decode()


def test_an_estimate_stands_beside_the_same_estimate_of_the_holdout() -> None:
    text = text_of(report_evidence())

    assert "against 0.835 of the holdout by the same estimate" in text
    assert "0.807 to 0.847; 0.835 of the holdout by the same estimate" in text


def test_labels_that_came_too_late_are_counted() -> None:
    evidence = ReportEvidence(record=look(labels=LabelCounts(joined=1, late=1200)))

    assert "late1,200 labels from after the prediction's horizon" in text_of(evidence)


def test_a_drop_that_happened_is_marked_and_an_immature_period_is_not_called_anything() -> None:
    record = look(realised=(realised(1, 0.6, dropped=True), realised(0, 0.6, mature=False)))
    text = text_of(report_evidence(looks=1).model_copy(update={"record": record}))

    assert "2026-02-27 1,000 900 (90 %) 0.600 0.580 to 0.620 0.840 0.4 dropped" in text
    assert "2026-02-28 1,000 900 (90 %) 0.600 0.580 to 0.620 0.840 0.4 immature" in text


def test_periods_are_told_as_the_newest_look_knows_them() -> None:
    earlier = look(0, realised=(realised(2), realised(1, 0.7, mature=False)))
    now = look(1, realised=(realised(1, 0.8),))
    evidence = report_evidence().model_copy(update={"record": now, "earlier": (earlier,)})

    assert [(one.mature, one.interval.estimate) for one in evidence.periods if one.interval] == [
        (True, 0.8),
        (True, 0.8),
    ]


def test_another_version_is_marked_where_it_begins() -> None:
    records = [look(number, version=1 + (number > 1)) for number in range(4)]
    evidence = ReportEvidence(record=records[-1], earlier=tuple(records[:-1]))

    assert evidence.changes == ((records[2].until, "version 2"),)
    assert ">version 2</text>" in write_report(evidence).decode()


def test_shares_of_versions_are_of_all_calls() -> None:
    text = text_of(report_evidence())

    assert "version 1 (this one) 1,004 94.7 % 1,000" in text
    shares = (VersionShare(version=1, calls=0, rows=0),)
    none = look(traffic=Traffic(calls=0, rows=0, failed=0, shares=shares))
    assert f"version 1 (this one) 0 {NOTHING} 0" in text_of(ReportEvidence(record=none))


def test_features_beyond_those_drawn_are_in_the_table() -> None:
    one = look().features[0]
    many = tuple(one.model_copy(update={"name": f"f{number:03d}"}) for number in range(40))
    evidence = report_evidence()
    assert evidence.reference is not None
    assert evidence.window is not None
    profile, counts = evidence.reference.features["age"], evidence.window.features["age"]
    wide = evidence.model_copy(
        update={
            "record": evidence.record.model_copy(update={"features": many}),
            "reference": evidence.reference.model_copy(update={"features": {c.name: profile for c in many}}),
            "window": evidence.window.model_copy(update={"features": {c.name: counts for c in many}}),
        }
    )
    text = text_of(wide)

    assert "10 further features in the table only." in text
    assert "f039 drifted 1.25" in text
    labels = [svg.get("aria-label") or "" for svg in plots(write_report(wide).decode())]
    assert sum("training rows and window" in label for label in labels) == 30


def test_limits_say_what_no_number_shows() -> None:
    text = text_of(report_evidence())

    assert "the hour of 03:00 could not be read" in text
    for told in ("independent", "concept drift", "together with the looks before"):
        assert told in text
