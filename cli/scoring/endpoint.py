"""The prediction endpoint: rows out, predictions back, problems turned into sentences about rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.api import Answered, Send, sentence
from cli.errors import CliError

_MAX_TOLD = 10


@dataclass(frozen=True)
class Reply:
    """A call's answer: all of it by one version."""

    version: int
    predictions: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Wish:
    """What a caller asks for beside the predictions.

    Attributes:
        explain: Contributions of the features to each raw score.
        key: Keeps all calls with it on one version while another is being released.
    """

    explain: bool = False
    key: str | None = None

    def fields(self) -> dict[str, Any]:
        """Return it as fields of a request; those that are not wished for are left out."""
        key = {} if self.key is None else {"key": self.key}
        return ({"explain": True} if self.explain else {}) | key


PLAIN = Wish()


def predict(
    send: Send,
    model: str,
    instances: Sequence[Mapping[str, Any]],
    *,
    first_row: int,
    wish: Wish = PLAIN,
) -> Reply:
    """Return the predictions for instances.

    Args:
        send: Posts to the API.
        model: Name of the model.
        instances: At most 1,000.
        first_row: Number of the row that the first instance came from, for messages.
        wish: What else is asked for.

    Raises:
        CliError: the endpoint's problem, naming row, field and reason.
    """
    body = json.dumps({"instances": list(instances), **wish.fields()}, allow_nan=False).encode()
    answer = send(f"/models/{model}/predictions", body)
    document = answer.document()
    if not answer.is_good:
        raise CliError(_sentence(answer, document, first_row=first_row))
    return Reply(int(document["version"]), tuple(document["predictions"]))


def _sentence(answer: Answered, document: Mapping[str, Any], *, first_row: int) -> str:
    errors = [error for error in document.get("errors", ()) if isinstance(error, dict)]
    if not errors:
        return sentence(answer)
    lines = [
        f"  row {first_row + int(error['instance'])}, {error['field']}: {error['reason']}"
        for error in errors[:_MAX_TOLD]
    ]
    left = len(errors) - len(lines) + int(document.get("more_errors", 0))
    more = [f"  and {left:,} more faults"] if left > 0 else []
    return "\n".join(["the rows do not fit the model:", *lines, *more])
