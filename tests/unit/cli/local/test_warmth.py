from __future__ import annotations

import json
from typing import Any

import pytest

from cli.local import warmth
from cli.local.record import LocalRecord
from tideline.events.aws import LogDelivery

RECORD = LocalRecord(endpoint="http://127.0.0.1:4566", port=4566, pid=42, started="today")


def test_each_worker_gets_a_delivery_that_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(warmth, "_call", lambda _record, event: sent.append(json.loads(event)))

    warmth.warm(LocalRecord(**{**vars(RECORD), "outputs": {warmth.OUTPUT: "capture"}}))

    assert len(sent) == warmth.WORKERS
    assert all(LogDelivery.model_validate(each).unpacked().lines == () for each in sent)


def test_an_older_stack_has_nothing_to_warm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warmth, "_call", lambda *_: pytest.fail("nobody to call"))

    warmth.warm(RECORD)
