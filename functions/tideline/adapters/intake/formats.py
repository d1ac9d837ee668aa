"""What a file is, told by its first bytes; its name is only asked whether it claims something else."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePosixPath

from tideline.domain.intake.canonical_file import RejectReason
from tideline.errors import FileRejected

SNIFFED_BYTES = 4096
_BOM = b"\xef\xbb\xbf"


class Packing(StrEnum):
    """How a file is compressed; the value is what its name ends in."""

    NONE = ""
    GZIP = "gz"
    ZSTD = "zst"


class Layout(StrEnum):
    """How the rows are written down."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    PARQUET = "parquet"


_PACKINGS = {b"\x1f\x8b": Packing.GZIP, b"\x28\xb5\x2f\xfd": Packing.ZSTD}
_CLAIMS = {
    ".csv": Layout.CSV,
    ".tsv": Layout.CSV,
    ".jsonl": Layout.JSON_LINES,
    ".ndjson": Layout.JSON_LINES,
    ".json": Layout.JSON_LINES,
    ".parquet": Layout.PARQUET,
    ".pq": Layout.PARQUET,
}
_FOREIGN = {
    b"PK\x03\x04": "a zip archive or an Excel workbook: drop the table in it as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save it as CSV (UTF-8)",
    b"BZh": "compressed with bzip2: use gzip or zstd",
    b"\xfd7zXZ\x00": "compressed with xz: use gzip or zstd",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive: drop the table in it as CSV",
    b"Obj\x01": "an Avro file: write it as Parquet",
    b"ORC": "an ORC file: write it as Parquet",
    b"ARROW1": "an Arrow or Feather file: write it as Parquet",
    b"PARE": "encrypted Parquet: drop it decrypted",
    b"%PDF": "a PDF document: drop the table in it as CSV",
    b"SQLite format 3\x00": "an SQLite database: export the table as CSV",
    b"\x89HDF\r\n": "an HDF5 file: write it as Parquet",
}


def sniff_packing(head: bytes) -> Packing:
    """Return how a file that begins with `head` is compressed."""
    skippable = head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F  # noqa: PLR2004
    if skippable:
        return Packing.ZSTD
    return next((kind for magic, kind in _PACKINGS.items() if head.startswith(magic)), Packing.NONE)


def sniff_layout(head: bytes) -> Layout:
    """Return how the rows of an uncompressed file that begins with `head` are written.

    Raises:
        FileRejected: the file is empty, or of a kind that holds no table this reads.
    """
    text = head.removeprefix(_BOM).lstrip(b" \t\r\n")
    if not text:
        raise FileRejected(RejectReason.EMPTY, "the file is empty")
    if head.startswith(b"PAR1"):
        return Layout.PARQUET
    foreign = next((what for magic, what in _FOREIGN.items() if head.startswith(magic)), None)
    if foreign is not None:
        raise FileRejected(RejectReason.UNSUPPORTED_FORMAT, f"this is {foreign}")
    if sniff_packing(head) is not Packing.NONE:
        raise FileRejected(RejectReason.UNSUPPORTED_FORMAT, "this is compressed twice: once is enough")
    if text.startswith(b"["):
        raise FileRejected(
            RejectReason.UNSUPPORTED_FORMAT,
            "this is a JSON array; JSON Lines has one object a line: jq -c '.[]' FILE > FILE.jsonl",
        )
    return Layout.JSON_LINES if text.startswith(b"{") else Layout.CSV


def check_name(name: str, layout: Layout) -> None:
    """Raise `FileRejected` where a file's name claims another layout than its bytes have."""
    suffixes = [suffix.lower() for suffix in PurePosixPath(name).suffixes]
    while suffixes and suffixes[-1] in (".gz", ".zst", ".gzip", ".zstd"):
        suffixes.pop()
    claimed = _CLAIMS.get(suffixes[-1]) if suffixes else None
    if claimed is not None and claimed is not layout:
        raise FileRejected(
            RejectReason.NOT_WHAT_ITS_NAME_SAYS,
            f"the name says {_SPELLED[claimed]} ({suffixes[-1]}), the content is {_SPELLED[layout]}:"
            f" rename it to .{layout} or write what the name says",
        )


_SPELLED = {Layout.CSV: "CSV", Layout.JSON_LINES: "JSON Lines", Layout.PARQUET: "Parquet"}
