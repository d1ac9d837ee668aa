"""Problems that a caller is told of, as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Sequence

CONTENT_TYPE = "application/problem+json"
# Some details quote what was sent. Lambda's answers end at 6 MB, and in JSON a character takes up to seven.
MAX_DETAIL_CHARACTERS = 2_000

_TITLES = {
    400: "The request can't be read",
    403: "The caller may not do this",
    404: "There is no such model or version",
    405: "The method is not allowed here",
    409: "The request conflicts with the state",
    413: "The request is too large",
    415: "The content type is not JSON",
    422: "The request breaks its contract",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "The model can't answer right now",
}


class Problem(Exception):
    """Ends a request; carries what the caller is told.

    Args:
        status: HTTP status.
        detail: What is wrong and what would be right, for a person; cut where it is very long.
        retry_after_s: When trying again may help.
        errors: Single faults: instance, field, reason.
        more: How many faults `errors` leaves out.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        retry_after_s: int | None = None,
        errors: Sequence[object] = (),
        more: int = 0,
    ) -> None:
        self.detail = (
            detail if len(detail) <= MAX_DETAIL_CHARACTERS else f"{detail[:MAX_DETAIL_CHARACTERS]}..."
        )
        super().__init__(self.detail)
        self.status = status
        self.retry_after_s = retry_after_s
        self.errors = tuple(errors)
        self.more = more

    def body(self, *, request_id: str) -> bytes:
        """Return the document."""
        document: dict[str, object] = {
            "type": f"urn:tideline:problem:{self.status}",
            "title": _TITLES[self.status],
            "status": self.status,
            "detail": self.detail,
            "instance": f"urn:tideline:request:{request_id}",
        }
        if self.errors:
            document["errors"] = self.errors
        if self.more:
            document["more_errors"] = self.more
        # Not by msgspec: functions off the serving path answer with problems too, and are shipped without it.
        return json.dumps(document, separators=(",", ":"), default=_fields).encode()


def _fields(fault: object) -> dict[str, object]:
    """Return the fields of a msgspec struct."""
    return {name: getattr(fault, name) for name in fault.__struct_fields__}  # type: ignore[attr-defined]
