from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tideline.errors import ObjectMissing
from tideline.ports import ObjectStore

KEYS = ["a/b c+d%2F.csv", "a/../b", "ü/日本.csv", "k" * 1_024]


@pytest.mark.parametrize("key", KEYS)
def test_what_is_written_is_read_under_any_key(store: ObjectStore, key: str) -> None:
    store.write(key, b"\x00content")
    assert store.read(key) == b"\x00content"


def test_a_new_write_replaces_and_the_old_version_stays_readable(store: ObjectStore) -> None:
    store.write("k", b"1")
    first = store.current_version("k")
    store.write("k", b"2")
    assert store.read("k") == b"2"
    assert store.read("k", version_id=first) == b"1"
    assert store.current_version("k") != first


def test_every_version_tells_when_it_was_put(store: ObjectStore) -> None:
    store.write("k", b"1")
    first = store.current_version("k")
    store.write("k", b"2")
    written = store.written_at("k", version_id=first)

    assert written.utcoffset() == timedelta(0)
    assert written <= store.written_at("k")
    with pytest.raises(ObjectMissing):
        store.written_at("other")


def test_files_go_up_and_come_down(store: ObjectStore, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"x" * 3_000_000)
    store.upload(source, "k")
    store.download("k", target, version_id=store.current_version("k"))
    assert target.read_bytes() == source.read_bytes()


def test_a_copy_is_the_same(store: ObjectStore) -> None:
    store.write("from/ü+ %2F", b"content")
    store.copy("from/ü+ %2F", "to")
    assert store.read("to") == b"content"


def test_what_is_not_there_is_named(store: ObjectStore, tmp_path: Path) -> None:
    for call in (
        lambda: store.read("k"),
        lambda: store.download("k", tmp_path / "x"),
        lambda: store.copy("k", "other"),
    ):
        with pytest.raises(ObjectMissing) as caught:
            call()
        assert caught.value.key == "k"
    assert store.current_version("k") is None


def test_keys_are_listed_by_prefix_and_go_when_they_are_deleted(store: ObjectStore) -> None:
    for key in ("p/b", "p/a c+%2F", "other"):
        store.write(key, b"1")
    assert store.listed("p/") == ["p/a c+%2F", "p/b"]
    store.delete("p/b")
    store.delete("p/was never there")
    assert store.listed("p/") == ["p/a c+%2F"]
    assert (store.holds_any("p/"), store.holds_any("q/")) == (True, False)


def test_a_version_that_is_not_there_is_missing(store: ObjectStore) -> None:
    store.write("k", b"1")
    with pytest.raises(ObjectMissing):
        store.read("k", version_id="0123456789abcdef0123456789abcdef")


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=100))
def test_bytes_stay_what_they_are(store: ObjectStore, content: bytes) -> None:
    store.write("k", content)
    assert store.read("k") == content


def test_sizes_are_those_of_the_newest_versions_under_a_prefix(store: ObjectStore) -> None:
    store.write("a/1", b"old content")
    store.write("a/1", b"new")
    store.write("a/2", b"")
    store.write("ab", b"other")
    store.write("a/gone", b"x")
    store.delete("a/gone")
    assert dict(store.sizes("a/")) == {"a/1": 3, "a/2": 0}
    assert dict(store.sizes("nowhere/")) == {}
