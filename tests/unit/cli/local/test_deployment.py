from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.local import deployment
from cli.local.errors import StepFailed, ToolMissing
from cli.local.places import Places
from cli.local.record import LocalRecord

RECORD = LocalRecord(endpoint="http://127.0.0.1:4567", port=4567, pid=1)


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setattr(deployment.shutil, "which", lambda _: "/usr/bin/node")
    monkeypatch.setenv("AWS_PROFILE", "somebody-elses-account")
    made = Places(tmp_path)
    made.scratch.mkdir(parents=True)
    return made


def fake_cdk(places: Places, script: str) -> None:
    places.cdk.parent.mkdir(parents=True, exist_ok=True)
    places.cdk.write_text(f"#!/bin/sh\n{script}\n")
    places.cdk.chmod(0o755)


def test_it_deploys_to_the_local_cloud_whatever_profile_is_set(places: Places) -> None:
    outputs = places.scratch / "outputs.json"
    fake_cdk(
        places,
        'echo "endpoint=$AWS_ENDPOINT_URL key=$AWS_ACCESS_KEY_ID profile=$AWS_PROFILE $*"\n'
        f"""echo '{json.dumps({"Tideline-dev": {"InboxBucket": "inbox"}})}' > {outputs}""",
    )

    assert deployment.deploy(places, RECORD) == {"InboxBucket": "inbox"}
    said = (places.logs / "deploy.log").read_text()
    assert "endpoint=http://127.0.0.1:4567 key=test profile= deploy Tideline-dev" in said


def test_bootstrapping_does_not_synthesize(places: Places) -> None:
    (places.root / "cdk.json").write_text("{}")
    fake_cdk(places, "test ! -e cdk.json && echo bootstrapped")

    deployment.bootstrap(places, RECORD)

    assert "bootstrapped" in (places.logs / "bootstrap.log").read_text()


def test_a_failure_gives_the_resources_reason_and_the_log(places: Places) -> None:
    fake_cdk(
        places,
        "echo 'Tideline-dev | CREATE_COMPLETE | AWS::S3::Bucket | Inbox'\n"
        "echo 'Tideline-dev | CREATE_FAILED | AWS::SQS::Queue | Spec: no such attribute'\n"
        "exit 1",
    )

    with pytest.raises(StepFailed) as failure:
        deployment.deploy(places, RECORD)

    assert "no such attribute" in str(failure.value)
    assert "CREATE_COMPLETE" not in str(failure.value)
    assert str(failure.value.log) in str(failure.value)


def test_without_node_the_error_says_where_to_get_it(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment.shutil, "which", lambda _: None)

    with pytest.raises(ToolMissing, match=r"node.*nodejs\.org"):
        deployment.deploy(places, RECORD)


def test_without_the_cdk_the_error_says_what_installs_it(places: Places) -> None:
    with pytest.raises(ToolMissing, match="make install"):
        deployment.deploy(places, RECORD)
