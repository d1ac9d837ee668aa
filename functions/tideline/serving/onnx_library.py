"""ONNX Runtime's C library, found beside its Python package and called through ctypes.

Importing `onnxruntime` imports NumPy as well, and both together take more than twice as long as all the
rest of a cold start. The C interface is versioned and only ever grows: a function keeps its place in the
table (onnxruntime_c_api.h, `struct OrtApi`), so places are what is written down here.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeAlias

Address: TypeAlias = int

# The table's version that is asked for; everything used here is in it since version 1.
API_VERSION = 16
# Only warnings about the machine come below errors; on Lambda they would be noise at each cold start.
_LOG_ERRORS = 3

_pointer = ctypes.c_void_p
_size = ctypes.c_size_t
_int = ctypes.c_int
_text = ctypes.c_char_p

# name -> (place in the table, argument types)
_FUNCTIONS: dict[str, tuple[int, tuple[type, ...]]] = {
    "create_env": (3, (_int, _text, _pointer)),
    "disable_telemetry": (6, (_pointer,)),
    "create_session_from_array": (8, (_pointer, _text, _size, _pointer, _pointer)),
    "run": (9, (_pointer, _pointer, _pointer, _pointer, _size, _pointer, _size, _pointer)),
    "create_session_options": (10, (_pointer,)),
    "set_execution_mode": (13, (_pointer, _int)),
    "disable_cpu_arena": (19, (_pointer,)),
    "set_optimization_level": (23, (_pointer, _int)),
    "set_intra_op_threads": (24, (_pointer, _int)),
    "set_inter_op_threads": (25, (_pointer, _int)),
    "input_count": (30, (_pointer, _pointer)),
    "output_count": (31, (_pointer, _pointer)),
    "input_name": (36, (_pointer, _size, _pointer, _pointer)),
    "output_name": (37, (_pointer, _size, _pointer, _pointer)),
    "create_run_options": (39, (_pointer,)),
    "set_terminate": (46, (_pointer,)),
    "create_tensor": (48, (_pointer, _pointer, _size, _int, _pointer)),
    "create_tensor_over": (49, (_pointer, _pointer, _size, _pointer, _size, _int, _pointer)),
    "fill_strings": (52, (_pointer, _pointer, _size)),
    "create_cpu_memory_info": (69, (_int, _int, _pointer)),
    "free": (76, (_pointer, _pointer)),
    "default_allocator": (78, (_pointer,)),
}
_ERROR_MESSAGE = 2
_RELEASES = {"status": 93, "session": 95, "value": 96, "run_options": 97, "session_options": 100}


class OnnxRuntimeError(Exception):
    """ONNX Runtime refused a call; the text is its own."""


class OnnxLibrary:
    """The functions in use, each raising `OnnxRuntimeError` where the C function returns a status."""

    def __init__(self, path: str) -> None:
        library = ctypes.CDLL(path)
        library.OrtGetApiBase.restype = ctypes.POINTER(_pointer)
        base = library.OrtGetApiBase()
        get_api = ctypes.CFUNCTYPE(_pointer, ctypes.c_uint32)(base[0])
        table = get_api(API_VERSION)
        if not table:
            raise OnnxRuntimeError(f"{path} does not offer version {API_VERSION} of its interface")
        self._library = library
        self._table = ctypes.cast(table, ctypes.POINTER(_pointer))
        self._message = self._bind(_ERROR_MESSAGE, (_pointer,), result=_text)
        self._release = {
            name: self._bind(place, (_pointer,), result=None) for name, place in _RELEASES.items()
        }
        self._functions = {
            name: self._bind(place, arguments, result=_pointer)
            for name, (place, arguments) in _FUNCTIONS.items()
        }
        self.environment = self._start()
        self.allocator = self.make("default_allocator")
        # OrtArenaAllocator is 1, OrtDeviceAllocator 0; OrtMemTypeDefault is 0.
        self.cpu_memory = self.make("create_cpu_memory_info", 0, 0)

    def _bind(self, place: int, arguments: tuple[type, ...], *, result: type | None) -> Callable[..., Any]:
        return ctypes.CFUNCTYPE(result, *arguments)(self._table[place] or 0)

    def _start(self) -> Address:
        environment = self.make("create_env", _LOG_ERRORS, b"tideline")
        self.call("disable_telemetry", environment)
        return environment

    def call(self, name: str, *arguments: object) -> None:
        """Call a function that returns a status."""
        self.check(self._functions[name](*arguments))

    def make(self, name: str, *arguments: object) -> Address:
        """Call a function whose last parameter receives a pointer, and return that pointer."""
        made = _pointer()
        self.call(name, *arguments, ctypes.byref(made))
        return made.value or 0

    def function(self, name: str) -> Callable[..., Address | None]:
        """Return a function to call and `check` oneself, where each microsecond counts."""
        return self._functions[name]

    def check(self, status: Address | None) -> None:
        """Raise what a status says, if it says anything, and free it."""
        if status is None:
            return
        message = self._message(status) or b""
        self._release["status"](status)
        raise OnnxRuntimeError(message.decode("utf-8", "replace"))

    def release(self, kind: str, address: Address) -> None:
        """Free something that `make` returned."""
        self._release[kind](address)


def library_path() -> str:
    """Return where the C library lies; raises `OnnxRuntimeError` where it isn't installed."""
    for folder in sys.path:
        place = os.path.join(folder, "onnxruntime", "capi")  # noqa: PTH118 - pathlib costs a cold start 5 ms
        if not os.path.isdir(place):  # noqa: PTH112
            continue
        for name in sorted(os.listdir(place)):  # noqa: PTH208
            if name.startswith("libonnxruntime."):
                return os.path.join(place, name)  # noqa: PTH118
    raise OnnxRuntimeError("there is no libonnxruntime beside a package onnxruntime on sys.path")


_lock = threading.Lock()
_loaded: list[OnnxLibrary] = []


def load_library() -> OnnxLibrary:
    """Return the process's one library, loaded by the first call; a second environment is no use."""
    with _lock:
        if not _loaded:
            _loaded.append(OnnxLibrary(library_path()))
        return _loaded[0]


def load_ahead() -> None:
    """Begin loading in the background: it is native code, so Python goes on importing meanwhile.

    Not as a daemon: a process that ends in the midst of it must wait, or crashes.
    """
    threading.Thread(target=_load_quietly, name="onnxruntime").start()


def _load_quietly() -> None:
    try:
        load_library()
    except (OSError, OnnxRuntimeError):
        return  # The first request meets the same error and reports it.
