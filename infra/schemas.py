"""Write the JSON Schemas of every event and of model.yaml: ``python -m infra.schemas``.

Committed, so that users find them and a change of the contract shows in a diff; a test holds them to the
models.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tideline.domain.contract.spec import ModelSpec
from tideline.events.base import Command, Event
from tideline.events.catalog import EVENTS

FOLDER = Path(__file__).parent.parent / "events" / "schemas"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def file_name(detail_type: str) -> str:
    """Return the name of an event's files, such as ``retrain-requested.json``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", detail_type).lower() + ".json"


def schemas() -> dict[str, dict[str, Any]]:
    """Return every schema by the name of its file."""
    made = {file_name(name): _event_schema(event) for name, event in EVENTS.items()}
    made["model-spec.json"] = {"$schema": _DIALECT, **ModelSpec.model_json_schema()}
    return made


def text(schema: dict[str, Any]) -> str:
    """Return a schema as it lies in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write(folder: Path = FOLDER) -> None:
    """Write every schema, and remove those of events that are gone."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = schemas()
    for path in folder.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, schema in wanted.items():
        (folder / name).write_text(text(schema), encoding="utf-8")


def _event_schema(event: type[Event]) -> dict[str, Any]:
    # Of a command users may leave out what has a default; a fact always says everything.
    mode = "validation" if issubclass(event, Command) else "serialization"
    return {"$schema": _DIALECT, **event.model_json_schema(mode=mode)}  # type: ignore[arg-type]


if __name__ == "__main__":
    write()
