"""What this function needs from its environment."""

from __future__ import annotations

from tideline.runtime.settings import FunctionSettings


class Settings(FunctionSettings):
    """One field, one variable; the chat's address is in the parameter, never in a variable."""

    webhook_parameter: str
    chat_dead_letters_url: str
