"""What moto cannot do: other transactions in the way, and a service that asks for patience."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.fakes.samples import MODEL, dropped, receipt
from tideline.adapters.registry.receipts import DynamoDbReceiptRegistry
from tideline.adapters.registry.runs import DynamoDbRunRegistry
from tideline.adapters.registry.table import RegistryTable
from tideline.errors import RegistryConflict, StorageUnavailable, ThrottledByService

Answer = Exception | dict[str, Any]


def refused(code: str, *reasons: str) -> ClientError:
    """Return DynamoDB's refusal."""
    response: dict[str, Any] = {"Error": {"Code": code, "Message": "no"}}
    if reasons:
        response["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(response, "TransactWriteItems")  # type: ignore[arg-type]


def cancelled(*reasons: str) -> ClientError:
    return refused("TransactionCanceledException", *reasons)


class Scripted:
    """A DynamoDB client that answers each write by a script, and then always well."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.calls = 0

    def _answer(self, **request: Any) -> dict[str, Any]:
        self.calls += 1
        answer = self._answers.pop(0) if self._answers else {}
        if isinstance(answer, Exception):
            raise answer
        return answer

    transact_write_items = delete_item = get_item = _answer


def table(client: Scripted, waited: list[float] | None = None) -> RegistryTable:
    sleep: Callable[[float], None] = (waited if waited is not None else []).append
    return RegistryTable(client, "registry", sleep=sleep)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "reason", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]
)
def test_another_transaction_in_the_way_is_waited_for(reason: str) -> None:
    client, waited = Scripted(cancelled("None", reason), cancelled(reason)), []
    assert DynamoDbReceiptRegistry(table(client, waited)).claim(MODEL, dropped())
    assert client.calls == 3
    assert len(waited) == 2
    assert all(0 <= seconds <= 0.04 for seconds in waited)


def test_an_object_is_never_superseded_by_contention() -> None:
    receipts = DynamoDbReceiptRegistry(table(Scripted(*[cancelled("TransactionConflict")] * 50)))
    with pytest.raises(ThrottledByService):
        receipts.claim(MODEL, dropped())
    with pytest.raises(ThrottledByService):
        receipts.conclude(MODEL, receipt(dropped()))


def test_a_failed_condition_is_a_lost_race_whatever_else_went_wrong() -> None:
    client = Scripted(cancelled("TransactionConflict", "ConditionalCheckFailed"))
    assert not DynamoDbReceiptRegistry(table(client)).claim(MODEL, dropped())
    assert client.calls == 1


@pytest.mark.parametrize("error", [cancelled("ValidationError"), cancelled(), refused("ValidationException")])
def test_what_is_wrong_with_the_call_itself_goes_on_up(error: ClientError) -> None:
    with pytest.raises(ClientError) as caught:
        DynamoDbReceiptRegistry(table(Scripted(error))).claim(MODEL, dropped())
    assert caught.value is error


def test_a_lock_is_given_back_through_contention() -> None:
    client = Scripted(refused("TransactionConflictException"), refused("TransactionConflictException"))
    DynamoDbRunRegistry(table(client)).release_lock(MODEL, "run")
    assert client.calls == 3


def test_a_lock_that_another_run_holds_is_left_alone() -> None:
    client = Scripted(refused("ConditionalCheckFailedException"))
    DynamoDbRunRegistry(table(client)).release_lock(MODEL, "run")
    assert client.calls == 1


def test_a_lock_that_may_not_be_given_back_is_an_error() -> None:
    client = Scripted(refused("AccessDeniedException"))
    with pytest.raises(ClientError):
        DynamoDbRunRegistry(table(client)).release_lock(MODEL, "run")


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (refused("ProvisionedThroughputExceededException"), ThrottledByService),
        (refused("InternalServerError"), StorageUnavailable),
        (EndpointConnectionError(endpoint_url="http://x"), StorageUnavailable),
    ],
)
def test_a_service_that_does_not_answer_is_named(error: Exception, ours: type[Exception]) -> None:
    with pytest.raises(ours, match="DynamoDB"):
        table(Scripted(error)).get("pk", "sk")
    with pytest.raises(ours, match="DynamoDB"):
        DynamoDbRunRegistry(table(Scripted(error))).release_lock(MODEL, "run")


def test_a_lost_race_is_a_conflict() -> None:
    with pytest.raises(RegistryConflict):
        DynamoDbReceiptRegistry(table(Scripted(cancelled("ConditionalCheckFailed")))).mark_announced(
            MODEL, receipt(dropped())
        )
