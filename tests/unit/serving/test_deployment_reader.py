from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.unit.serving import samples
from tests.unit.serving.samples import FakeClock, FakeTable
from tideline.domain.contract.spec import FeatureSpec, ModelSpec
from tideline.domain.release import deployment as written
from tideline.errors import StorageUnavailable, ThrottledByService
from tideline.serving.deployment import parse_deployment
from tideline.serving.deployment_cache import MAX_MODELS, DeploymentCache

_FIRST, _SECOND = (samples.version(samples.artifact(), number) for number in (1, 2))


def test_it_reads_what_the_domain_writes() -> None:
    spec = ModelSpec(
        model="churn",
        task="binary",
        target="churned",
        entity="customer",
        time="day",
        features={
            "age": FeatureSpec(type="number", min=0, max=120),
            "city": FeatureSpec(type="category", values=("Oslo",), required=False),
        },
    )
    entry = written.DeployedVersion(
        version=3,
        role="champion",
        weight=100,
        sha256="0" * 64,
        key="churn/versions/3/model.onnx",
        signature=written.signature(spec, classes=("no", "yes")),
    )
    record = written.Deployment(
        model="churn", generation=7, versions=(entry,), since=datetime(2026, 1, 1, tzinfo=UTC), replaces=2
    )
    found = parse_deployment(record.model_dump_json().encode())
    assert (found.model, found.generation) == ("churn", 7)
    for name in ("version", "role", "weight", "sha256", "key"):
        assert getattr(found.champion, name) == getattr(entry, name)
    for name in ("task", "classes", "entity", "time"):
        assert getattr(found.champion.signature, name) == getattr(entry.signature, name)
    for feature, rule in zip(found.champion.signature.features, entry.signature.features, strict=True):
        for name in type(rule).model_fields:
            assert getattr(feature, name) == getattr(rule, name)


@pytest.mark.parametrize(
    "record",
    [b"", b"{}", b'{"model":"churn","generation":1,"versions":[]}', samples.document(_FIRST)[:-1]],
)
def test_a_broken_record_is_unavailable(record: bytes) -> None:
    with pytest.raises(StorageUnavailable, match="deployment record"):
        parse_deployment(record)


def _version(cache: DeploymentCache) -> int | None:
    deployment = cache.get("churn")
    return None if deployment is None else deployment.champion.version


def test_a_record_is_believed_for_five_seconds() -> None:
    clock, table = FakeClock(), FakeTable(churn=samples.document(_FIRST))
    cache = DeploymentCache(table, clock=clock)
    assert _version(cache) == 1
    table.documents["churn"] = samples.document(_SECOND)
    clock.now += 4.9
    assert _version(cache) == 1
    clock.now += 0.2
    assert _version(cache) == 2
    assert len(table.attempts) == 2


def test_a_first_deployment_shows_within_a_second() -> None:
    clock, table = FakeClock(), FakeTable()
    cache = DeploymentCache(table, clock=clock)
    assert _version(cache) is None
    assert _version(cache) is None
    assert len(table.attempts) == 1
    table.documents["churn"] = samples.document(_FIRST)
    clock.now += 1
    assert _version(cache) == 1


@pytest.mark.parametrize("broken", [ThrottledByService("slow down"), None])
def test_a_stale_record_serves_on_while_the_table_fails(
    broken: Exception | None, capsys: pytest.CaptureFixture[str]
) -> None:
    clock, table = FakeClock(), FakeTable(churn=samples.document(_FIRST))
    cache = DeploymentCache(table, clock=clock)
    assert _version(cache) == 1
    table.error = broken  # type: ignore[assignment]
    table.documents["churn"] = b"not a record"
    for _ in range(6):
        clock.now += 5
        assert _version(cache) == 1
    assert table.attempts[1:] == [1] * 6
    assert capsys.readouterr().out.count('"the deployment record is stale"') == 6
    table.error, table.documents["churn"] = None, samples.document(_SECOND)
    clock.now += 5
    assert _version(cache) == 2


def test_without_any_record_an_error_is_raised_after_retries() -> None:
    table = FakeTable()
    table.error = ThrottledByService("slow down")
    with pytest.raises(ThrottledByService):
        DeploymentCache(table, clock=FakeClock()).get("churn")
    assert table.attempts == [4]


def test_an_ended_deployment_ends() -> None:
    clock, table = FakeClock(), FakeTable(churn=samples.document(_FIRST))
    cache = DeploymentCache(table, clock=clock)
    assert _version(cache) == 1
    del table.documents["churn"]
    clock.now += 5
    assert _version(cache) is None


def test_names_without_a_record_do_not_pile_up() -> None:
    cache = DeploymentCache(FakeTable(), clock=FakeClock())
    for number in range(MAX_MODELS + 50):
        cache.get(f"model-{number}")
    assert len(cache._entries) == MAX_MODELS
