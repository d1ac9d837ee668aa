from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

from infra import bundling
from infra.archive import write_archive
from infra.bundling import Bundle, Bundler, BundlingFailed, check_size

THIS_PYTHON = "{}.{}".format(*sys.version_info[:2])


def checkout(root: Path, source: str = "VALUE = 1\n") -> Bundler:
    (root / "functions/thing").mkdir(parents=True, exist_ok=True)
    (root / "functions/thing/handler.py").write_text(source)
    return Bundler(root=root, python=THIS_PYTHON, architecture="x86_64")


def bundle(folder: Path, name: str, sizes: dict[str, int]) -> Bundle:
    source = folder / name
    source.mkdir()
    for file, size in sizes.items():
        (source / file).write_bytes(b"\0" * size)
    write_archive(source, folder / f"{name}.zip")
    return Bundle(archive=folder / f"{name}.zip", digest=name)


def test_code_ships_with_bytecode_that_is_not_checked_against_its_source(tmp_path: Path) -> None:
    built = checkout(tmp_path).code()

    with zipfile.ZipFile(built.archive) as archive:
        (compiled,) = (n for n in archive.namelist() if n.endswith(".pyc"))
        # PEP 552: the second word of the header says how bytecode is invalidated, 1 is "never".
        assert int.from_bytes(archive.read(compiled)[4:8], "little") == 1
        assert b"/var/task/thing/handler.py" in archive.read(compiled)


def test_templates_ship_beside_the_code_that_fills_them(tmp_path: Path) -> None:
    bundler = checkout(tmp_path)
    before = bundler.code_digest()
    (tmp_path / "functions/thing/page.html.j2").write_text("{{ name }}")
    (tmp_path / "functions/thing/notes.txt").write_text("for nobody but us")

    with zipfile.ZipFile(bundler.code().archive) as archive:
        names = archive.namelist()
    assert "thing/page.html.j2" in names
    assert "thing/notes.txt" not in names
    assert bundler.code_digest() != before


def test_unchanged_code_is_not_built_again(tmp_path: Path) -> None:
    bundler = checkout(tmp_path)
    first = bundler.code()
    built = first.archive.stat().st_mtime_ns

    assert bundler.code() == first
    assert first.archive.stat().st_mtime_ns == built


def test_changed_code_is_another_asset(tmp_path: Path) -> None:
    first = checkout(tmp_path).code()

    assert checkout(tmp_path, "VALUE = 2\n").code().digest != first.digest


def test_another_python_is_another_asset_of_the_same_code(tmp_path: Path) -> None:
    ours = checkout(tmp_path)
    other = Bundler(root=tmp_path, python="3.99", architecture="x86_64")

    assert ours.code_digest() == other.code_digest()
    assert ours._digest("code", ours.code_digest()) != other._digest("code", other.code_digest())


def test_only_a_few_old_bundles_are_kept(tmp_path: Path) -> None:
    for value in range(6):
        newest = checkout(tmp_path, f"VALUE = {value}\n").code()

    kept = list(newest.archive.parent.glob("code-*.zip"))
    assert len(kept) == 3
    assert newest.archive in kept


def test_a_function_within_the_limit_has_a_size(tmp_path: Path) -> None:
    bundles = [bundle(tmp_path, "code", {"a": 100}), bundle(tmp_path, "layer", {"b": 200})]

    assert check_size("thing", bundles) == 300


def test_a_function_over_the_limit_is_refused_naming_its_largest_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundling, "LIMIT_BYTES", 250)
    bundles = [bundle(tmp_path, "code", {"small": 1}), bundle(tmp_path, "layer", {"large": 300})]

    with pytest.raises(BundlingFailed, match=r"thing is (?s:.*)largest files:\n.*large"):
        check_size("thing", bundles)


def test_what_carries_openmp_is_pinned_with_its_hashes(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements/dev.txt").write_text(
        "rich==1 \\\n    --hash=sha256:00\n"
        "scikit-learn==1.9 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "scipy==2 \\\n    --hash=sha256:cc\n"
    )

    lock = Bundler(root=tmp_path, python="3.13", architecture="arm64")._openmp_lock()

    assert lock == "scikit-learn==1.9 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"


def test_a_failing_tool_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(BundlingFailed, match="broken lock"):
        bundling._check_call(sys.executable, "-c", "import sys; sys.exit('broken lock')")
