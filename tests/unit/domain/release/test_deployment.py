from __future__ import annotations

from tests.fakes.samples import deployment, spec
from tideline.domain.release.deployment import Deployment, signature


def test_the_champion_is_who_answers() -> None:
    assert deployment(3, generation=2, replaces=1).champion.version == 3


def test_a_deployment_survives_its_record() -> None:
    made = deployment(3, generation=2, replaces=1)
    assert Deployment.model_validate_json(made.model_dump_json()) == made


def test_a_signature_repeats_the_rules_of_the_spec_in_its_order() -> None:
    contract = spec(
        features={
            "b": {"type": "number", "min": 0, "max": 9, "required": False},
            "a": {"type": "category", "values": ["x", "y"]},
        },
        entity="who",
        time="day",
    )
    made = signature(contract, classes=())
    assert [feature.name for feature in made.features] == ["b", "a"]
    assert (made.features[0].min, made.features[0].max, made.features[0].required) == (0, 9, False)
    assert made.features[1].values == ("x", "y")
    assert (made.classes, made.entity, made.time) == (None, "who", "day")
    assert signature(contract, classes=("no", "yes")).classes == ("no", "yes")
