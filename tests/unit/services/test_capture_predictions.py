from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from tests.fakes.capture import NOON, CaptureWorld, call, line
from tests.fakes.crash import Crash, CrashPlan, sweep
from tests.fakes.samples import MODEL
from tideline.domain.compaction import CompactionRequest
from tideline.domain.keys import predictions_prefix
from tideline.services.capture_predictions import CaptureReceipt

HOUR = timedelta(hours=1)


def capture(world: CaptureWorld, *contents: dict[str, Any] | str) -> CaptureReceipt:
    return world.capture()(line(content, f"id{n}") for n, content in enumerate(contents))


def test_a_file_holds_a_model_and_an_hour_of_the_calls_own_time() -> None:
    world = CaptureWorld()
    calls = [call(1, at=NOON + HOUR), call(2), call(3, model="other"), call(4), call(5, at=NOON - HOUR)]

    receipt = capture(world, *calls)

    assert receipt.calls == 5
    assert sorted(receipt.keys) == world.files()
    assert [key.rpartition("/")[0] + "/" for key in receipt.keys] == [
        predictions_prefix(MODEL, NOON - HOUR),
        predictions_prefix(MODEL, NOON),
        predictions_prefix(MODEL, NOON + HOUR),
        predictions_prefix("other", NOON),
    ]
    assert [row["request_id"] for row in world.rows()] == ["r5", "r2", "r3", "r4", "r1"]


def test_plain_duckdb_reads_date_and_hour_from_the_folders() -> None:
    world = CaptureWorld()
    capture(world, call(1), call(2, at=NOON + HOUR))

    assert [(str(row["date"]), int(row["hour"])) for row in world.rows()] == [
        ("2026-03-01", 12),
        ("2026-03-01", 13),
    ]


def test_the_last_millisecond_of_an_hour_belongs_to_it() -> None:
    world = CaptureWorld()
    capture(world, call(0, time=int(NOON.timestamp() * 1000) - 1))

    assert world.files()[0].startswith(predictions_prefix(MODEL, NOON - HOUR))


def test_a_delivery_that_comes_twice_overwrites_itself() -> None:
    world = CaptureWorld()
    calls = [call(n) for n in range(3)]
    first = capture(world, *calls)

    assert capture(world, *reversed(calls)) == first
    assert len(world.rows()) == 3


def test_the_same_lines_in_other_company_are_the_same_table() -> None:
    world = CaptureWorld()
    capture(world, call(1), call(2))
    once = world.table()
    capture(world, call(2))
    capture(world, call(2), call(1), call(2))

    assert world.table() == once


def test_malformed_lines_lose_no_other_and_go_into_quarantine_by_model() -> None:
    world = CaptureWorld()
    cut = json.dumps(call(1))[:-9]

    receipt = capture(world, call(2), cut, call(3, role="king"), call(4), "END RequestId: 1")

    assert (receipt.calls, receipt.malformed) == (2, ("id1", "id2"))
    found = {key: world.lake.read(key) for key in world.lake.keys if "/quarantine/prediction-log/" in key}
    assert sorted(key.partition("/")[0] for key in found) == ["_unaddressed", MODEL]
    kept = {entry["id"]: entry for text in found.values() for entry in map(json.loads, text.splitlines())}
    assert kept["id1"]["text"] == cut
    assert kept["id2"]["problem"] == "not as they should be: role"
    capture(world, call(2), cut, call(3, role="king"), call(4), "END RequestId: 1")
    assert len({key for key in world.lake.keys if "/quarantine/" in key}) == 2


def test_lines_of_a_newer_edition_are_told_after_the_others_are_kept() -> None:
    world = CaptureWorld()

    receipt = capture(world, call(1, schema_version=3), call(2))

    assert receipt.too_new == ("id0",)
    assert [row["request_id"] for row in world.rows()] == ["r2"]


def test_a_delivery_without_predictions_leaves_nothing() -> None:
    world = CaptureWorld()

    assert capture(world, "REPORT RequestId: 1") == CaptureReceipt(calls=0, keys=(), malformed=(), too_new=())
    assert world.lake.keys == set()


def test_the_first_file_of_an_hour_asks_for_compaction_once() -> None:
    world = CaptureWorld()
    capture(world, call(1))
    capture(world, call(2))
    capture(world, call(3, at=NOON + HOUR))

    assert world.queue.requests == [
        CompactionRequest(model=MODEL, hour=NOON),
        CompactionRequest(model=MODEL, hour=NOON + HOUR),
    ]


def test_a_warm_process_looks_once_for_an_hour() -> None:
    plan = CrashPlan()
    world = CaptureWorld(plan=plan)
    use_case = world.capture()
    use_case([line(call(1))])
    before = plan.calls
    use_case([line(call(2))])

    assert plan.calls - before == 1  # the upload


def test_whenever_it_dies_another_delivery_keeps_everything_and_asks_for_compaction() -> None:
    contents = [line(call(n, at=NOON + n * HOUR), f"id{n}") for n in range(2)] + [
        line('{"type":"prediction"')
    ]

    def scenario(plan: CrashPlan) -> None:
        world = CaptureWorld(plan=plan)
        use_case = world.capture()
        try:
            use_case(contents)
        except Crash:
            world.capture()(contents)
        assert [row["request_id"] for row in world.rows()] == ["r0", "r1"]
        assert {request.hour for request in world.queue.requests} == {NOON, NOON + HOUR}
        assert sum("/quarantine/" in key for key in world.lake.keys) == 1

    assert sweep(scenario) == 7
