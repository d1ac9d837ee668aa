"""What is loaded before the first request, while Lambda gives the function its full processor.

Importing the handler loads ONNX Runtime in the background: native code, so that Python goes on meanwhile.
Certificates are read ahead only in Lambda itself and only where calls are going to be encrypted.
"""

from __future__ import annotations

import os
import threading

from tideline.serving import onnx_library

_IN_LAMBDA = "AWS_LAMBDA_RUNTIME_API"
_CUSTOM_ENDPOINT = "AWS_ENDPOINT_URL"


def load_ahead() -> None:
    """Begin; whatever fails here fails again, and is reported, when it is needed."""
    onnx_library.load_ahead()
    if _IN_LAMBDA in os.environ and _CUSTOM_ENDPOINT not in os.environ:
        threading.Thread(target=_read_certificates, name="certificates").start()


def _read_certificates() -> None:
    from tideline.serving import tls  # noqa: PLC0415 - `ssl` is not loaded where nothing is encrypted

    try:
        tls.context()
    except OSError:
        return
