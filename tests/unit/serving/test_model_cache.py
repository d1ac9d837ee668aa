from __future__ import annotations

import pytest

from tests.unit.serving import samples
from tests.unit.serving.samples import FakeClock, FakeLake
from tideline.errors import ArtifactInvalid, StorageUnavailable
from tideline.serving.model_cache import ModelCache

_CONTENTS = [samples.artifact(scale=0.01 * number) for number in (1, 2, 3)]
_VERSIONS = [samples.version(content, number) for number, content in enumerate(_CONTENTS, start=1)]
_SIZE = max(map(len, _CONTENTS))


def _lake() -> FakeLake:
    return FakeLake({entry.key: content for entry, content in zip(_VERSIONS, _CONTENTS, strict=True)})


def test_a_version_is_read_once() -> None:
    lake = _lake()
    cache = ModelCache(lake, budget_bytes=_SIZE, clock=FakeClock())
    assert cache.get(_VERSIONS[0]) is cache.get(_VERSIONS[0])
    assert lake.reads == [_VERSIONS[0].key]


def test_the_least_recently_used_goes_first() -> None:
    lake = _lake()
    cache = ModelCache(lake, budget_bytes=2 * _SIZE, clock=FakeClock())
    for number in (0, 1, 0, 2):
        cache.get(_VERSIONS[number])
    assert cache.peek(_VERSIONS[0]) is not None
    assert cache.peek(_VERSIONS[1]) is None
    assert cache.peek(_VERSIONS[2]) is not None


def test_the_one_in_use_stays_whatever_its_size() -> None:
    cache = ModelCache(_lake(), budget_bytes=1, clock=FakeClock())
    cache.get(_VERSIONS[0])
    cache.get(_VERSIONS[1])
    assert cache.peek(_VERSIONS[0]) is None
    assert cache.peek(_VERSIONS[1]) is not None


@pytest.mark.parametrize(
    ("found", "error"),
    [
        (_CONTENTS[1], ArtifactInvalid),
        (b"\x80\x04pickle", ArtifactInvalid),
        (ArtifactInvalid("the lake has no object"), ArtifactInvalid),
        (StorageUnavailable("s3 is away"), StorageUnavailable),
    ],
)
def test_a_version_that_does_not_load_is_tried_again_after_a_while(
    found: object, error: type[Exception]
) -> None:
    lake, clock = _lake(), FakeClock()
    cache = ModelCache(lake, budget_bytes=_SIZE, clock=clock)
    lake.objects[_VERSIONS[0].key] = found
    for _ in range(3):
        with pytest.raises(error):
            cache.get(_VERSIONS[0])
    assert len(lake.reads) == 1
    lake.objects[_VERSIONS[0].key] = _CONTENTS[0]
    clock.now += 5
    assert cache.get(_VERSIONS[0])
