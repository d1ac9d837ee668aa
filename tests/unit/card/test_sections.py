"""What the sections say: facts from the evidence, and "not measured" where there are none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.evidence import evidence, interval, model_spec
from tideline.card.evidence import Evidence
from tideline.card.headline import headline
from tideline.card.sections.data import data
from tideline.card.sections.decisions import decisions
from tideline.card.sections.groups import fairness, slices, worst_first
from tideline.card.sections.inspection import calibration, importance, sensitivity
from tideline.card.sections.limits import limits
from tideline.card.sections.metrics import metrics
from tideline.card.sections.origin import lineage
from tideline.card.sections.use import intended_use
from tideline.page.blocks import Block, Bullets, Facts, Figure, Grid, Section, Text


def told(section: Section) -> str:
    text = "\n".join(line for block in section.blocks for line in _lines(block))
    return text.replace("\N{MINUS SIGN}", "-").replace("\N{EN DASH}", "-")


def _lines(block: Block) -> list[str]:
    match block:
        case Text():
            return [block.text]
        case Bullets():
            return [block.title, *block.items]
        case Facts():
            return [f"{fact.name}: {fact.value}" for fact in block.facts]
        case Grid():
            return [block.caption, " ; ".join(block.columns), *(" ; ".join(row.cells) for row in block.rows)]
        case Figure():
            return [block.caption]


def changed(given: Evidence, **fields: Any) -> Evidence:
    return given.model_copy(update={"report": given.report.model_copy(update=fields)})


@pytest.mark.parametrize("section", [slices, fairness, calibration, importance, sensitivity])
def test_what_was_not_measured_is_called_so(section: Any) -> None:
    assert told(section(evidence(whole=False))).startswith("Not measured")


def test_intended_use_names_bounds_values_and_what_it_is_not_for() -> None:
    text = told(intended_use(evidence()))

    assert "the probability that “churned” is “yes” from 3 features" in text
    assert "age ; number ; yes ; 0 to 120" in text
    assert "plan ; category ; yes ; one of monthly, yearly" in text
    assert "notes ; category ; may be missing ; any text" in text
    assert "the endpoint refuses them" in text
    assert "answered as if they were missing: notes." in text


def test_data_counts_batches_rows_and_classes() -> None:
    text = told(data(evidence()))

    assert "2,000 rows in 1 batch" in text
    assert "yes ; 90 ; 26.5 %" in text
    assert "1 ; 2,000 ; churn/data/a.csv ; v1" in text


@pytest.mark.parametrize(
    ("window", "text"),
    [
        (None, "all rows"),
        ({"last_rows": 500}, "the newest 500 rows"),
        ({"last_days": 30}, "the newest 30 days"),
    ],
)
def test_data_says_which_rows_were_used(window: Any, text: str) -> None:
    spec = model_spec("binary", time="day", training={"window": window})
    assert f"of which used: {text}" in told(data(evidence(spec=spec)))


def test_metrics_stand_beside_the_champions() -> None:
    text = told(metrics(evidence()))

    assert "roc_auc ; 0.800 ; 0.780 to 0.820 ; 0.780 ; +0.020 (+0.010 to +0.030)" in text
    assert "accuracy ; means nothing here" in text
    assert "2,000 resamples within each class, seed 7" in text


def test_metrics_without_a_champion_have_no_column_for_it() -> None:
    (table,) = [block for block in metrics(evidence(whole=False)).blocks if isinstance(block, Grid)]
    assert table.columns == ("metric", "this version", "95 % interval")


def test_a_constant_answer_far_away_is_told_and_not_drawn() -> None:
    given = evidence(whole=False)
    far = changed(given, floor=given.report.floor.model_copy(update={"value": -9.0}))
    assert "lies far outside" in told(metrics(far))
    assert "lies far outside" not in told(metrics(given))


def test_slices_that_block_come_first_and_those_not_judged_last() -> None:
    found = evidence().report.slices
    assert found is not None
    assert [one.name for one in worst_first(found.slices)] == [
        "plan = yearly",
        "plan = monthly",
        "plan = none",
    ]
    text = told(slices(evidence()))
    assert "plan = yearly ; 150 ; 0.800 ; 0.860 ; -0.060 (-0.080 to -0.040) ; 0.002 ; worse: blocks" in text
    assert "plan = none ; 150 ; - ; - ; - ; 1 ; not judged: only one class" in text


def test_slices_without_a_champion_are_drawn_alone() -> None:
    found = evidence().report.slices
    assert found is not None
    alone = tuple(one.model_copy(update={"difference": None, "champion": None}) for one in found.slices)
    text = told(slices(changed(evidence(), slices=found.model_copy(update={"slices": alone}))))
    assert "there is no champion to compare with" in text


def test_no_slices_at_all_are_a_sentence() -> None:
    found = evidence().report.slices
    assert found is not None
    none = changed(evidence(), slices=found.model_copy(update={"slices": ()}))
    assert [type(block) for block in slices(none).blocks] == [Text]


def test_fairness_tells_gap_groups_and_what_is_allowed() -> None:
    text = told(fairness(evidence()))

    assert "a gap of 0.200 (0.180 to 0.220) between “Male” and “Female”" in text
    assert "allows 0.1, which it is over" in text
    assert "Other ; 80 ; 0.600 (0.580 to 0.620) ; does not count: fewer than 100 rows" in text


def test_fairness_without_any_rate_has_no_gap_and_no_plot() -> None:
    (found,) = evidence().report.fairness
    silent = tuple(g.model_copy(update={"rate": None, "unjudged": "no positives"}) for g in found.groups)
    none = found.model_copy(update={"groups": silent, "gap": None, "highest": None, "lowest": None})
    section = fairness(changed(evidence(), fairness=(none,)))
    assert "no gap, as fewer than two groups have a rate" in told(section)
    assert not any(isinstance(block, Figure) for block in section.blocks)


def test_calibration_of_a_regression_does_not_apply() -> None:
    assert told(calibration(evidence("regression"))).startswith("Does not apply")


def test_sensitivity_tells_warnings_suspects_and_overlap() -> None:
    text = told(sensitivity(evidence()))

    assert "age alone nearly determines the target." in text
    assert "age ; roc_auc 0.99 ; 0.98" in text
    assert "4 held-out rows of 400 equal a training row" in text


def test_limits_come_from_the_evidence() -> None:
    text = told(limits(evidence()))

    assert "Only 400 rows held out" in text
    assert "“yes” (90)" in text
    assert "Metrics that mean nothing on these rows: accuracy." in text
    assert "roc_auc is known to about ±0.02" in text
    assert "1 slice could not be judged: plan = none (only one class)." in text
    assert "3 slices had fewer than 100 rows and were not looked at." in text
    assert "Other of sex (fewer than 100 rows)" in text
    assert "age alone nearly determines the target." in text
    assert "What was not measured" not in text


def test_limits_say_that_a_difference_is_not_settled() -> None:
    report = evidence().report
    assert report.champion is not None
    open_end = report.champion.model_copy(update={"differences": {"roc_auc": interval(0.001)}})
    text = told(limits(changed(evidence(), champion=open_end)))
    assert "better or worse than version 1 is not settled" in text
    assert "not settled" not in told(limits(evidence()))


def test_limits_name_what_was_not_measured() -> None:
    text = told(limits(evidence(whole=False)))
    for part in ("comparison with a champion", "Slices:", "Fairness:", "Calibration,", "Latency"):
        assert part in text


def test_limits_warn_by_themselves_where_the_inspection_did_not() -> None:
    found = evidence().report.inspection
    assert found is not None
    text = told(limits(changed(evidence(), inspection=found.model_copy(update={"warnings": ()}))))
    assert "Suspects of target leakage: age." in text
    assert "4 held-out rows had an equal in training" in text


def test_decisions_show_the_approval_and_only_this_versions_entries() -> None:
    text = told(decisions(evidence()))

    assert "answer: approved at" in text
    assert "2 entries about this version, of 3 of the model" in text
    assert "version 1" not in text


def test_an_approval_of_another_artifact_is_pointed_out() -> None:
    given = evidence()
    assert given.approval is not None
    request = given.approval.request.model_copy(update={"artifact_sha256": "f" * 64})
    other = given.model_copy(update={"approval": given.approval.model_copy(update={"request": request})})
    assert "not the artifact of this version" in told(decisions(other))
    assert "not the artifact" not in told(decisions(given))


def test_a_release_that_data_started_says_so_in_the_place_of_a_requester() -> None:
    given = evidence()
    assert given.approval is not None
    request = given.approval.request.model_copy(update={"requesters": ()})
    other = given.model_copy(update={"approval": given.approval.model_copy(update={"request": request})})
    assert "asked for by: nobody: the run was started by data or a schedule" in told(decisions(other))


def test_decisions_without_any_say_what_the_spec_asks_for() -> None:
    required = model_spec("binary", release={"approval": "required"})
    assert "asks for an approval" in told(decisions(evidence(whole=False, spec=required)))
    assert "without an approval" in told(decisions(evidence(whole=False)))
    assert "No ledger entries were at hand" in told(decisions(evidence(whole=False)))


def test_lineage_says_whether_latency_was_measured() -> None:
    assert "41.5 µs at the median" in told(lineage(evidence()))
    assert "latency: not measured" in told(lineage(evidence(whole=False)))


def test_tiles_mark_what_is_bad_and_say_what_is_missing() -> None:
    tiles = {tile.name: tile for tile in headline(evidence()).tiles}
    assert (tiles["slices that block"].value, tiles["slices that block"].tone) == ("1", "bad")
    assert (tiles["fairness gap"].value, tiles["fairness gap"].tone) == ("0.200", "bad")
    missing = [tile.note for tile in headline(evidence(whole=False)).tiles]
    assert missing.count("not measured") == 3
