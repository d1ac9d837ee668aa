import gzip
import io
import zlib
from pathlib import Path

import pytest
import zstandard
from intake_desk import Desk

from tideline.adapters.intake.limits import SizeLimit
from tideline.adapters.intake.unpacking import unpack
from tideline.adapters.intake.zstd_frames import check_frames
from tideline.errors import FileRejected

CSV = b"churned,age,plan\n" + b"".join(b"%d,%d,monthly\n" % (i % 2, i % 97) for i in range(5_000))
GZIP = gzip.compress(CSV)
ZSTD = zstandard.ZstdCompressor(write_checksum=True).compress(CSV)
SKIPPABLE = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"note"


@pytest.mark.parametrize("packed", [GZIP, ZSTD], ids=["gzip", "zstd"])
@pytest.mark.parametrize("share", [0.01, 0.5, 0.9, 0.9999])
def test_a_truncated_file_is_named_so(desk: Desk, packed: bytes, share: float) -> None:
    rejected = desk.reject(packed[: max(6, int(len(packed) * share))])
    assert rejected.reason == "truncated"


@pytest.mark.parametrize("packed", [GZIP, ZSTD], ids=["gzip", "zstd"])
def test_damage_and_trailing_rubbish_are_told(desk: Desk, packed: bytes) -> None:
    middle = len(packed) // 2
    damaged = (
        packed[:middle] + bytes(255 - byte for byte in packed[middle : middle + 9]) + packed[middle + 9 :]
    )
    assert desk.reject(damaged).reason in ("unreadable", "truncated")
    assert desk.reject(packed + b"rubbish").reason == "unreadable"


def test_several_members_are_one_file(desk: Desk) -> None:
    more = b"0,5,yearly\n"
    assert desk.drop(GZIP + gzip.compress(more)).rows == 5_001
    assert desk.drop(SKIPPABLE + ZSTD + SKIPPABLE + zstandard.compress(more)).rows == 5_001


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_a_file_that_expands_to_a_hundred_times_its_size_is_refused(desk: Desk, pack: object) -> None:
    bomb = pack(b"churned,age,plan\n" + b"0,1,monthly\n" * 1_000_000)  # type: ignore[operator]
    rejected = desk.reject(bomb)
    assert rejected.reason == "expands_too_much"
    assert f"{len(bomb):,}" in rejected.message


def test_a_bomb_is_dropped_long_before_it_is_unpacked(tmp_path: Path) -> None:
    source = tmp_path / "bomb"
    packer = zlib.compressobj(wbits=31)
    with source.open("wb") as file:
        for _ in range(64):
            file.write(packer.compress(bytes(4 * 1024**2)))
        file.write(packer.flush())
    with pytest.raises(FileRejected):
        unpack(source, workdir=tmp_path, limit=SizeLimit(2**40, "test"))
    assert (tmp_path / "unpacked").stat().st_size < 64 * 1024**2


def test_small_files_may_compress_as_well_as_they_like(desk: Desk) -> None:
    content = b"churned,age,plan\n" + b"0,1,monthly\n" * 50_000
    packed = gzip.compress(content)
    assert len(content) > 100 * len(packed)
    assert desk.drop(packed).rows == 50_000


def test_a_file_above_the_size_limit_is_refused(desk: Desk) -> None:
    assert desk.reject(CSV, max_expanded_bytes=10_000).reason == "too_large"
    rejected = desk.reject(GZIP, max_expanded_bytes=10_000)
    assert rejected.reason == "too_large"
    assert "10,000" in rejected.message


def test_a_full_disk_sets_the_limit(tmp_path: Path) -> None:
    limit = SizeLimit.within(tmp_path, max_expanded_bytes=2**60)
    assert limit.bytes < 2**60
    with pytest.raises(FileRejected, match="no room"):
        limit.check(2**60)


def test_a_reserved_zstd_block_is_unreadable() -> None:
    frame = b"\x28\xb5\x2f\xfd" + b"\x00\x58" + (3 << 1 | 1).to_bytes(3, "little")
    with pytest.raises(FileRejected, match="no valid zstd block"):
        check_frames(io.BytesIO(frame), size_bytes=len(frame))
