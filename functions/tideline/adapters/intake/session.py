"""One DuckDB connection for one file: bounded, and with no way out of its folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tideline.adapters.intake.sql import literal
from tideline.domain.intake.canonical_file import RejectReason
from tideline.errors import FileRejected

# Of the function's memory. The rest is for Python, the Parquet writer's and the CSV reader's own buffers,
# which DuckDB does not count.
_MEMORY_SHARE = 0.4
# A single thread makes DuckDB 2.0 write Parquet by another operator, which cuts row groups elsewhere: the
# same file would get another hash.
_FEWEST_THREADS = 2
# Everything else that DuckDB raises while it reads a stranger's file is about the file.
_OUR_MISTAKES = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    duckdb.PermissionException,
)


@contextmanager
def session(
    *, workdir: Path, sources: tuple[Path, ...], memory_mb: int, threads: int
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that reads `sources` and reads and writes below `workdir`, nothing else.

    Raises:
        FileRejected: what DuckDB found wrong with the file. Mistakes in our own SQL go on up.
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": f"{int(memory_mb * _MEMORY_SHARE)}MB",
            "preserve_insertion_order": True,
            "temp_directory": str(workdir / "spill"),
            "threads": max(threads, _FEWEST_THREADS),
        },
    )
    try:
        _lock(connection, workdir, sources)
        yield connection
    except _OUR_MISTAKES:
        raise
    except duckdb.OutOfMemoryException as exc:
        raise FileRejected(
            RejectReason.TOO_LARGE,
            f"reading it takes more than this function's {memory_mb:,} MB of memory or disk:"
            " drop it in several files",
        ) from exc
    except duckdb.Error as exc:
        raise FileRejected(RejectReason.UNREADABLE, f"cannot be read: {_tell(exc, sources)}") from exc
    finally:
        connection.close()


def _lock(connection: duckdb.DuckDBPyConnection, workdir: Path, sources: tuple[Path, ...]) -> None:
    paths = ", ".join(literal(str(source)) for source in sources)
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"SET allowed_directories = [{literal(str(workdir) + '/')}]")
    connection.execute(f"SET allowed_paths = [{paths}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _tell(exc: Exception, sources: tuple[Path, ...]) -> str:
    text = (str(exc).strip().splitlines() or [type(exc).__name__])[0]
    for source in sources:
        text = text.replace(str(source), "the file")
    return text[:300]
