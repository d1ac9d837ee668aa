"""A versioned bucket in memory."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from tests.fakes.clock import START
from tideline.domain.intake.dropped_object import DroppedObject
from tideline.errors import ObjectMissing, ObjectUnreadable


class FakeObjectStore:
    """`tideline.ports.ObjectStore`; a version whose content is None is a delete marker.

    Versions are written a second apart, whatever else happens in between.
    """

    def __init__(self, name: str = "bucket") -> None:
        self.name = name
        self._versions: dict[str, list[tuple[str, bytes | None]]] = {}
        self._ids = count(1)
        self.unreadable: set[str] = set()

    def read(self, key: str, *, version_id: str | None = None) -> bytes:
        versions = self._versions.get(key, [])
        wanted = versions[-1:] if version_id is None else [v for v in versions if v[0] == version_id]
        content = wanted[0][1] if wanted else None
        if content is None:
            raise ObjectMissing(key)
        if key in self.unreadable:
            raise ObjectUnreadable(key, "KMS.DisabledException")
        return content

    def download(self, key: str, path: Path, *, version_id: str | None = None) -> None:
        path.write_bytes(self.read(key, version_id=version_id))

    def write(self, key: str, content: bytes) -> None:
        self._versions.setdefault(key, []).append((f"v{next(self._ids):06d}", content))

    def upload(self, path: Path, key: str) -> None:
        self.write(key, path.read_bytes())

    def copy(self, source: str, target: str) -> None:
        self.write(target, self.read(source))

    def size(self, key: str, *, version_id: str | None = None) -> int:
        return len(self.read(key, version_id=version_id))

    def written_at(self, key: str, *, version_id: str | None = None) -> datetime:
        self.read(key, version_id=version_id)
        newest = version_id or self._versions[key][-1][0]
        return START + timedelta(seconds=int(newest[1:]))

    def current_version(self, key: str) -> str | None:
        newest = self._versions.get(key, [])[-1:]
        return next((version_id for version_id, content in newest if content is not None), None)

    def listed(self, prefix: str) -> list[str]:
        return sorted(key for key in self.keys if key.startswith(prefix))

    def sizes(self, prefix: str) -> dict[str, int]:
        if prefix in self.unreadable:
            raise ObjectUnreadable(prefix, "AccessDenied")
        return {key: self.size(key) for key in self.listed(prefix)}

    def holds_any(self, prefix: str) -> bool:
        return bool(self.listed(prefix))

    # What users and operators do, which no port offers.

    def drop(self, key: str, content: bytes) -> DroppedObject:
        """Put an object as a user does, and return what S3 tells of it."""
        self.write(key, content)
        version_id = self._versions[key][-1][0]
        return DroppedObject(
            bucket=self.name,
            key=key,
            version_id=version_id,
            sequencer=version_id[1:],
            size_bytes=len(content),
        )

    def delete(self, key: str, *, version_id: str | None = None) -> None:
        """Put a delete marker, or remove one version for good."""
        if version_id is None:
            self._versions.setdefault(key, []).append((f"v{next(self._ids):06d}", None))
        else:
            self._versions[key] = [v for v in self._versions[key] if v[0] != version_id]

    @property
    def keys(self) -> set[str]:
        """Keys with a content now."""
        return {key for key in self._versions if self.current_version(key) is not None}
