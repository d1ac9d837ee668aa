"""From a card to text: one environment for both templates, which escape whatever they are given."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup

from tideline.card.card import make_card
from tideline.card.evidence import Evidence
from tideline.card.words import printable

_FOLDER = Path(__file__).parent
_HTML, _MARKDOWN = "card.html.j2", "card.md.j2"
# What means something within a line of Markdown, with GitHub's tables and strikethrough.
_MARKDOWN_SIGNS = re.compile(r"[\\`*\[\]|~]|(?<!\w)_|_(?!\w)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# GitHub links bare addresses; a name in a card is never a link.
_ADDRESS = re.compile(r"(?i)\b(https?|ftp|mailto|www)([:.])")


def render_html(evidence: Evidence) -> str:
    """Return the page: self-contained, without script, readable on paper."""
    return _template(_HTML).render(card=make_card(evidence))


def render_markdown(evidence: Evidence) -> str:
    """Return the same as Markdown; plots are left out, as their numbers stand in the tables."""
    return _template(_MARKDOWN).render(card=make_card(evidence))


@cache
def _template(name: str) -> Template:
    as_html = name == _HTML
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        finalize=_html_value if as_html else _markdown_value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)


def _html_value(value: Any) -> Any:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _markdown_value(value: Any) -> Any:
    return _escape_markdown(value) if isinstance(value, str) else value


def _escape_markdown(text: str) -> str:
    """Return a text that reads as itself anywhere in a line of Markdown."""
    line = " ".join(printable(text).split())
    entities = "".join(_ENTITIES.get(character, character) for character in line)
    escaped = _MARKDOWN_SIGNS.sub(lambda found: f"\\{found[0]}", entities)
    return _ADDRESS.sub(lambda found: f"{found[1]}{'&#58;' if found[2] == ':' else '&#46;'}", escaped)
