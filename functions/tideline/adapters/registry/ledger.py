"""The ledger (``LEDGER#000001`` on, ``LEDGER#HEAD``), whose entries are written with what they speak of."""

from __future__ import annotations

from collections.abc import Sequence

from tideline.adapters.registry.table import (
    NEW,
    Change,
    Put,
    RegistryTable,
    Write,
    numbered,
    partition,
)
from tideline.domain.ledger.entry import Decision, LedgerEntry, LedgerHead, chain
from tideline.errors import RegistryConflict, ThrottledByService

_HEAD = "LEDGER#HEAD"
_LEDGER = "LEDGER#"
# Others that decide about the same model at the same time; each round one of them gets through.
_ATTEMPTS = 20


class DynamoDbLedger:
    """`tideline.ports.Ledger` on the registry's table."""

    def __init__(self, table: RegistryTable) -> None:
        self._table = table

    def head(self, model: str) -> LedgerHead:
        item = self._table.get(partition(model), _HEAD)
        if item is None:
            return LedgerHead()
        return LedgerHead(number=int(item["latest"]), sha256=str(item["sha256"]))

    def entries(self, model: str) -> Sequence[LedgerEntry]:
        return [LedgerEntry.model_validate_json(text) for text in self._texts(model)]

    def stored(self, model: str) -> tuple[LedgerEntry | None, ...]:
        return tuple(_readable(text) for text in self._texts(model))

    def write(self, model: str, *writes: Write, decision: Decision) -> LedgerEntry:
        """Do all of `writes` and enter the decision, or do nothing.

        Raises:
            RegistryConflict: a condition of `writes` does not hold.
            ThrottledByService: others kept entering, and never left a moment for this.
        """
        head = self.head(model)
        for _ in range(_ATTEMPTS):
            entry = chain(model, decision, head=head)
            try:
                self._table.write(*writes, *_enter(entry))
            except RegistryConflict:
                newest = self.head(model)
                # Nobody else has entered anything: then it is one of the caller's own conditions.
                if newest == head:
                    raise
                head = newest
            else:
                return entry
        raise ThrottledByService(f"DynamoDB: others kept adding to the ledger of {model!r}")

    def _texts(self, model: str) -> list[str]:
        rows = self._table.query(partition(model), _LEDGER)
        return [str(row.get("document", "")) for row in rows if row["sk"] != _HEAD]


def _readable(text: str) -> LedgerEntry | None:
    try:
        return LedgerEntry.model_validate_json(text)
    except ValueError:
        return None


def _enter(entry: LedgerEntry) -> tuple[Write, ...]:
    pk = partition(entry.model)
    first = entry.number == 1
    return (
        Put(
            {"pk": pk, "sk": numbered("LEDGER", entry.number), "document": entry.model_dump_json()},
            condition=NEW,
        ),
        Change(
            (pk, _HEAD),
            set={"latest": entry.number, "sha256": entry.sha256},
            condition=NEW if first else "latest = :number_before AND sha256 = :hash_before",
            values={}
            if first
            else {":number_before": entry.number - 1, ":hash_before": entry.previous_sha256},
        ),
    )
