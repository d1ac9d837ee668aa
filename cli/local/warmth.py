"""Warm workers for what the local cloud calls once for every line of a log.

MiniStack 1.5.33 hands each log line to the subscriber by itself (services/cloudwatch_logs.py), and starts a
process for every call that finds no free one: it unpacks the layers there, seconds of work on one core. Lines
that come in while the first process is being made each start another, and none gets ready.
"""

from __future__ import annotations

import base64
import gzip
import json
from concurrent.futures import ThreadPoolExecutor

from cli.local.record import LocalRecord
from cli.local.server import CREDENTIALS

OUTPUT = "CaptureFunction"
# A call takes some 50 ms: enough for several dozen lines a second.
WORKERS = 4
# What CloudWatch Logs sends to try whether anybody listens: nothing is kept of it.
_TRIAL = {"messageType": "CONTROL_MESSAGE", "logGroup": "", "logStream": "", "logEvents": []}


def warm(record: LocalRecord) -> None:
    """Have as many workers ready; whatever fails here fails again, and is told, when it is needed."""
    if OUTPUT not in record.outputs:
        return
    data = base64.b64encode(gzip.compress(json.dumps(_TRIAL).encode())).decode()
    event = json.dumps({"awslogs": {"data": data}}).encode()
    with ThreadPoolExecutor(WORKERS) as pool:
        # Called at the same time, each makes a worker of its own.
        list(pool.map(lambda _: _call(record, event), range(WORKERS)))


def _call(record: LocalRecord, event: bytes) -> None:
    import boto3  # noqa: PLC0415 - commands that only talk to a running cloud do without
    from botocore.config import Config  # noqa: PLC0415

    client = boto3.session.Session().client(
        "lambda",
        endpoint_url=record.endpoint,
        region_name=CREDENTIALS["AWS_REGION"],
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(read_timeout=120, retries={"max_attempts": 1}),
    )
    client.invoke(FunctionName=record.outputs[OUTPUT], Payload=event)
