"""Problems that a caller is told of, as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

CONTENT_TYPE = "application/problem+json"

_TITLES = {
    400: "The request can't be read",
    404: "There is no such live model",
    409: "The request conflicts with the state",
    413: "The request is too large",
    415: "The content type is not JSON",
    422: "The request breaks the model's contract",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "The model can't answer right now",
}


class Problem(Exception):
    """Ends a request; carries what the caller is told.

    Args:
        status: HTTP status.
        detail: What is wrong and what would be right, for a person.
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
        super().__init__(detail)
        self.status = status
        self.detail = detail
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
        return msgspec.json.encode(document)
