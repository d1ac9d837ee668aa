"""How a version goes live: what its model's newest spec says, and what the version's own spec asked for."""

from __future__ import annotations

from tideline.domain.contract.release_spec import ReleaseSpec
from tideline.domain.release.version import ModelVersion
from tideline.ports import SpecRegistry


def release_rules(specs: SpecRegistry, version: ModelVersion) -> ReleaseSpec:
    """Return the rules for a release of a version.

    They are the newest spec's; but what was made under a spec that asks for approvals needs one for ever, so
    that nobody gets around a second person with a spec that says otherwise for a minute.
    """
    newest = specs.load(version.model, specs.head(version.model).version).release
    own = specs.load(version.model, version.spec_version).release
    if newest.approval == "required" or own.approval != "required":
        return newest
    return newest.model_copy(update={"approval": "required", "approval_within": own.approval_within})
