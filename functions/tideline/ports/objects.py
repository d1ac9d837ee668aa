"""One bucket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol


class ObjectStore(Protocol):
    """One bucket."""

    def read(self, key: str, *, version_id: str | None = None) -> bytes:
        """Return an object's bytes; raises `ObjectMissing` or `ObjectUnreadable`."""
        ...

    def download(self, key: str, path: Path, *, version_id: str | None = None) -> None:
        """Write an object to a file; raises `ObjectMissing` or `ObjectUnreadable`."""
        ...

    def write(self, key: str, content: bytes) -> None:
        """Put bytes; what was there is replaced."""
        ...

    def upload(self, path: Path, key: str) -> None:
        """Put a file's bytes; what was there is replaced."""
        ...

    def copy(self, source: str, target: str) -> None:
        """Copy within the bucket; raises `ObjectMissing`."""
        ...

    def size(self, key: str, *, version_id: str | None = None) -> int:
        """Return an object's size in bytes; raises `ObjectMissing`."""
        ...

    def written_at(self, key: str, *, version_id: str | None = None) -> datetime:
        """Return when an object was put, in UTC; raises `ObjectMissing` or `ObjectUnreadable`."""
        ...

    def current_version(self, key: str) -> str | None:
        """Return the newest version id, or None where there is no such object."""
        ...

    def listed(self, prefix: str) -> Sequence[str]:
        """Return the keys that start with `prefix`, sorted."""
        ...

    def sizes(self, prefix: str) -> Mapping[str, int]:
        """Return the sizes in bytes of the objects whose keys start with `prefix`.

        Raises `ObjectUnreadable` where they may not be listed.
        """
        ...

    def holds_any(self, prefix: str) -> bool:
        """Tell whether any key starts with `prefix`."""
        ...

    def delete(self, key: str) -> None:
        """Delete an object; one that is not there is deleted already."""
        ...
