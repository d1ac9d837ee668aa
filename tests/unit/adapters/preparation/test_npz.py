from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tideline.adapters.preparation.npz import write_npz

ARRAYS = {
    "X": np.array([[1, np.nan], [3, 4]], np.float32),
    "f1": np.array(["", "Öl", "a\nb"]),
    "row": np.array([2**64 - 1], np.uint64),
}


def test_arrays_come_back_without_pickle(tmp_path: Path) -> None:
    write_npz(tmp_path / "a.npz", ARRAYS.items())
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert set(file) == set(ARRAYS)
        for name, array in ARRAYS.items():
            assert file[name].dtype == array.dtype
            np.testing.assert_array_equal(file[name], array)


def test_the_same_arrays_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_npz(tmp_path / "a.npz", ARRAYS.items())
    monkeypatch.setattr("time.time", lambda: 2e9)
    write_npz(tmp_path / "b.npz", ARRAYS.items())
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        write_npz(tmp_path / "a.npz", [("f0", np.array(["a", None], object))])
