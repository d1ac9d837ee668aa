"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from send_to_chat.settings import Settings
from tideline.adapters import aws
from tideline.adapters.chat_webhook import ChatWebhook
from tideline.runtime.settings import load
from tideline.services.send_to_chat import SendToChat


@cache
def send_to_chat() -> SendToChat:
    """Return the use case on AWS."""
    settings = load(Settings)
    return SendToChat(
        address=aws.secret(settings.webhook_parameter),
        chat=ChatWebhook(),
        dead_letters=aws.dead_letters(settings.chat_dead_letters_url),
    )
