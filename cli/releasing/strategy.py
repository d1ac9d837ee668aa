"""How a version shall go live, from options: in the words of the spec, without its braces and quotes."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from cli.errors import UsageFault
from tideline.domain.contract.durations import format_duration
from tideline.domain.contract.release_spec import (
    AbStrategy,
    CanaryStrategy,
    ReleaseStrategy,
    ShadowStrategy,
)

_STRATEGY: TypeAdapter[Any] = TypeAdapter(ReleaseStrategy)

AllAtOnce = Annotated[bool, typer.Option("--all-at-once", help="Everybody is answered by it at once.")]
Canary = Annotated[
    str | None,
    typer.Option(metavar="STEPS", help="Shift callers to it in steps, in percent, such as 5,25,100."),
]
Shadow = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Let it answer nobody for a while, such as 1h, and compare."),
]
Ab = Annotated[
    int | None,
    typer.Option(
        "--ab", metavar="PERCENT", help="Let it answer that many callers until there is enough evidence."
    ),
]
Every = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="With --canary or --ab: how often it is judged, such as 10m."),
]
Within = Annotated[
    str | None, typer.Option(metavar="TIME", help="With --ab: give up for want of evidence after that long.")
]


def chosen_strategy(
    *,
    all_at_once: bool = False,
    canary: str | None = None,
    shadow: str | None = None,
    ab: int | None = None,
    every: str | None = None,
    within: str | None = None,
) -> str | dict[str, Any] | None:
    """Return a strategy as the API takes it, None where no option names one: then it is the spec's.

    Raises:
        UsageFault: options that do not go together, or a value that makes no strategy.
    """
    given = {"--all-at-once": all_at_once, "--canary": canary, "--shadow": shadow, "--ab": ab}
    # By identity: 0 equals False, and `--ab 0` is a value to refuse, not an option that was not given.
    named = [option for option, value in given.items() if value is not None and value is not False]
    if len(named) > 1:
        raise UsageFault(f"{' and '.join(named)} are two strategies: a release has one")
    _require_company("--every", every, named, of=("--canary", "--ab"))
    _require_company("--within", within, named, of=("--ab",))
    if all_at_once:
        return "all-at-once"
    kind = _kind(canary=canary, shadow=shadow, ab=ab)
    if kind is None:
        return None
    asked = kind | {name: value for name, value in (("every", every), ("within", within)) if value}
    return _checked(asked, named[0])


def told_strategy(strategy: str | CanaryStrategy | ShadowStrategy | AbStrategy) -> str:
    """Return a strategy in words: ``canary 5, 25, 100 %, judged every 10m``."""
    match strategy:
        case CanaryStrategy(canary=steps, every=every):
            return f"canary {', '.join(map(str, steps))} %, judged every {format_duration(every)}"
        case ShadowStrategy(shadow=shadow):
            return f"shadow for {format_duration(shadow)}"
        case AbStrategy(ab=share, every=every, within=within):
            return (
                f"A/B with {share} %, judged every {format_duration(every)}, within {format_duration(within)}"
            )
        case other:
            return str(other)


def parsed_strategy(strategy: object) -> str | CanaryStrategy | ShadowStrategy | AbStrategy:
    """Return what `chosen_strategy` returned as the spec's own value."""
    parsed: str | CanaryStrategy | ShadowStrategy | AbStrategy = _STRATEGY.validate_python(strategy)
    return parsed


def _kind(*, canary: str | None, shadow: str | None, ab: int | None) -> dict[str, Any] | None:
    if canary is not None:
        return {"canary": _steps(canary)}
    if shadow is not None:
        return {"shadow": shadow}
    return None if ab is None else {"ab": ab}


def _steps(text: str) -> list[int]:
    try:
        return [int(part.strip().removesuffix("%")) for part in text.split(",")]
    except ValueError as exc:
        raise UsageFault(f"--canary takes percents such as 5,25,100, and not {text!r}") from exc


def _checked(asked: dict[str, Any], option: str) -> dict[str, Any]:
    try:
        parsed_strategy(asked)
    except ValidationError as exc:
        fault = exc.errors()[0]
        place = next((part for part in reversed(fault["loc"]) if part in ("every", "within")), None)
        problem = fault["msg"].removeprefix("Value error, ")
        raise UsageFault(f"{f'--{place}' if place else option}: {problem[:1].lower()}{problem[1:]}") from exc
    return asked


def _require_company(option: str, value: str | None, named: list[str], *, of: tuple[str, ...]) -> None:
    if value is not None and not set(named) & set(of):
        raise UsageFault(f"{option} goes with {' or '.join(of)}")
