"""SQS batches: each message by itself, failures reported one by one; most carry an EventBridge event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tideline.events.base import Envelope
from tideline.runtime.logging import logger
from tideline.runtime.redelivery import redeliver_soon

Message = TypeVar("Message", bound=BaseModel)


def each_event(batch: dict[str, Any], handle: Callable[[Envelope], None]) -> dict[str, Any]:
    """Call `handle` for every event of an SQS batch; return what SQS should deliver again."""

    def told(envelope: Envelope) -> None:
        logger.append_keys(event_id=envelope.id, detail_type=envelope.detail_type)
        handle(envelope)

    return each_message(batch, Envelope, told)


def each_message(
    batch: dict[str, Any], kind: type[Message], handle: Callable[[Message], None]
) -> dict[str, Any]:
    """Call `handle` for every message of an SQS batch; return what SQS should deliver again.

    A record that fails stays on the queue, and after the queue's limit of receives moves to the
    dead-letter queue; the others are done.
    """
    failed = [record for record in batch["Records"] if not _handled(record, kind, handle)]
    for record in failed:
        redeliver_soon(record)
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}


def _handled(record: dict[str, Any], kind: type[Message], handle: Callable[[Message], None]) -> bool:
    try:
        handle(kind.model_validate_json(record["body"]))
    except ValidationError as exc:
        # Not `logger.exception`: a validation error's text quotes the input.
        logger.error("message not understood", extra={"fields": [e["loc"] for e in exc.errors()]})
        return False
    except Exception:
        logger.exception("message not handled")
        return False
    return True
