"""From a card to text: a page like all of ours, and Markdown, which escapes by rules of its own."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from tideline.card.card import make_card
from tideline.card.evidence import Evidence
from tideline.page.rendering import page_template
from tideline.page.words import printable

_FOLDER = Path(__file__).parent
_HTML, _MARKDOWN = "card.html.j2", "card.md.j2"
# What means something within a line of Markdown, with GitHub's tables and strikethrough.
_MARKDOWN_SIGNS = re.compile(r"[\\`*\[\]|~]|(?<!\w)_|_(?!\w)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# GitHub links bare addresses; a name in a card is never a link.
_ADDRESS = re.compile(r"(?i)\b(https?|ftp|mailto|www)([:.])")


def render_html(evidence: Evidence) -> str:
    """Return the page: self-contained, without script, readable on paper."""
    card = make_card(evidence)
    return page_template(_FOLDER / _HTML).render(top=card.headline, sections=card.sections)


def render_markdown(evidence: Evidence) -> str:
    """Return the same as Markdown; plots are left out, as their numbers stand in the tables."""
    return _markdown().render(card=make_card(evidence))


@cache
def _markdown() -> Template:
    # `_escape_markdown` escapes for HTML as well.
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(default=False),
        finalize=_markdown_value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(_MARKDOWN)


def _markdown_value(value: Any) -> Any:
    return _escape_markdown(value) if isinstance(value, str) else value


def _escape_markdown(text: str) -> str:
    """Return a text that reads as itself anywhere in a line of Markdown."""
    line = " ".join(printable(text).split())
    entities = "".join(_ENTITIES.get(character, character) for character in line)
    escaped = _MARKDOWN_SIGNS.sub(lambda found: f"\\{found[0]}", entities)
    return _ADDRESS.sub(lambda found: f"{found[1]}{'&#58;' if found[2] == ':' else '&#46;'}", escaped)
