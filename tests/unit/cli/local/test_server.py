from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from cli.local import server
from cli.local.errors import StartFailed, ToolMissing
from cli.local.places import Places
from cli.local.record import LocalRecord

pytestmark = pytest.mark.usefixtures("socket_enabled")


def fake_cloud(places: Places, script: str) -> None:
    places.cloud_python.parent.mkdir(parents=True)
    places.cloud_python.write_text(f"#!/bin/sh\n{script}\n")
    places.cloud_python.chmod(0o755)


def test_a_port_that_is_taken_is_not_chosen() -> None:
    with socket.socket() as taken:
        taken.bind((server.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert server.free_port(port) != port


def test_a_port_that_is_free_is_kept() -> None:
    with socket.socket() as probe:
        probe.bind((server.HOST, 0))
        port = probe.getsockname()[1]

    assert server.free_port(port) == port


def test_nothing_answers_where_nothing_listens() -> None:
    with socket.socket() as probe:
        probe.bind((server.HOST, 0))
        port = probe.getsockname()[1]

    assert not server.answers(f"http://127.0.0.1:{port}")


def test_a_cloud_that_ends_at_once_is_told_of_with_its_log(tmp_path: Path) -> None:
    places = Places(tmp_path)
    fake_cloud(places, "echo broken; exit 3")

    with pytest.raises(StartFailed, match="exit code 3") as failure:
        server.start(places, preferred_port=None)

    assert failure.value.log.read_text() == "broken\n"


def test_a_cloud_that_is_not_installed_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="make install"):
        server.start(Places(tmp_path), preferred_port=None)


def test_it_enforces_iam_listens_here_only_and_leaves_nothing_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "somebody-elses-account")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    places = Places(tmp_path)

    environment = server._environment(places, port=4999)

    assert environment["AUTH"] == "true"
    assert environment["BIND_HOST"] == "127.0.0.1"
    assert environment["GATEWAY_PORT"] == "4999"
    for folder in ("TMPDIR", "STATE_DIR", "S3_DATA_DIR"):
        assert environment[folder].startswith(str(places.home) + os.sep)
    assert "AWS_PROFILE" not in environment
    assert "PYTHONPATH" not in environment


def test_a_record_whose_process_is_another_one_by_now_stops_nothing() -> None:
    record = LocalRecord(endpoint="http://127.0.0.1:1", port=1, pid=os.getpid(), started="long ago")

    assert not server.stop(record)
    assert not server.is_up(record)
