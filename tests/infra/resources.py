"""A template as the tests look at it."""

from __future__ import annotations

from typing import Any


class Resources:
    """A template's resources, by type."""

    def __init__(self, template: dict[str, Any]) -> None:
        self.template = template

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the properties of every resource of a type, by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.template["Resources"].items()
            if resource["Type"] == kind
        }

    def functions(self) -> dict[str, dict[str, Any]]:
        """Return the properties of Tideline's functions, by their name without the environment."""
        made = self.of("AWS::Lambda::Function").values()
        return {p["FunctionName"].split("-", 2)[2]: p for p in made if "FunctionName" in p}
