"""What every command has in common: the options --env, --json and --debug, and how it ends."""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer

from cli.errors import CliError, explain
from cli.local import LocalCloudError
from cli.session import Session

Environment = Annotated[
    str | None,
    typer.Option(
        "--env",
        metavar="NAME",
        help="Work on this environment on AWS, with the usual credentials, instead of the local cloud.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON to stdout, and nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the stack trace of an error.")]

# Of `SIGPIPE`: whoever read our output has gone, as `head` does.
_BROKEN_PIPE = 141


def add(
    app: typer.Typer,
    function: Callable[..., int | None],
    *,
    name: str | None = None,
    examples: tuple[str, ...],
    local_only: bool = False,
    hidden: bool = False,
) -> None:
    """Add a command to `app`.

    Args:
        app: The command line.
        function: Takes a `Session` first, then its own arguments by name; returns an exit code, or nothing.
        name: Where it differs from the function's.
        examples: Lines that work when typed.
        local_only: It is about the local cloud, so there is no --env.
        hidden: It isn't listed.
    """
    epilog = "Examples:\n\n" + "\n\n".join(examples)
    app.command(name or function.__name__, epilog=epilog, hidden=hidden)(_wrapped(function, local_only))


def _wrapped(function: Callable[..., int | None], local_only: bool) -> Callable[..., None]:
    @wraps(function)
    def run(**arguments: Any) -> None:
        environment = arguments.pop("env", None)
        as_json, debug = arguments.pop("as_json"), arguments.pop("debug")
        raise typer.Exit(
            guarded(
                lambda: function(Session(environment=environment, as_json=as_json), **arguments), debug=debug
            )
        )

    shared: dict[str, tuple[Any, Any]] = {"as_json": (Json, False), "debug": (Debug, False)}
    if not local_only:
        shared = {"env": (Environment, None), **shared}
    own = list(inspect.signature(function).parameters.values())[1:]
    hints = get_type_hints(function, include_extras=True)
    parameters = [p.replace(annotation=hints[p.name], kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + [
        inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for key, (kind, default) in shared.items()
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    del run.__wrapped__
    return run


def guarded(action: Callable[[], int | None], *, debug: bool) -> int:
    """Run a command's body and return its exit code; whatever goes wrong becomes one sentence on stderr."""
    try:
        return action() or 0
    except (typer.Exit, typer.Abort, KeyboardInterrupt):
        raise
    except BrokenPipeError:
        sys.stderr.close()
        return _BROKEN_PIPE
    except (CliError, LocalCloudError) as error:
        return _tell(error, debug=debug)
    except Exception as error:
        return _tell(error, debug=debug)


def _tell(error: Exception, *, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    sys.stderr.write(f"error: {explain(error)}\n")
    return error.exit_code if isinstance(error, CliError) else 1
