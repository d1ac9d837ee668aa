from __future__ import annotations

import threading
import time

import pytest

from tideline.serving.aside import Aside


def test_a_result_is_waited_for() -> None:
    assert Aside(lambda: 7, name="job").wait(20) == 7


def test_a_result_may_be_fetched_again() -> None:
    aside = Aside(lambda: 7, name="job")
    assert [aside.wait(20), aside.wait(0), aside.done] == [7, 7, True]


def test_a_job_runs_in_a_daemon_thread_of_its_name() -> None:
    thread = Aside(threading.current_thread, name="job").wait(20)
    assert thread is not None
    assert thread is not threading.current_thread()
    assert (thread.name, thread.daemon) == ("job", True)


def test_a_job_that_takes_longer_goes_on_and_is_done_later() -> None:
    release = threading.Event()
    aside = Aside(lambda: release.wait(20), name="job")
    began = time.perf_counter()
    assert aside.wait(0.01) is None
    assert time.perf_counter() - began < 10
    assert not aside.done
    release.set()
    assert aside.wait(20) is True
    assert aside.done


def test_a_job_that_raises_against_its_promise_has_ended_without_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)

    def fail() -> int:
        raise SystemError

    aside = Aside(fail, name="job")
    assert aside.wait(20) is None
    assert aside.done
