"""What training computes with: every library of the function's layers, the interpreter, the processor."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

# One of each layer that trainers have: where it is installed, there is all of its layer.
_ONE_OF_EACH_LAYER = ("numpy", "pydantic")
_CPU_INFO = Path("/proc/cpuinfo")


def library_versions() -> dict[str, str]:
    """Return the version of every distribution in the trainers' layers, by name.

    What else the interpreter finds, such as the runtime's own boto3, is left out: no lock of ours holds it.
    """
    folders = {str(metadata.distribution(name).locate_file("")) for name in _ONE_OF_EACH_LAYER}
    found = metadata.distributions(path=sorted(folders))
    return dict(sorted((each.name.lower(), each.version) for each in found))


def platform_facts(cpu_info: Path = _CPU_INFO) -> dict[str, str]:
    """Return what besides libraries may decide the last bits of a result.

    Args:
        cpu_info: As Linux writes it; libraries choose their kernels by the processor's features.
    """
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "machine": platform.machine(),
        "processor": _processor(cpu_info),
    }


def _processor(cpu_info: Path) -> str:
    """Return the model as x86-64 names it, or Arm's numbers of implementer and part; "" where unknown."""
    try:
        lines = cpu_info.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    facts = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    named = facts.get("model name")
    return named or " ".join(facts[name] for name in ("CPU implementer", "CPU part") if name in facts)
