from __future__ import annotations

import os
import zipfile
from pathlib import Path

from infra.archive import file_sizes, write_archive


def test_equal_content_gives_equal_bytes_whenever_it_was_written(tmp_path: Path) -> None:
    for name, time in (("a", 1_000_000_000), ("b", 1_700_000_000)):
        folder = tmp_path / name
        (folder / "p").mkdir(parents=True)
        for file in ("p/z.py", "p/a.so") if name == "a" else ("p/a.so", "p/z.py"):
            (folder / file).write_text("content")
            os.utime(folder / file, (time, time))
        write_archive(folder, tmp_path / f"{name}.zip")

    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_every_file_can_be_read_by_another_user(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "secret.py").write_text("x")
    (source / "secret.py").chmod(0o600)

    write_archive(source, tmp_path / "made.zip")

    with zipfile.ZipFile(tmp_path / "made.zip") as archive:
        assert archive.infolist()[0].external_attr >> 16 == 0o644


def test_sizes_are_those_after_unzipping(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "zeros").write_bytes(b"\0" * 10_000)

    write_archive(source, tmp_path / "made.zip")

    assert file_sizes(tmp_path / "made.zip") == {"zeros": 10_000}
