"""A data set version is an ordered list of accepted batches: immutable, cheap, exact in its lineage.

Version *n* of a model's data is what its first *n* accepted batches add up to. A batch may take the place
of earlier ones: a file dropped again under its own key is a new edition of that file, not more rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from tideline.domain.intake.dropped_object import ObjectOutcome, ObjectReceipt
from tideline.domain.value import Value


class Batch(Value):
    """One accepted file, as canonical Parquet in the lake.

    Attributes:
        number: Place in the model's order of batches, from 1; also the data set version it made.
        sha256: Of the Parquet bytes, in hexadecimal: the batch's address.
        source_sha256: Of the bytes as they were dropped.
        schema_sha256: Of the part of the spec by which the file was read.
        faults: Row faults by kind, with the number of rows that have it.
        supersedes: Numbers of earlier batches whose place this one takes.
    """

    model: str
    number: int
    sha256: str
    source_sha256: str
    schema_sha256: str
    spec_version: int
    object_key: str
    object_version: str
    format: str
    rows: int
    bad_rows: int
    faults: dict[str, int] = {}
    extra_columns: tuple[str, ...] = ()
    size_bytes: int
    accepted_at: datetime
    supersedes: tuple[int, ...] = ()


def active_batches(batches: Iterable[Batch], *, version: int) -> list[Batch]:
    """Return the batches of a data set version, oldest first."""
    present = sorted((b for b in batches if b.number <= version), key=lambda b: b.number)
    replaced = {number for batch in present for number in batch.supersedes}
    return [batch for batch in present if batch.number not in replaced]


def held_contents(receipts: Iterable[ObjectReceipt], batches: Iterable[Batch]) -> dict[str, str]:
    """Return, for every key in the inbox, the content that its newest usable edition has.

    Args:
        receipts: What was dropped, oldest first.
        batches: Every batch of the model.
    """
    contents = {batch.number: batch.sha256 for batch in batches}
    return {
        receipt.key: contents[receipt.batch]
        for receipt in receipts
        if receipt.outcome in (ObjectOutcome.ACCEPTED, ObjectOutcome.DUPLICATE) and receipt.batch in contents
    }


def left_by(key: str, active: Iterable[Batch], *, held: Mapping[str, str]) -> set[int]:
    """Return the batches that nobody holds any more once `key` holds something else.

    Two files with the same content are one batch; it stays for as long as one of them is there.
    """
    others = {content for holder, content in held.items() if holder != key}
    return {
        batch.number
        for batch in active
        if (batch.object_key == key or batch.sha256 == held.get(key)) and batch.sha256 not in others
    }


def dataset_sha256(batches: Iterable[Batch]) -> str:
    """Return the identity of a data set: the hash of its active batches' addresses, in order."""
    return hashlib.sha256("\n".join(batch.sha256 for batch in batches).encode()).hexdigest()
