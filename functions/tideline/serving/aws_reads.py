"""The serving path's two reads: the deployment record from DynamoDB, the artifact from S3."""

from __future__ import annotations

from typing import Any

import msgspec

from tideline.errors import ArtifactInvalid, StorageUnavailable
from tideline.serving.aws_http import (
    AwsClient,
    AwsRequest,
    AwsRequestRefused,
    custom_endpoint,
    environment_region,
)
from tideline.serving.http_connection import Endpoint, Response
from tideline.serving.signing import quote

_JSON = "application/x-amz-json-1.0"
_NOT_FOUND = 404


class _Text(msgspec.Struct):
    S: str


class _Item(msgspec.Struct):
    document: _Text


class _GetItemAnswer(msgspec.Struct):
    Item: _Item | None = None


class DeploymentTable(msgspec.Struct, frozen=True):
    """Reads deployment records from the registry table."""

    client: AwsClient
    table_name: str

    def read(self, model: str, *, attempts: int) -> bytes | None:
        """Return a model's deployment document as JSON, or None where it has none.

        The read is consistent: an older generation must never be read after a newer one.

        Raises:
            StorageUnavailable: if what comes is no such answer.
        """
        key = {"pk": {"S": f"MODEL#{model}"}, "sk": {"S": "DEPLOYMENT"}}
        body = {
            "TableName": self.table_name,
            "Key": key,
            "ConsistentRead": True,
            "ProjectionExpression": "document",
        }
        request = AwsRequest(
            what="dynamodb GetItem",
            method="POST",
            path="/",
            headers={"content-type": _JSON, "x-amz-target": "DynamoDB_20120810.GetItem"},
            body=msgspec.json.encode(body),
        )
        response = self.client.call(request, attempts=attempts)
        try:
            item = msgspec.json.decode(response.body, type=_GetItemAnswer).Item
        except msgspec.DecodeError as error:
            # Typed, so that a record at hand is kept.
            raise StorageUnavailable(f"{request.what}: an answer that can't be read: {error}") from error
        return None if item is None else item.document.S.encode()


class LakeObjects(msgspec.Struct, frozen=True):
    """Reads objects of the lake bucket."""

    client: AwsClient
    prefix: str

    def read(self, key: str, *, attempts: int) -> bytes:
        """Return an object's bytes.

        Raises:
            ArtifactInvalid: if there is no such object.
        """
        request = AwsRequest(
            what=f"s3 GetObject {key}", method="GET", path=f"{self.prefix}/{quote(key)}", headers={}
        )
        try:
            return self.client.call(request, attempts=attempts).body
        except AwsRequestRefused as error:
            if error.status == _NOT_FOUND:
                raise ArtifactInvalid(f"the lake has no object {key}") from error
            raise


def deployment_table(table_name: str) -> DeploymentTable:
    """Connect to the registry table as the environment says."""
    region = environment_region()
    endpoint = custom_endpoint("dynamodb") or _regional(f"dynamodb.{region}", region)
    client = AwsClient(service="dynamodb", region=region, endpoint=endpoint, error_code=dynamodb_error_code)
    return DeploymentTable(client, table_name)


def lake_objects(bucket: str) -> LakeObjects:
    """Connect to the lake as the environment says: by path where an endpoint is set, else by host."""
    region = environment_region()
    custom = custom_endpoint("s3")
    endpoint = custom or _regional(f"{bucket}.s3.{region}", region)
    client = AwsClient(service="s3", region=region, endpoint=endpoint, error_code=s3_error_code)
    return LakeObjects(client, prefix=f"/{bucket}" if custom else "")


def _regional(name: str, region: str) -> Endpoint:
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return Endpoint(secure=True, host=f"{name}.{suffix}", port=443)


def dynamodb_error_code(response: Response) -> str:
    """Return the last part of `__type`, such as `ThrottlingException`."""
    try:
        answer: Any = msgspec.json.decode(response.body)
    except msgspec.DecodeError:
        return ""
    kind = answer.get("__type", "") if isinstance(answer, dict) else ""
    return str(kind).rpartition("#")[2]


def s3_error_code(response: Response) -> str:
    """Return what stands in the `Code` element."""
    _, _, rest = response.body.partition(b"<Code>")
    return rest.partition(b"</Code>")[0][:64].decode("utf-8", "replace")
