"""The card as HTML and Markdown: whole, well-formed, alone, and safe from whatever names hold."""

from __future__ import annotations

import re

import pytest

from tests.fakes.evidence import APPROVER, TASK_TOKEN, evidence
from tests.fakes.html_page import HOSTILE, Page, plots
from tests.fakes.samples import sha
from tideline.card.card import make_card
from tideline.card.rendering import render_html, render_markdown
from tideline.domain.encoding import Task
from tideline.domain.evaluation.report import EvaluationReport
from tideline.domain.evaluation.verdict.gate import Decision

TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")
SECTIONS = (
    "use",
    "data",
    "metrics",
    "slices",
    "fairness",
    "calibration",
    "importance",
    "sensitivity",
    "limits",
    "training",
    "lineage",
    "decisions",
)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("whole", [True, False])
def test_a_page_is_well_formed_and_has_every_section(task: Task, whole: bool) -> None:
    text = render_html(evidence(task, whole=whole))
    page = Page(text)

    assert page.all("html") == [{"lang": "en"}]
    assert [section["id"] for section in page.all("section")] == list(SECTIONS)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {link["href"] for link in page.all("a")} == {f"#{name}" for name in SECTIONS}
    assert len(page.all("h1")) == 1
    assert all(header.get("scope") in {"row", "col"} for header in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))


@pytest.mark.parametrize("task", TASKS)
def test_a_page_needs_nothing_from_elsewhere_and_runs_nothing(task: Task) -> None:
    text = render_html(evidence(task)).lower()

    for forbidden in ("http:", "https:", "<script", "javascript:", "url(", "@import", "<link", "<img", " on"):
        assert not re.search(
            rf"{re.escape(forbidden)}\w*=" if forbidden == " on" else re.escape(forbidden), text
        )


@pytest.mark.parametrize(("task", "expected"), [("binary", 5), ("multiclass", 7), ("regression", 4)])
def test_plots_are_xml_with_a_name_for_those_who_cannot_see_them(task: Task, expected: int) -> None:
    drawn = plots(render_html(evidence(task)))

    assert len(drawn) == expected
    assert all(svg.get("role") == "img" and svg.get("aria-label") for svg in drawn)


def test_the_same_evidence_gives_the_same_bytes() -> None:
    again = evidence().model_validate_json(evidence().model_dump_json())

    assert render_html(evidence()) == render_html(again)
    assert render_markdown(evidence()) == render_markdown(again)


def test_hostile_names_are_shown_and_do_nothing() -> None:
    given = evidence(feature=HOSTILE, object_key=f"churn/data/{HOSTILE}", whole=True)
    text = render_html(given)

    Page(text)
    assert len(plots(text)) == 5
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_hostile_names_are_text_in_markdown_too() -> None:
    text = render_markdown(evidence(feature=HOSTILE, object_key=f"churn/data/{HOSTILE}"))
    line = next(line for line in text.splitlines() if line.startswith("| &lt;script"))

    assert "<script" not in text
    assert r"\| \*b\* \_i\_ \`c\` \[l\](http&#58;//evil.example)" in line
    assert len(re.findall(r"(?<!\\)\|", line)) == 5
    assert "\n# h" not in text


@pytest.mark.parametrize("task", TASKS)
def test_both_renderings_tell_verdict_reasons_and_hashes(task: Task) -> None:
    given = evidence(task)
    for text in (Page(render_html(given)).text, render_markdown(given)):
        assert "PROMOTE" in text
        for reason in given.report.verdict.reasons:
            assert reason.replace("_", "") in text.replace("_", "").replace("\\", "")
        for part in ("artifact 2", "report", "data", "code", "parquet", "csv"):
            assert sha(part) in text
        assert APPROVER in text


def test_a_task_token_is_shown_to_nobody() -> None:
    assert TASK_TOKEN in evidence().model_dump_json()
    assert TASK_TOKEN not in render_html(evidence()) + render_markdown(evidence())


def test_questions_that_did_not_decide_are_told_apart_from_the_reasons() -> None:
    top = make_card(evidence(decision=Decision.REJECT)).headline

    assert (top.verdict, top.tone) == ("REJECT", "bad")
    assert [reason for reason in top.reasons if "below the minimum" in reason] == list(top.reasons)
    assert len(top.others) == 2


def test_a_reason_that_had_to_be_cut_is_not_told_again_among_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("gate", "check_words"):
        monkeypatch.setattr(f"tideline.domain.evaluation.verdict.{module}.MAX_REASON", 20, raising=False)
    top = make_card(evidence(decision=Decision.REJECT)).headline

    assert all(reason.endswith("…") for reason in top.reasons)
    assert len(top.others) == 2


@pytest.mark.parametrize("decision", list(Decision))
def test_every_decision_has_words(decision: Decision) -> None:
    assert decision.value in render_html(evidence(decision=decision))


def test_markdown_tables_have_as_many_cells_as_columns() -> None:
    text = render_markdown(evidence("multiclass"))
    width = None
    for line in text.splitlines():
        if not line.startswith("|"):
            width = None
            continue
        cells = len(re.findall(r"(?<!\\)\|", line))
        assert width in (None, cells), line
        width = cells


def test_a_report_reads_back_from_its_json() -> None:
    report = evidence().report
    assert EvaluationReport.model_validate_json(report.to_json()) == report
