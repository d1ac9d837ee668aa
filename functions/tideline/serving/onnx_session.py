"""One model in memory: raw named features in, rows of numbers out.

A single row, which is what most calls bring, goes through tensors that are made once and lie over one
buffer: filling it and running costs a few microseconds beside the model's own work.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from tideline.serving.onnx_library import Address, OnnxLibrary, OnnxRuntimeError

Row: TypeAlias = Sequence[float]

# ONNXTensorElementDataType
_FLOAT, _STRING = 1, 8
_SEQUENTIAL = 0
_FLOAT_BYTES = 4
# GraphOptimizationLevel: none. Our graphs are written as they are to run. Measured on 100 trees over 30
# features: the other levels add up to a tenth to loading and make no row faster.
_NO_OPTIMIZATION = 0


class OnnxSession:
    """A loaded model whose number inputs, text inputs and single output have known names.

    Args:
        library: The C library.
        artifact: The ONNX file's bytes.
        numbers: Names of the float32 inputs, each of shape ``[N, 1]``.
        texts: Names of the string inputs, each of shape ``[N, 1]``.
        output: Name of the float32 output, of shape ``[N, width]``.
        width: Numbers an answer has: classes, or 1.

    Raises:
        OnnxRuntimeError: if the bytes aren't a model that runs with these inputs and gives this output.
    """

    def __init__(
        self,
        library: OnnxLibrary,
        artifact: bytes,
        *,
        numbers: Sequence[str],
        texts: Sequence[str],
        output: str,
        width: int,
    ) -> None:
        self._library = library
        self._width = width
        self._numbers, self._texts = len(numbers), len(texts)
        self._session = 0
        self._options = 0
        self._values: list[Address] = []
        self._session = _create_session(library, artifact)
        self._options = library.make("create_run_options")
        _check_names(library, self._session, inputs=[*numbers, *texts], output=output)
        self._input_names = _c_strings([*numbers, *texts])
        self._output_names = _c_strings([output])
        self._run_function = library.function("run")
        self._fill_function = library.function("fill_strings")
        # The buffers below serve one row at a time; a thread that finds them taken goes another way.
        self._lock = threading.Lock()
        self._prepare_single_row()

    def __del__(self) -> None:
        for value in getattr(self, "_values", ()):
            self._library.release("value", value)
        if getattr(self, "_session", 0):
            self._library.release("session", self._session)
        if getattr(self, "_options", 0):
            self._library.release("run_options", self._options)

    def stop(self) -> None:
        """End what runs, from another thread, before its next node; nothing can run here any more."""
        self._library.call("set_terminate", self._options)

    def run_one(self, numbers: list[Any], texts: Sequence[str]) -> list[float]:
        """Return the answer to one row, `width` numbers; raises `OnnxRuntimeError`.

        Nobody waits for another thread: one that is stuck, as a shadow, must not hold up the champion that
        the same version has become.
        """
        if not self._lock.acquire(blocking=False):
            return self.run([(number,) for number in numbers], [(text,) for text in texts])[0]
        try:
            self._number_buffer[:] = numbers
            for value, buffer, text in zip(self._text_values, self._text_buffers, texts, strict=True):
                buffer[0] = text.encode()
                self._fill_function(value, buffer, 1)
            status = self._run_single()
            if status is not None:
                self._library.check(status)
            return self._output_buffer[:]
        finally:
            self._lock.release()

    def run(self, numbers: Sequence[Row], texts: Sequence[Sequence[str]]) -> list[list[float]]:
        """Return the answers to N rows, given by column: each of `numbers` and `texts` holds N values."""
        rows = len(numbers[0]) if numbers else len(texts[0])
        made: list[Address] = []
        try:
            buffers = [(ctypes.c_float * rows)(*column) for column in numbers]
            made += [self._over(ctypes.addressof(buffer), rows, 1) for buffer in buffers]
            made += [self._strings(column) for column in texts]
            answer = (ctypes.c_float * (rows * self._width))()
            made.append(self._over(ctypes.addressof(answer), rows, self._width))
            inputs = (ctypes.c_void_p * (len(made) - 1))(*made[:-1])
            self._library.check(self._run(inputs, (ctypes.c_void_p * 1)(made[-1])))
        finally:
            for value in made:
                self._library.release("value", value)
        return [answer[start : start + self._width] for start in range(0, len(answer), self._width)]

    def _prepare_single_row(self) -> None:
        self._number_buffer = (ctypes.c_float * self._numbers)()
        self._output_buffer = (ctypes.c_float * self._width)()
        start = ctypes.addressof(self._number_buffer)
        for index in range(self._numbers):
            self._values.append(self._over(start + _FLOAT_BYTES * index, 1, 1))
        self._text_values = [self._strings([""]) for _ in range(self._texts)]
        self._text_buffers = [(ctypes.c_char_p * 1)() for _ in range(self._texts)]
        self._values += self._text_values
        self._single_inputs = (ctypes.c_void_p * len(self._values))(*self._values)
        self._values.append(self._over(ctypes.addressof(self._output_buffer), 1, self._width))
        self._single_output = (ctypes.c_void_p * 1)(self._values[-1])
        self._run_single = self._bound_run()

    def _bound_run(self) -> Callable[[], Address | None]:
        run, count = self._run_function, len(self._single_inputs)
        arguments = (
            self._session,
            self._options,
            ctypes.addressof(self._input_names),
            ctypes.addressof(self._single_inputs),
            count,
            ctypes.addressof(self._output_names),
            1,
            ctypes.addressof(self._single_output),
        )
        return lambda: run(*arguments)

    def _run(self, inputs: ctypes.Array[ctypes.c_void_p], output: object) -> Address | None:
        session, options = self._session, self._options
        return self._run_function(
            session, options, self._input_names, inputs, len(inputs), self._output_names, 1, output
        )

    def _over(self, buffer: Address, rows: int, columns: int) -> Address:
        shape = (ctypes.c_int64 * 2)(rows, columns)
        size = rows * columns * _FLOAT_BYTES
        memory = self._library.cpu_memory
        return self._library.make("create_tensor_over", memory, buffer, size, shape, 2, _FLOAT)

    def _strings(self, column: Sequence[str]) -> Address:
        shape = (ctypes.c_int64 * 2)(len(column), 1)
        value = self._library.make("create_tensor", self._library.allocator, shape, 2, _STRING)
        self._library.call("fill_strings", value, _c_strings(column), len(column))
        return value


def _create_session(library: OnnxLibrary, artifact: bytes) -> Address:
    options = library.make("create_session_options")
    try:
        library.call("set_execution_mode", options, _SEQUENTIAL)
        library.call("set_optimization_level", options, _NO_OPTIMIZATION)
        library.call("set_intra_op_threads", options, 1)
        library.call("set_inter_op_threads", options, 1)
        library.call("disable_cpu_arena", options)
        return library.make(
            "create_session_from_array", library.environment, artifact, len(artifact), options
        )
    finally:
        library.release("session_options", options)


def _check_names(library: OnnxLibrary, session: Address, *, inputs: list[str], output: str) -> None:
    """Compare names first: a C call with a wrong name says less of what is wrong."""
    found = _names(library, session, "input")
    if sorted(found) != sorted(inputs):
        odd = sorted(set(found) ^ set(inputs))
        raise OnnxRuntimeError(f"the model's inputs are not the features of its record: {odd[:5]}")
    if output not in _names(library, session, "output"):
        raise OnnxRuntimeError(f"the model has no output {output!r}")


def _names(library: OnnxLibrary, session: Address, side: str) -> list[str]:
    count = library.make(f"{side}_count", session)
    names = []
    for index in range(count):
        text = library.make(f"{side}_name", session, index, library.allocator)
        names.append(ctypes.string_at(text).decode("utf-8", "replace"))
        library.call("free", library.allocator, text)
    return names


def _c_strings(texts: Sequence[str]) -> ctypes.Array[ctypes.c_char_p]:
    return (ctypes.c_char_p * len(texts))(*[text.encode() for text in texts])
