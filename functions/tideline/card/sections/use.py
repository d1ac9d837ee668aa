"""Intended use: what the spec says the model is for, and where it ends."""

from __future__ import annotations

from tideline.card.evidence import Evidence
from tideline.domain.contract.spec import FeatureSpec, ModelSpec
from tideline.page.blocks import Block, Bullets, Fact, Row, Section, Text, facts, grid
from tideline.page.words import listed, number

_VALUES_SHOWN = 12


def intended_use(evidence: Evidence) -> Section:
    """Say what it answers, from what, and what it must not be asked."""
    spec, classes = evidence.spec, evidence.manifest.signature.classes or ()
    rows = [
        Row((name, rule.type, "yes" if rule.required else "may be missing", _accepted(rule)))
        for name, rule in spec.features.items()
    ]
    blocks: tuple[Block, ...] = (
        Text(_purpose(spec, classes)),
        facts(
            ("task", spec.task),
            Fact("target", spec.target, code=True),
            *([Fact("classes", listed(classes, most=_VALUES_SHOWN), code=True)] if classes else []),
            *(
                [Fact("entity", f"{spec.entity}: one row is about one of these", code=True)]
                if spec.entity
                else []
            ),
            *([Fact("time", f"{spec.time}: when a row was", code=True)] if spec.time else []),
        ),
        grid("What a row must hold", ("feature", "type", "required", "accepted"), rows, code=(0,)),
        Bullets(_not_for(spec), title="Not for"),
    )
    return Section("use", "Intended use", blocks)


def _purpose(spec: ModelSpec, classes: tuple[str, ...]) -> str:
    given = f"from {len(spec.features)} feature{'s' if len(spec.features) != 1 else ''} of a row"
    if spec.task == "regression":
        return f"Estimates the number “{spec.target}” {given}."
    if spec.task == "binary":
        positive = f"“{classes[-1]}”" if classes else "the positive one"
        return f"Estimates the probability that “{spec.target}” is {positive} {given}."
    return f"Estimates the probability of each class of “{spec.target}” {given}."


def _accepted(rule: FeatureSpec) -> str:
    if rule.type == "category":
        return "any text" if rule.values is None else f"one of {listed(rule.values, most=_VALUES_SHOWN)}"
    if rule.min is None and rule.max is None:
        return "any number"
    if rule.max is None:
        return f"{number(rule.min)} or more"
    return f"{number(rule.max)} or less" if rule.min is None else f"{number(rule.min)} to {number(rule.max)}"


def _not_for(spec: ModelSpec) -> tuple[str, ...]:
    features = spec.features.values()
    open_ends = [
        name
        for name, rule in spec.features.items()
        if rule.type == "number" and rule.min is None and rule.max is None
    ]
    free = [name for name, rule in spec.features.items() if rule.type == "category" and rule.values is None]
    found = [f"Anything but “{spec.target}” as the training data records it."]
    if any(rule.required or rule.values or rule.min is not None or rule.max is not None for rule in features):
        found.append("Rows outside what the table accepts: the endpoint refuses them.")
    if open_ends:
        found.append(
            "Numbers far outside those of the training data, where no bounds are declared and nothing is"
            f" refused: {listed(open_ends, most=_VALUES_SHOWN)}."
        )
    if free:
        found.append(
            "Categories that training never saw, where no values are declared: they are answered as if they"
            f" were missing: {listed(free, most=_VALUES_SHOWN)}."
        )
    return tuple(found)
