"""What a model file must be before a parser sees it: the one that was registered, and no other format."""

from __future__ import annotations

import hashlib

from tideline.errors import ArtifactInvalid

# A forest of 1,000 trees with 255 leaves is about 12 MB; loading 64 MB takes a third of the time limit.
MAX_ARTIFACT_BYTES = 64 * 1024 * 1024
# ModelProto begins with field 1, `ir_version`, a varint: pickles, archives and scripts do not.
_IR_VERSION_TAG = b"\x08"
_OLDEST_IR, _NEWEST_IR = 3, 20
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
# The tag of ModelProto's field 7, the graph, which is a message of its own.
_GRAPH_TAG = 7 << 3 | _LENGTH
# The bit of a varint's byte that says another one follows.
_MORE = 0x80


def check_artifact(artifact: bytes, *, sha256: str) -> None:
    """Refuse bytes that aren't the registered file or can't be an ONNX model.

    Raises:
        ArtifactInvalid: saying which check failed.
    """
    if len(artifact) > MAX_ARTIFACT_BYTES:
        raise ArtifactInvalid(f"{len(artifact):,} bytes; at most {MAX_ARTIFACT_BYTES:,} are loaded")
    found = hashlib.sha256(artifact).hexdigest()
    if found != sha256:
        raise ArtifactInvalid(f"its SHA-256 is {found}, registered was {sha256}")
    if artifact[:1] != _IR_VERSION_TAG or len(artifact) == 1:
        raise ArtifactInvalid("it does not begin as an ONNX file does")
    if not _OLDEST_IR <= artifact[1] <= _NEWEST_IR:
        raise ArtifactInvalid(f"its ONNX IR version is {artifact[1]}")
    if _GRAPH_TAG not in _tags(artifact):
        raise ArtifactInvalid("it holds no graph")


def _tags(message: bytes) -> set[int]:
    """Return the tags of the top level of a protobuf message, whose parts must fill it exactly."""
    found, position = set(), 0
    while position < len(message):
        tag, position = _varint(message, position)
        position = _skip(message, position, wire=tag & 7)
        found.add(tag)
    if position != len(message):
        raise ArtifactInvalid("it is cut off")
    return found


def _skip(message: bytes, position: int, *, wire: int) -> int:
    if wire == _VARINT:
        return _varint(message, position)[1]
    if wire == _LENGTH:
        length, position = _varint(message, position)
        return position + length
    if wire in (_FIXED32, _FIXED64):
        return position + (8 if wire == _FIXED64 else 4)
    raise ArtifactInvalid("it is not protobuf")


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            raise ArtifactInvalid("it is cut off")
        byte = message[position]
        position += 1
        value |= (byte & ~_MORE) << shift
        if not byte & _MORE:
            return value, position
    raise ArtifactInvalid("it is not protobuf")
