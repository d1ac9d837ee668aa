"""What is answered: the distribution of answers in the window against the holdout."""

from __future__ import annotations

from tideline.monitoring_report.distributions import NUMBER_BARS, Bar, number_bars, score_bars
from tideline.monitoring_report.evidence import ReportEvidence
from tideline.monitoring_report.plots.then_and_now import standing
from tideline.monitoring_report.sections.features import drift_table, tone
from tideline.monitoring_report.words import index, verdict
from tideline.page.blocks import Block, Gallery, Panel, Section, Text
from tideline.page.words import count, percent

# Of a model with many classes.
_DRAWN = 12
_VALUE = "value"


def answers(evidence: ReportEvidence) -> Section:
    """Draw the answers, and list how far they lie from those on the holdout."""
    drawn = _bars(evidence)
    found = {one.name: one for one in evidence.record.answers}
    panels = []
    for name, bars in list(drawn.items())[:_DRAWN]:
        one = found.get(name)
        panels.append(
            Panel(
                title=_title(name, evidence),
                tag=f"{verdict(one)}, PSI {index(one.psi)}" if one else "not compared",
                svg=standing(bars, label=f"Distribution of the answers, {name}: holdout and window"),
                note=_named(evidence, name),
                tone=tone(one) if one else "",
            )
        )
    blocks: list[Block] = []
    if panels:
        left = len(drawn) - len(panels)
        more = f" {count(left, 'further class', 'further classes')} in the table only." if left > 0 else ""
        legend = "Pale and broad: the holdout. Dark and narrow: the window." + more
        blocks.append(Gallery(tuple(panels), caption=legend))
    if found:
        blocks.append(drift_table("The answers in numbers", evidence.record.answers, name="answer"))
    if not blocks:
        blocks.append(Text("No answers were compared."))
    return Section("answers", "Answers", tuple(blocks))


def _bars(evidence: ReportEvidence) -> dict[str, tuple[Bar, ...]]:
    reference, window = evidence.reference, evidence.window
    if reference is None or window is None or not window.rows:
        return {}
    if reference.value is not None:
        bars = number_bars(reference.value, window.value, most=NUMBER_BARS)
        return {_VALUE: bars} if bars else {}
    # The score of one of two classes says the other's too.
    names = reference.classes[-1:] if reference.task == "binary" else reference.classes
    return {
        name: score_bars(reference.outputs[name], window.outputs.get(name))
        for name in names
        if name in reference.outputs
    }


def _title(name: str, evidence: ReportEvidence) -> str:
    regression = evidence.reference is not None and evidence.reference.task == "regression"
    return "Predicted value" if regression else f"Probability of “{name}”"


def _named(evidence: ReportEvidence, name: str) -> str:
    then = evidence.reference.outputs.get(name) if evidence.reference else None
    now = evidence.window.outputs.get(name) if evidence.window else None
    if then is None or now is None or not sum(then.scores) or not sum(now.scores):
        return ""
    was, is_ = (sum(each.named) / sum(each.scores) for each in (then, now))
    return f"was the answer for {percent(was)} of rows then, {percent(is_)} now"
