"""One S3 bucket as an object store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError

from tideline.adapters.aws_errors import error_code, translated
from tideline.errors import ObjectMissing, ObjectUnreadable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# MethodNotAllowed is S3's answer for a version that is a delete marker.
_MISSING = frozenset({"NoSuchKey", "NoSuchVersion", "404", "MethodNotAllowed", "405", "InvalidArgument"})

# Encrypted with a key that we may not use, or moved to an archive.
_UNREADABLE = frozenset({"AccessDenied", "403", "InvalidObjectState"})


class S3ObjectStore:
    """`tideline.ports.ObjectStore` on one bucket."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self, key: str, *, version_id: str | None = None) -> bytes:
        with _found(key):
            answer = self._client.get_object(**self._address(key, version_id))  # type: ignore[arg-type]
            return answer["Body"].read()

    def download(self, key: str, path: Path, *, version_id: str | None = None) -> None:
        with _found(key):
            answer = self._client.get_object(**self._address(key, version_id))  # type: ignore[arg-type]
            with path.open("wb") as file:
                for chunk in answer["Body"].iter_chunks(1 << 20):
                    file.write(chunk)

    def write(self, key: str, content: bytes) -> None:
        with translated("S3"):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=content)

    def upload(self, path: Path, key: str) -> None:
        with translated("S3"):
            try:
                self._client.upload_file(str(path), self._bucket, key)
            except S3UploadFailedError as exc:
                # boto3 wraps what S3 answered, and would hide that it asked for patience.
                raise exc.__context__ or exc from None

    def copy(self, source: str, target: str) -> None:
        with _found(source):
            self._client.copy_object(
                Bucket=self._bucket, Key=target, CopySource={"Bucket": self._bucket, "Key": source}
            )

    def size(self, key: str, *, version_id: str | None = None) -> int:
        with _found(key):
            answer = self._client.head_object(**self._address(key, version_id))  # type: ignore[arg-type]
            return int(answer["ContentLength"])

    def written_at(self, key: str, *, version_id: str | None = None) -> datetime:
        with _found(key):
            answer = self._client.head_object(**self._address(key, version_id))  # type: ignore[arg-type]
            return answer["LastModified"].astimezone(UTC)

    def current_version(self, key: str) -> str | None:
        try:
            with _found(key):
                return str(self._client.head_object(Bucket=self._bucket, Key=key).get("VersionId", "null"))
        except ObjectMissing:
            return None

    def listed(self, prefix: str) -> Sequence[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        with translated("S3"):
            return sorted(found["Key"] for page in pages for found in page.get("Contents", ()))

    def sizes(self, prefix: str) -> Mapping[str, int]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        with _found(prefix):
            return {found["Key"]: int(found["Size"]) for page in pages for found in page.get("Contents", ())}

    def holds_any(self, prefix: str) -> bool:
        with translated("S3"):
            found = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, MaxKeys=1)
        return bool(found["KeyCount"])

    def delete(self, key: str) -> None:
        with translated("S3"):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def _address(self, key: str, version_id: str | None) -> dict[str, str]:
        address = {"Bucket": self._bucket, "Key": key}
        # A bucket that was never versioned calls its only version "null" and takes no id for it.
        if version_id and version_id != "null":
            address["VersionId"] = version_id
        return address


@contextmanager
def _found(key: str) -> Iterator[None]:
    try:
        with translated("S3"):
            yield
    except ClientError as exc:
        if error_code(exc) in _MISSING:
            raise ObjectMissing(key) from exc
        if error_code(exc) in _UNREADABLE or error_code(exc).startswith("KMS."):
            raise ObjectUnreadable(key, error_code(exc)) from exc
        raise
