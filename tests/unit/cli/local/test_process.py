from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from cli.local.process import is_running, start_mark, terminate

SLEEPS = "import time; time.sleep(60)"
IGNORES = (
    "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print(flush=True); time.sleep(60)"
)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", SLEEPS])
    yield process
    process.kill()
    process.wait()


def test_a_process_is_known_by_its_id_and_its_start(sleeper: subprocess.Popen[bytes]) -> None:
    mark = start_mark(sleeper.pid)

    assert is_running(sleeper.pid, started=mark)
    assert not is_running(sleeper.pid, started="Thu Jan  1 00:00:00 1970")
    assert not is_running(None, started=mark)
    assert not is_running(sleeper.pid, started=None)


def test_an_ended_process_does_not_run_even_while_nobody_asked_how_it_ended() -> None:
    process = subprocess.Popen([sys.executable, "-c", SLEEPS])
    mark = start_mark(process.pid)
    assert mark is not None

    assert terminate(process.pid, started=mark, timeout_s=10)
    assert not is_running(process.pid, started=mark)
    process.wait()
    assert start_mark(process.pid) is None
    assert terminate(process.pid, started=mark, timeout_s=1)


def test_a_process_that_does_not_end_is_told_of() -> None:
    process = subprocess.Popen([sys.executable, "-c", IGNORES], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    mark = start_mark(process.pid)
    assert mark is not None

    assert not terminate(process.pid, started=mark, timeout_s=0.3)
    process.kill()
    process.wait()
    process.stdout.close()
