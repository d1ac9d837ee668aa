"""Run by itself in the peer's environment: call the application in process and print each call's time.

Calls go straight into the ASGI application: no socket, no server, as the handler is called on the other side.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.serving.peer_app import app


async def _call(body: bytes) -> bytes:
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/predict",
        "raw_path": b"/predict",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(b"content-type", b"application/json"), (b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    answer = b""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal answer
        answer += message.get("body", b"")

    await app(scope, receive, send)
    return answer


async def _main() -> None:
    body = Path(sys.argv[1]).read_bytes()
    if b"predictions" not in await _call(body):
        raise SystemExit("the peer did not answer")
    times = []
    for _ in range(int(sys.argv[2])):
        started = time.perf_counter_ns()
        await _call(body)
        times.append(time.perf_counter_ns() - started)
    sys.stderr.write(json.dumps(times))


asyncio.run(_main())
