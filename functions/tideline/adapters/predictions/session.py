"""One DuckDB connection for files of the prediction log: bounded, and with no way out of its folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tideline.adapters.intake.sql import literal

# Of the function's memory; the rest is for Python and for buffers that DuckDB does not count.
_MEMORY_SHARE = 0.4


@contextmanager
def session(*, workdir: Path, memory_mb: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that reads, writes and spills below `workdir`, nothing else."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": f"{int(memory_mb * _MEMORY_SHARE)}MB",
            "temp_directory": str(workdir / "spill"),
        },
    )
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"SET allowed_directories = [{literal(str(workdir) + '/')}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection
    finally:
        connection.close()
