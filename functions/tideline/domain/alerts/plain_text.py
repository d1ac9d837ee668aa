"""Texts from elsewhere, made safe for one line of a mail or a chat."""

from __future__ import annotations

import unicodedata

# What opens a mention or a link in Slack's and Google Chat's markup, and what looks nearly the same.
_MARKUP = str.maketrans({"<": "\u2039", ">": "\u203a"})
_INVISIBLE_AFTER_AT = "@\u200b"


def one_line(text: str, *, most: int) -> str:
    """Return a text without control, invisible and direction-turning characters, cut to `most` characters."""
    # Long before anybody would read it: a text of megabytes is not looked at character by character.
    known = "".join(_shown(character) for character in text[: 4 * most])
    line = " ".join(known.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def ascii_line(text: str, *, most: int) -> str:
    """Return the same for places that take nothing but ASCII; what it lacks becomes a question mark."""
    line = one_line(text, most=len(text) + 1).replace("…", "...")
    line = line.encode("ascii", "replace").decode("ascii")
    return line if len(line) <= most else f"{line[: most - 3]}..."


def without_mentions(text: str) -> str:
    """Return a text that calls nobody in a chat: a reason that says `<!channel>` or `@all` stays words."""
    return text.translate(_MARKUP).replace("@", _INVISIBLE_AFTER_AT)


def _shown(character: str) -> str:
    # C: control, format, surrogate, private, unassigned. Z: separators, of lines and paragraphs too.
    return " " if unicodedata.category(character)[0] in "CZ" else character
