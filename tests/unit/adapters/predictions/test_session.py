from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tideline.adapters.predictions.session import session


def test_a_session_takes_a_share_of_the_memory_and_spills_into_its_folder(tmp_path: Path) -> None:
    with session(workdir=tmp_path, memory_mb=1000) as connection:
        found = connection.execute(
            "SELECT current_setting('memory_limit'), current_setting('temp_directory')"
        ).fetchone()

    assert found == ("381.4 MiB", str(tmp_path / "spill"))


def test_a_session_reads_nothing_outside_its_folder(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out.csv"
    inside.mkdir()
    outside.write_text("a\n1\n")

    with (
        session(workdir=inside, memory_mb=100) as connection,
        pytest.raises(duckdb.PermissionException),
    ):
        connection.execute(f"FROM read_csv('{outside}')")
