from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_desk import Desk, lenient, reasons, rows

from tideline.adapters.intake import text, tidying
from tideline.adapters.intake.limits import MAX_LINE_BYTES

HEADER = b"churned,age,plan\n"
ROW = b"0,1,monthly\n"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf16_and_utf32_are_refused_with_the_command_that_helps(desk: Desk, encoding: str) -> None:
    rejected = desk.reject((HEADER + ROW).decode().encode(encoding))
    assert rejected.reason == "encoding"
    assert "iconv -f UTF-" in rejected.message


def test_latin1_is_refused_naming_line_and_byte(desk: Desk) -> None:
    rejected = desk.reject(HEADER + ROW * 3 + "0,2,jährlich\n".encode("latin-1") + ROW)
    assert rejected.reason == "encoding"
    assert rejected.row == 5
    assert "line 5 (byte 58, 0xE4)" in rejected.message
    assert "iconv -f WINDOWS-1252" in rejected.message


def test_text_that_ends_inside_a_character_is_refused(desk: Desk) -> None:
    assert desk.reject(HEADER + ROW + "0,2,€".encode()[:-1]).reason == "encoding"


def test_characters_across_chunks_are_whole(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "CHUNK_BYTES", 7)
    spec = lenient(features={"age": {"type": "number"}, "plan": {"type": "category"}})
    canonical = desk.drop("churned,age,plan\n" + "0,1,€€€\n" * 20, spec=spec)
    assert rows(canonical) == [("0", 1.0, "€€€")] * 20


def test_a_byte_order_mark_is_no_part_of_the_first_name(desk: Desk) -> None:
    assert desk.drop(b"\xef\xbb\xbf" + HEADER + ROW).rows == 1


def test_a_nul_byte_is_refused_naming_its_line(desk: Desk) -> None:
    rejected = desk.reject(HEADER + ROW + b"0,2,mon\0thly\n" + ROW)
    assert rejected.reason == "not_text"
    assert rejected.row == 3


@pytest.mark.parametrize("linebreak", [b"\r\n", b"\r", b"\n\n", b"\r\n\n"])
def test_every_kind_of_line_break_ends_a_row(desk: Desk, linebreak: bytes) -> None:
    content = (HEADER + ROW * 3).replace(b"\n", linebreak)
    assert rows(desk.drop(content)) == [("0", 1.0, "monthly")] * 3


def test_mixed_line_breaks_and_empty_lines_do_not_shift_row_numbers(desk: Desk) -> None:
    content = b"\n" + HEADER + b'0,1,"monthly"\r\n\r\n0,2\n\n\n1,3,"yearly"\r0,4,weekly\n\n0\n'
    canonical = desk.drop(content, spec=lenient())
    assert rows(canonical) == [("0", 1.0, "monthly"), ("1", 3.0, "yearly")]
    assert reasons(canonical) == {
        2: "row: too few cells",
        4: "plan: not an allowed value",
        5: "row: too few cells",
    }


def _long_line(path: Path, megabytes: int) -> Path:
    """Only its beginning is written: a sparse file, so that a gigabyte costs nothing to make."""
    with path.open("wb") as file:
        file.write(HEADER + ROW + b"1," + b"7" * 2 * MAX_LINE_BYTES)
        file.truncate(megabytes * 1024**2)
    return path


@pytest.mark.parametrize("megabytes", [100, 1024])
def test_a_line_without_end_is_refused_at_once(desk: Desk, tmp_path: Path, megabytes: int) -> None:
    rejected = desk.reject(_long_line(tmp_path / "long", megabytes))
    assert rejected.reason == "too_long_line"
    assert rejected.row == 3


def test_a_million_columns_are_refused(desk: Desk) -> None:
    header = b",".join(b"c%d" % i for i in range(1_000_000))
    assert desk.reject(header + b"\n" + ROW).reason == "too_many_columns"


def test_a_row_of_a_million_cells_is_refused_naming_its_line(desk: Desk) -> None:
    rejected = desk.reject(HEADER + ROW * 5 + b"0,1" + b",x" * 900_000 + b"\n" + ROW)
    assert rejected.reason == "too_many_columns"
    assert rejected.row == 7


def test_a_row_of_many_cells_between_short_ones_is_found(desk: Desk) -> None:
    rejected = desk.reject(HEADER + ROW * 5 + b"," * 20_000 + b"\n" + ROW * 5)
    assert (rejected.reason, rejected.row) == ("too_many_columns", 7)


@given(content=st.text(alphabet='ab"\n\r', max_size=60), size=st.integers(min_value=1, max_value=9))
def test_tidying_is_the_same_in_chunks_of_any_size(
    tmp_path_factory: pytest.TempPathFactory, content: str, size: int
) -> None:
    folder = tmp_path_factory.mktemp("tidy")
    path = folder / "text"
    path.write_bytes(content.encode())
    whole = tidying.tidy_text(path, folder / "whole").read_bytes()

    def small(_: Path) -> Iterator[bytes]:
        return (content.encode()[at : at + size] for at in range(0, len(content), size))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tidying, "chunks", small)
        assert tidying.tidy_text(path, folder / "chunked").read_bytes() == whole
    assert b"\r" not in whole
    if '"' not in content:
        assert whole.decode().split() == content.split()
        assert b"\n\n" not in whole
