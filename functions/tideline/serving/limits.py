"""How much is answered in one call; apart, for what describes the API is shipped without msgspec."""

from __future__ import annotations

MAX_INSTANCES = 1_000
MAX_KEY_CHARACTERS = 256
