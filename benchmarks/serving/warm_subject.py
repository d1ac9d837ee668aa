"""Run by itself under the bundle: call the handler in process and print how long each call took."""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace


def main() -> None:
    event = json.loads(Path(sys.argv[1]).read_text())
    calls = int(sys.argv[2])
    handler = importlib.import_module("predict.handler").handler
    context = SimpleNamespace(aws_request_id="8476a536-e9f4-11e8-9739-2dfe598c3fcd")
    answer = handler(event, context)
    if answer["statusCode"] != 200:
        raise SystemExit(answer["body"])
    times = []
    for _ in range(calls):
        started = time.perf_counter_ns()
        handler(event, context)
        times.append(time.perf_counter_ns() - started)
    sys.stderr.write(json.dumps(times))


main()
