from __future__ import annotations

from pathlib import Path

from infra.libraries import missing_libraries
from tests.unit.infra.test_elf import shared_object


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_a_library_that_lambda_lacks_is_named_with_the_file_that_needs_it(tmp_path: Path) -> None:
    needing = shared_object(needed=("libc.so.6", "libgomp.so.1"))
    write(tmp_path / "python/lightgbm/lib/lib_lightgbm.so", needing)

    (missing,) = missing_libraries(tmp_path)

    assert missing.name == "libgomp.so.1"
    assert missing.needed_by == "python/lightgbm/lib/lib_lightgbm.so"


def test_the_layers_own_lib_folder_is_searched(tmp_path: Path) -> None:
    write(tmp_path / "python/a.so", shared_object(needed=("libgomp.so.1",)))
    write(tmp_path / "lib/libgomp.so.1", shared_object(name="libgomp.so.1"))

    assert missing_libraries(tmp_path) == []


def test_a_search_path_is_relative_to_the_file(tmp_path: Path) -> None:
    write(tmp_path / "python/p/a.so", shared_object(needed=("b.so",), runpath="$ORIGIN/../p.libs"))
    write(tmp_path / "python/p.libs/b.so", shared_object(name="b.so"))

    assert missing_libraries(tmp_path) == []


def test_what_is_loaded_for_a_file_is_found_along_the_path_that_it_lends(tmp_path: Path) -> None:
    libraries = tmp_path / "python/p.libs"
    write(tmp_path / "python/p/a.so", shared_object(needed=("b.so",), rpath="$ORIGIN/../p.libs"))
    write(libraries / "b.so", shared_object(needed=("c.so",), name="b.so"))
    write(libraries / "c.so", shared_object(name="c.so"))

    assert missing_libraries(tmp_path) == []


def test_files_that_only_look_like_libraries_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "python/notes.so.txt", b"text")

    assert missing_libraries(tmp_path) == []
