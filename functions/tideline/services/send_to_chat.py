"""Put a letter of the topic into a chat."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain.alerts.plain_text import without_mentions
from tideline.errors import ChatRefused
from tideline.events.aws import SnsNotification
from tideline.ports import Chat, DeadLetters, Secret

# What Slack shows of a message without folding it; the others take more.
# https://docs.slack.dev/changelog/2018-truncating-really-long-messages/
_MOST_CHARACTERS = 4_000


@dataclass(frozen=True)
class SendToChat:
    """Idempotency key: none. The same message twice in a chat harms nobody."""

    address: Secret
    chat: Chat
    dead_letters: DeadLetters

    def __call__(self, notification: SnsNotification) -> ChatRefused | None:
        """Post a letter; return why the chat does not take it, in which case it is kept as a dead letter.

        Raises:
            ChatUnavailable: try again.
        """
        try:
            self.chat.post(self.address.read(), _text(notification))
        except ChatRefused as refusal:
            self.dead_letters.keep(notification.model_dump_json(by_alias=True), reason=str(refusal))
            return refusal
        return None


def _text(notification: SnsNotification) -> str:
    whole = without_mentions(f"{notification.subject}\n{notification.message}".strip())
    return whole if len(whole) <= _MOST_CHARACTERS else f"{whole[: _MOST_CHARACTERS - 1]}…"
