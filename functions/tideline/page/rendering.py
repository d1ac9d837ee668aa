"""From blocks to a page: one environment for all pages, which escapes whatever it is given."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup

from tideline.page.words import printable

_FOLDER = Path(__file__).parent


@cache
def page_template(path: Path) -> Template:
    """Return the template of a page, ``….html.j2``, which extends ``page.html.j2`` beside this module.

    It is rendered with `top`, which the headline is made of, and `sections`.
    """
    environment = Environment(
        loader=FileSystemLoader([path.parent, _FOLDER]),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        finalize=_printable,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(path.name)


def _printable(value: Any) -> Any:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
