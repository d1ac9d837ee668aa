from __future__ import annotations

import dataclasses
import sys
from types import ModuleType

import msgspec
import pytest
from pydantic import BaseModel

from infra.functions import SettingsField, settings_fields


class Pydantic(BaseModel):
    table_name: str
    limit: int = 3


class Msgspec(msgspec.Struct):
    table_name: str
    limit: int = 3


@dataclasses.dataclass
class Data:
    table_name: str
    limit: int = 3


@pytest.mark.parametrize("settings", [Pydantic, Msgspec, Data])
def test_fields_are_read_whatever_kind_of_class_it_is(
    settings: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("a_function.settings")
    module.Settings = settings  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "a_function", ModuleType("a_function"))
    monkeypatch.setitem(sys.modules, "a_function.settings", module)

    assert settings_fields("a_function") == (
        SettingsField(name="table_name", required=True),
        SettingsField(name="limit", required=False),
    )


def test_a_function_without_settings_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError):
        settings_fields("no_such_function")
