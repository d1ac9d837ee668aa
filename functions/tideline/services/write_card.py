"""Write the model card beside a version's artifact."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from tideline.card.rendering import render_html, render_markdown
from tideline.domain import keys
from tideline.domain.release.version import ModelVersion
from tideline.errors import TransientError
from tideline.ports import ObjectStore
from tideline.services.read_evidence import ReadEvidence

HTML, MARKDOWN = "card.html", "card.md"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WriteCard:
    """Idempotency key: the version; the same evidence gives the same two files.

    A card is a view of evidence that is safe already, so a card that cannot be made costs no version: the
    reason goes to the log, and `tideline card` renders it from the same evidence at any time.
    """

    lake: ObjectStore
    read_evidence: ReadEvidence

    def __call__(self, version: ModelVersion) -> bool:
        """Write both cards, or neither; False where they cannot be made.

        Raises:
            TransientError: trying again may help, and finds the version registered.
        """
        try:
            evidence = self.read_evidence(version)
            cards = {HTML: render_html(evidence), MARKDOWN: render_markdown(evidence)}
        except TransientError:
            raise
        except Exception:
            # Whatever is wrong with evidence or template: nothing of the version depends on it.
            _log.exception("card not written")
            return False
        for name, text in cards.items():
            self.lake.write(keys.version_key(version.model, version.number, name), text.encode())
        return True
