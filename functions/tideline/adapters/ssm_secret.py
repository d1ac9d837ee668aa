"""A secret in Parameter Store: a SecureString costs nothing, and is read when it is needed."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from tideline.adapters.aws_errors import error_code, translated
from tideline.errors import ChatRefused

_UNUSABLE = frozenset({"ParameterNotFound", "AccessDeniedException", "InvalidKeyId"})


class SsmSecret:
    """`tideline.ports.Secret`; read anew each time, so that a changed one holds at once."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def read(self) -> str:
        try:
            with translated("Systems Manager"):
                answer = self._client.get_parameter(Name=self._name, WithDecryption=True)
        except ClientError as exc:
            if error_code(exc) not in _UNUSABLE:
                raise
            raise ChatRefused(f"parameter {self._name} cannot be read: {error_code(exc)}") from exc
        parameter = answer["Parameter"]
        if parameter["Type"] != "SecureString":
            raise ChatRefused(f"parameter {self._name} is a {parameter['Type']}: store it as a SecureString")
        return str(parameter["Value"]).strip()
