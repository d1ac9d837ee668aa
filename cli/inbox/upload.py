"""Put a file into the inbox, in parts where it is large, and learn the version it became."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tideline.domain.intake.dropped_object import DroppedObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

# S3 takes parts from 5 MiB to 5 GiB, at most 10,000 of them.
PART_BYTES = 16 * 1024 * 1024
_MOST_PARTS = 10_000

Progress = Callable[[int], None]
"""Called with the bytes that have just been sent."""


@dataclass(frozen=True)
class Inbox:
    """The inbox bucket."""

    client: S3Client
    bucket: str

    def drop(self, path: Path, key: str, *, progress: Progress = lambda _sent: None) -> DroppedObject:
        """Put a file; nothing is left behind where that is interrupted."""
        size_bytes = path.stat().st_size
        with path.open("rb") as file:
            if size_bytes <= PART_BYTES:
                version = self._put(file.read(), key)
                progress(size_bytes)
            else:
                version = self._put_parts(file, key, size_bytes=size_bytes, progress=progress)
        return self._dropped(key, version, size_bytes)

    def drop_bytes(self, content: bytes, key: str) -> DroppedObject:
        """Put bytes."""
        return self._dropped(key, self._put(content, key), len(content))

    def _put(self, content: bytes, key: str) -> str | None:
        return self.client.put_object(Bucket=self.bucket, Key=key, Body=content).get("VersionId")

    def _put_parts(self, file: IO[bytes], key: str, *, size_bytes: int, progress: Progress) -> str | None:
        upload = self.client.create_multipart_upload(Bucket=self.bucket, Key=key)["UploadId"]
        address = {"Bucket": self.bucket, "Key": key, "UploadId": upload}
        parts: list[CompletedPartTypeDef] = []
        try:
            for number, content in enumerate(_parts(file, size_bytes), start=1):
                sent = self.client.upload_part(**address, PartNumber=number, Body=content)  # type: ignore[arg-type]
                parts.append({"PartNumber": number, "ETag": sent["ETag"]})
                progress(len(content))
            done = self.client.complete_multipart_upload(**address, MultipartUpload={"Parts": parts})  # type: ignore[arg-type]
        except BaseException:
            self.client.abort_multipart_upload(**address)  # type: ignore[arg-type]
            raise
        return done.get("VersionId")

    def _dropped(self, key: str, version: str | None, size_bytes: int) -> DroppedObject:
        return DroppedObject(bucket=self.bucket, key=key, version_id=version or "null", size_bytes=size_bytes)


def _parts(file: IO[bytes], size_bytes: int) -> Iterator[bytes]:
    part_bytes = max(PART_BYTES, -(-size_bytes // _MOST_PARTS))
    while content := file.read(part_bytes):
        yield content
