"""One shape, two classes: the domain writes the deployment, the serving path reads it without pydantic."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.clock import START
from tests.fakes.samples import deployment
from tideline.domain.release.deployment import DeployedVersion, Deployment, FeatureSignature, Signature
from tideline.serving.deployment import parse_deployment

_NAMES = st.text(min_size=1, max_size=8)
_BOUNDS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
_FEATURES = st.builds(
    FeatureSignature,
    name=_NAMES,
    type=st.sampled_from(["number", "category"]),
    required=st.booleans(),
    min=_BOUNDS,
    max=_BOUNDS,
    values=st.none() | st.lists(_NAMES, max_size=3).map(tuple),
)
_SIGNATURES = st.builds(
    Signature,
    task=st.sampled_from(["binary", "multiclass", "regression"]),
    classes=st.none() | st.lists(_NAMES, min_size=2, max_size=3).map(tuple),
    entity=st.none() | _NAMES,
    time=st.none() | _NAMES,
    features=st.lists(_FEATURES, max_size=3).map(tuple),
)


@given(_SIGNATURES)
def test_what_is_written_is_what_is_read(signature: Signature) -> None:
    entry = DeployedVersion(
        version=3,
        role="champion",
        weight=100,
        sha256="f" * 64,
        key="m/versions/3/model.onnx",
        signature=signature,
    )
    written = Deployment(model="m", generation=2, versions=(entry,), since=START, replaces=1)
    read = parse_deployment(written.model_dump_json().encode())
    champion = read.champion
    assert (read.model, read.generation) == ("m", 2)
    assert (champion.version, champion.weight, champion.sha256, champion.key) == (3, 100, "f" * 64, entry.key)
    assert (champion.signature.task, champion.signature.classes) == (signature.task, signature.classes)
    assert (champion.signature.entity, champion.signature.time) == (signature.entity, signature.time)
    fields = ("name", "type", "required", "min", "max", "values")
    assert [[getattr(f, name) for name in fields] for f in champion.signature.features] == [
        [getattr(f, name) for name in fields] for f in signature.features
    ]


def test_a_regression_has_no_classes() -> None:
    read = parse_deployment(deployment().model_dump_json().encode())
    assert read.champion.signature.classes is None
