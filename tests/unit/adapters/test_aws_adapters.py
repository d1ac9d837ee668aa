from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError
from botocore.stub import Stubber

from tests.fakes.aws import BUS, GROUP, REGION, ROLE_ARN, make_bucket, make_state_machine
from tests.fakes.clock import START
from tests.fakes.samples import MODEL
from tideline.adapters.aws_errors import translated
from tideline.adapters.eventbridge_publisher import EventBridgePublisher
from tideline.adapters.s3_object_store import S3ObjectStore
from tideline.adapters.scheduler_schedules import SchedulerSchedules
from tideline.adapters.stepfunctions_engine import StepFunctionsEngine
from tideline.errors import (
    EventRefused,
    ObjectMissing,
    ObjectUnreadable,
    StorageUnavailable,
    ThrottledByService,
)
from tideline.events.commands import RetrainRequested
from tideline.events.facts import TrainingStarted

pytestmark = pytest.mark.usefixtures("aws")


def started(number: int = 1) -> TrainingStarted:
    return TrainingStarted(
        model=MODEL,
        occurred_at=START,
        run_id=f"{MODEL}-d{number}-s1",
        trigger="data",
        dataset_version=number,
        spec_version=1,
    )


class TestErrors:
    @pytest.mark.parametrize(
        ("raised", "ours"),
        [
            (ClientError({"Error": {"Code": "SlowDown"}}, "GetObject"), ThrottledByService),
            (ClientError({"Error": {"Code": "503"}}, "HeadObject"), StorageUnavailable),
            (ReadTimeoutError(endpoint_url="x"), StorageUnavailable),
            (ResponseStreamingError(error="reset"), StorageUnavailable),
            (IncompleteReadError(actual_bytes=1, expected_bytes=2), StorageUnavailable),
        ],
    )
    def test_what_may_pass_is_transient(self, raised: Exception, ours: type[Exception]) -> None:
        with pytest.raises(ours, match="S3") as caught, translated("S3"):
            raise raised
        assert caught.value.__cause__ is raised

    @pytest.mark.parametrize(
        "raised", [ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject"), KeyError("x")]
    )
    def test_what_is_not_known_goes_on_up(self, raised: Exception) -> None:
        with pytest.raises(type(raised)) as caught, translated("S3"):
            raise raised
        assert caught.value is raised


class TestObjectStore:
    def test_a_deleted_object_has_no_current_version_but_its_old_ones(self) -> None:
        store = make_bucket()
        store.write("k", b"1")
        old = store.current_version("k")
        boto3.client("s3", region_name=REGION).delete_object(Bucket="inbox", Key="k")
        assert store.current_version("k") is None
        assert store.read("k", version_id=old) == b"1"
        with pytest.raises(ObjectMissing):
            store.read("k")

    def test_a_bucket_without_versions_calls_its_only_one_null(self) -> None:
        client = boto3.client("s3", region_name=REGION)
        client.create_bucket(Bucket="plain", CreateBucketConfiguration={"LocationConstraint": REGION})  # type: ignore[typeddict-item]
        store = S3ObjectStore(client, "plain")
        store.write("k", b"1")
        assert store.current_version("k") == "null"
        assert store.read("k", version_id="null") == b"1"

    def test_a_refused_upload_says_what_s3_answered(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        path.write_bytes(b"1")
        store = S3ObjectStore(boto3.client("s3", region_name=REGION), "no-such-bucket")
        with pytest.raises(ClientError, match="NoSuchBucket"):
            store.upload(path, "k")

    def test_a_bucket_that_may_not_be_read_is_no_missing_object(self) -> None:
        client = boto3.client("s3", region_name=REGION)
        with Stubber(client) as stub:
            stub.add_client_error("head_object", service_error_code="403", http_status_code=403)
            with pytest.raises(ObjectUnreadable, match="403"):
                S3ObjectStore(client, "inbox").current_version("k")


class TestPublisher:
    def publisher(self, *answers: dict[str, Any]) -> tuple[EventBridgePublisher, Stubber]:
        client = boto3.client("events", region_name=REGION)
        stub = Stubber(client)
        for answer in answers:
            stub.add_response("put_events", answer)
        stub.activate()
        return EventBridgePublisher(client, BUS), stub

    def test_events_go_to_the_bus_as_users_read_them(self) -> None:
        client = boto3.client("events", region_name=REGION)
        with Stubber(client) as stub:
            detail = started().model_dump_json()
            entry = {
                "EventBusName": BUS,
                "Source": "tideline",
                "DetailType": "TrainingStarted",
                "Detail": detail,
            }
            stub.add_response("put_events", {"Entries": [{"EventId": "1"}]}, {"Entries": [entry]})
            EventBridgePublisher(client, BUS).publish(started())
            stub.assert_no_pending_responses()

    def test_ten_events_go_at_once(self) -> None:
        full, rest = ({"Entries": [{"EventId": str(n)} for n in range(count)]} for count in (10, 2))
        publisher, stub = self.publisher(full, rest)
        told = publisher.publish(*[started(n) for n in range(1, 13)])
        assert told == (*(str(n) for n in range(10)), "0", "1")
        stub.assert_no_pending_responses()

    @pytest.mark.parametrize(
        ("code", "error"),
        [
            ("NotAuthorized", EventRefused),
            ("ThrottlingException", ThrottledByService),
            ("InternalFailure", ThrottledByService),
        ],
    )
    def test_a_refused_entry_is_never_taken_for_told(self, code: str, error: type[Exception]) -> None:
        publisher, _ = self.publisher(
            {"FailedEntryCount": 1, "Entries": [{"EventId": "1"}, {"ErrorCode": code}]}
        )
        with pytest.raises(error, match=f"TrainingStarted: {code}"):
            publisher.publish(started(1), started(2))

    def test_a_bus_takes_it(self) -> None:
        client = boto3.client("events", region_name=REGION)
        client.create_event_bus(Name=BUS)
        EventBridgePublisher(client, BUS).publish(started())


DEAD_LETTERS_ARN = f"arn:aws:sqs:{REGION}:123456789012:undelivered"


class TestSchedules:
    @pytest.fixture
    def schedules(self) -> SchedulerSchedules:
        client = boto3.client("scheduler", region_name=REGION)
        client.create_schedule_group(Name=GROUP)
        bus_arn = f"arn:aws:events:{REGION}:123456789012:event-bus/{BUS}"
        return SchedulerSchedules(
            client, group=GROUP, bus_arn=bus_arn, role_arn=ROLE_ARN, dead_letters_arn=DEAD_LETTERS_ARN
        )

    def stored(self) -> dict[str, Any]:
        return dict(boto3.client("scheduler", region_name=REGION).get_schedule(Name=MODEL, GroupName=GROUP))

    def test_a_schedule_sends_a_command_that_parses(self, schedules: SchedulerSchedules) -> None:
        schedules.set(MODEL, "rate(1 hour)")
        target = self.stored()["Target"]
        assert target["EventBridgeParameters"] == {"Source": "tideline", "DetailType": "RetrainRequested"}
        command = RetrainRequested.model_validate_json(target["Input"])
        assert (command.model, command.trigger) == (MODEL, "schedule")
        assert target["DeadLetterConfig"] == {"Arn": DEAD_LETTERS_ARN}

    def test_a_schedule_is_replaced_and_removed_however_often(self, schedules: SchedulerSchedules) -> None:
        for expression in ("rate(1 hour)", "rate(1 hour)", "cron(0 3 * * ? *)"):
            schedules.set(MODEL, expression)
        assert self.stored()["ScheduleExpression"] == "cron(0 3 * * ? *)"
        for _ in range(2):
            schedules.set(MODEL, None)
        with pytest.raises(ClientError, match="ResourceNotFound"):
            self.stored()

    @pytest.mark.parametrize("expression", ["rate(1 hour)", None])
    def test_what_scheduler_refuses_is_not_swallowed(self, expression: str | None) -> None:
        client = boto3.client("scheduler", region_name=REGION)
        with Stubber(client) as stub:
            for call in ("update_schedule", "delete_schedule")[expression is None :]:
                stub.add_client_error(call, service_error_code="AccessDeniedException")
                break
            with pytest.raises(ClientError, match="AccessDenied"):
                SchedulerSchedules(client, group=GROUP, bus_arn="b", role_arn="r", dead_letters_arn="q").set(
                    MODEL, expression
                )


class TestEngine:
    def test_a_name_starts_once_and_is_found_again(self) -> None:
        machine = make_state_machine("training")
        engine = StepFunctionsEngine(boto3.client("stepfunctions", region_name=REGION), machine)
        first = engine.start("churn-d1-s1", '{"a": 1}')
        assert engine.start("churn-d1-s1", '{"b": 2}') == first
        assert first == engine.execution_arn("churn-d1-s1")

    def test_a_machine_that_is_not_there_is_not_swallowed(self) -> None:
        machine = make_state_machine("training").replace("training", "other")
        engine = StepFunctionsEngine(boto3.client("stepfunctions", region_name=REGION), machine)
        with pytest.raises(ClientError):
            engine.start("name", "{}")

    @pytest.fixture
    def failure(self) -> Callable[..., Any]:
        def of(*events: dict[str, Any], error: str | None = None, cause: str | None = None) -> Any:
            client = boto3.client("stepfunctions", region_name=REGION)
            whole = [
                {"timestamp": START, "type": "TaskStateEntered", "id": n} | event
                for n, event in enumerate(events, start=1)
            ]
            with Stubber(client) as stub:
                stub.add_response("get_execution_history", {"events": whole})
                return StepFunctionsEngine(client, "arn").failure("arn", error=error, cause=cause)

        return of

    def test_a_failure_names_the_state_that_was_entered_last(self, failure: Callable[..., Any]) -> None:
        found = failure(
            {"executionFailedEventDetails": {"error": "X"}},
            {"stateEnteredEventDetails": {"name": "Fit"}},
            {"stateEnteredEventDetails": {"name": "Prepare"}},
            error="TrainingImpossible",
            cause=json.dumps(
                {"errorMessage": "TrainingImpossible: one class", "errorType": "TrainingImpossible"}
            ),
        )
        assert (found.stage, found.error, found.cause) == ("Fit", "TrainingImpossible", "one class")

    def test_a_failure_that_the_event_does_not_explain_is_looked_up(
        self, failure: Callable[..., Any]
    ) -> None:
        found = failure(
            {"lambdaFunctionFailedEventDetails": {"error": "KeyError", "cause": "'x'"}},
            {"stateEnteredEventDetails": {"name": "Fit"}},
        )
        assert (found.error, found.cause) == ("KeyError", "'x'")

    def test_an_execution_that_failed_before_its_first_state_failed_at_the_start(
        self, failure: Callable[..., Any]
    ) -> None:
        found = failure(error="States.Runtime", cause="broken path")
        assert (found.stage, found.error) == ("start", "States.Runtime")

    def test_an_execution_that_is_forgotten_still_has_its_error(self) -> None:
        machine = make_state_machine("training")
        engine = StepFunctionsEngine(boto3.client("stepfunctions", region_name=REGION), machine)
        found = engine.failure(engine.execution_arn("gone"), error="KeyError", cause="'x'")
        assert (found.stage, found.error, found.cause) == ("start", "KeyError", "'x'")

    def test_a_history_that_may_not_be_read_is_not_swallowed(self) -> None:
        client = boto3.client("stepfunctions", region_name=REGION)
        with Stubber(client) as stub:
            stub.add_client_error("get_execution_history", service_error_code="AccessDeniedException")
            with pytest.raises(ClientError):
                StepFunctionsEngine(client, "arn").failure("arn", error=None, cause=None)
