"""The registry's table: consistent reads, conditional writes, items of texts and whole numbers.

A record is stored as JSON under `document`; beside it stand only the attributes that conditions
look at.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tideline.adapters.aws_errors import error_code, translated
from tideline.errors import RegistryConflict, ThrottledByService

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Scalar = str | int
Item = dict[str, Scalar]
# A transaction is cancelled for one of these as soon as another one is under way on the same item: it
# says nothing about conditions, and the same call succeeds a moment later.
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
_CONTENTION = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
# Full jitter up to 20, 40, ... 640 ms: together about as long as a burst of duplicates lasts.
_ATTEMPTS = 7
_FIRST_PAUSE_S = 0.02
# Number of digits in sort keys that count: queries come back in order.
DIGITS = 6


def partition(model: str) -> str:
    """Partition key of everything that belongs to one model."""
    return f"MODEL#{model}"


def numbered(kind: str, number: int) -> str:
    """Sort key of a numbered record."""
    return f"{kind}#{number:0{DIGITS}d}"


@dataclass(frozen=True)
class Put:
    """Put an item, if `condition` holds; `values` and `names` fill its placeholders."""

    item: Item
    condition: str = ""
    values: Mapping[str, Scalar] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """Set attributes of an item, if `condition` holds."""

    key: tuple[str, str]
    set: Mapping[str, Scalar]
    condition: str = ""
    values: Mapping[str, Scalar] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """Change nothing, but demand that `condition` holds."""

    key: tuple[str, str]
    condition: str
    values: Mapping[str, Scalar] = field(default_factory=dict)


NEW = "attribute_not_exists(pk)"
Write = Put | Change | Check


class RegistryTable:
    """The one table behind every registry."""

    def __init__(
        self, client: DynamoDBClient, name: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep

    def get(self, pk: str, sk: str) -> Item | None:
        """Return an item as it is now."""
        with translated("DynamoDB"):
            answer = self._client.get_item(TableName=self._name, Key=_key(pk, sk), ConsistentRead=True)
        return _plain(answer["Item"]) if "Item" in answer else None

    def query(self, pk: str, prefix: str, *, newest_first: bool = False) -> Iterator[Item]:
        """Return the items of a partition whose sort key starts with `prefix`, in order."""
        # An empty text is refused as a key's value, so that an empty prefix is no condition at all.
        starts = " AND begins_with(sk, :sk)" if prefix else ""
        with translated("DynamoDB"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._name,
                KeyConditionExpression=f"pk = :pk{starts}",
                ExpressionAttributeValues=_typed({":pk": pk} | ({":sk": prefix} if prefix else {})),
                ConsistentRead=True,
                ScanIndexForward=not newest_first,
            )
            for page in pages:
                yield from (_plain(item) for item in page["Items"])

    def write(self, *writes: Write) -> None:
        """Do all of `writes` or none; raises `RegistryConflict` where a condition does not hold."""
        items = [self._request(write) for write in writes]
        try:
            self._patiently(
                lambda: self._client.transact_write_items(TransactItems=items)  # type: ignore[arg-type]
            )
        except ClientError as exc:
            if "ConditionalCheckFailed" in _reasons(exc):
                raise RegistryConflict("another writer was first") from exc
            raise

    def holds(self, *writes: Write) -> bool:
        """Do all of `writes` or none; tell whether the conditions held."""
        try:
            self.write(*writes)
        except RegistryConflict:
            return False
        return True

    def delete(
        self, pk: str, sk: str, *, condition: str = "", values: Mapping[str, Scalar] | None = None
    ) -> None:
        """Delete an item, if `condition` holds; else leave it in peace."""
        request: dict[str, Any] = {"TableName": self._name, "Key": _key(pk, sk)}
        if condition:
            request |= {
                "ConditionExpression": condition,
                "ExpressionAttributeValues": _typed(values or {}),
            }
        try:
            self._patiently(lambda: self._client.delete_item(**request))
        except ClientError as exc:
            if "ConditionalCheckFailed" not in _reasons(exc):
                raise

    def _patiently(self, call: Callable[[], object]) -> None:
        """Call until no other transaction is in the way."""
        for attempt in range(_ATTEMPTS):
            try:
                with translated("DynamoDB"):
                    call()
            except ClientError as exc:
                reasons = _reasons(exc)
                if "ConditionalCheckFailed" in reasons or not reasons & _CONTENTION:
                    raise
                self._sleep(random.uniform(0, _FIRST_PAUSE_S * 2**attempt))  # noqa: S311 - jitter
            else:
                return
        raise ThrottledByService("DynamoDB: others kept writing the same items")

    def _request(self, write: Write) -> dict[str, Any]:
        if isinstance(write, Put):
            return {"Put": {"TableName": self._name, "Item": _typed(write.item)} | _condition(write)}
        if isinstance(write, Check):
            check = {"TableName": self._name, "Key": _key(*write.key)}
            return {"ConditionCheck": check | _condition(write)}
        return {"Update": {"TableName": self._name, "Key": _key(*write.key)} | _update(write)}


def _reasons(exc: ClientError) -> frozenset[str]:
    """Return why DynamoDB refused a write, in the words of a cancelled transaction."""
    code = error_code(exc)
    if code != "TransactionCanceledException":
        return frozenset({code.removesuffix("Exception")})
    reasons: list[dict[str, str]] = exc.response.get("CancellationReasons", [])  # type: ignore[assignment]
    return frozenset(reason.get("Code", "") for reason in reasons)


def _condition(write: Write) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    if write.condition:
        parts["ConditionExpression"] = write.condition
    if write.values:
        parts["ExpressionAttributeValues"] = _typed(write.values)
    if not isinstance(write, Check) and write.names:
        parts["ExpressionAttributeNames"] = dict(write.names)
    return parts


def _update(change: Change) -> dict[str, Any]:
    fields = list(change.set)
    parts = _condition(change)
    parts["UpdateExpression"] = "SET " + ", ".join(f"#set{i} = :set{i}" for i in range(len(fields)))
    parts["ExpressionAttributeNames"] = dict(change.names) | {f"#set{i}": f for i, f in enumerate(fields)}
    new = {f":set{i}": change.set[name] for i, name in enumerate(fields)}
    parts["ExpressionAttributeValues"] = _typed({**change.values, **new})
    return parts


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _typed(values: Mapping[str, Scalar]) -> dict[str, Any]:
    return {name: {"N": str(v)} if isinstance(v, int) else {"S": v} for name, v in values.items()}


def _plain(item: Mapping[str, Any]) -> Item:
    return {name: int(value["N"]) if "N" in value else value["S"] for name, value in item.items()}


def documents(items: Iterator[Item] | Sequence[Item]) -> Iterator[str]:
    """Return the documents of items."""
    return (str(item["document"]) for item in items)
