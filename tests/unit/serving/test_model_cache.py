from __future__ import annotations

import pytest

from tests.unit.serving import samples
from tests.unit.serving.samples import FakeClock, FakeLake
from tideline.errors import ArtifactInvalid, StorageUnavailable
from tideline.serving.aside import Aside
from tideline.serving.model_cache import ModelCache
from tideline.serving.onnx_library import OnnxRuntimeError

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


def test_what_is_loaded_needs_no_lake() -> None:
    lake = _lake()
    cache = ModelCache(lake, budget_bytes=2 * _SIZE, clock=FakeClock())
    first = cache.get(_VERSIONS[0])
    lake.objects = dict.fromkeys(lake.objects, StorageUnavailable("s3 is away"))
    with pytest.raises(StorageUnavailable):
        cache.get(_VERSIONS[1], beside=_VERSIONS[0])
    assert cache.get(_VERSIONS[0]) is first


def test_a_version_that_does_not_load_costs_nobody_a_place() -> None:
    lake = _lake()
    cache = ModelCache(lake, budget_bytes=1, clock=FakeClock())
    first = cache.get(_VERSIONS[0])
    lake.objects[_VERSIONS[1].key] = b"\x80\x04pickle"
    with pytest.raises(ArtifactInvalid):
        cache.get(_VERSIONS[1])
    assert cache.peek(_VERSIONS[0]) is first


def test_who_is_kept_beside_stays_though_another_was_used_later() -> None:
    cache = ModelCache(_lake(), budget_bytes=2 * _SIZE, clock=FakeClock())
    for number in (0, 1):
        cache.get(_VERSIONS[number])
    cache.get(_VERSIONS[2], beside=_VERSIONS[0])
    assert [cache.peek(entry) is not None for entry in _VERSIONS] == [True, False, True]


def test_looking_is_no_use() -> None:
    """Recency is for who answers: a look whether one is loaded does not keep it."""
    cache = ModelCache(_lake(), budget_bytes=2 * _SIZE, clock=FakeClock())
    for number in (0, 1):
        cache.get(_VERSIONS[number])
    cache.peek(_VERSIONS[0])
    cache.get(_VERSIONS[2])
    assert cache.peek(_VERSIONS[0]) is None


def test_one_artifact_of_two_models_keeps_to_each_models_rules() -> None:
    lake = _lake()
    ours, theirs = _VERSIONS[0], samples.version(_CONTENTS[0], 1, key="tides/versions/1/model.onnx")
    lake.objects[theirs.key] = _CONTENTS[0]
    cache = ModelCache(lake, budget_bytes=2 * _SIZE, clock=FakeClock())
    assert cache.get(ours) is not cache.get(theirs)


def test_one_that_was_stopped_is_loaded_anew() -> None:
    lake = _lake()
    cache = ModelCache(lake, budget_bytes=_SIZE, clock=FakeClock())
    stopped = cache.get(_VERSIONS[0])
    cache.stop(_VERSIONS[0])
    with pytest.raises(OnnxRuntimeError, match="terminate"):
        stopped.score(stopped.reader.read([samples.GOOD]))
    again = cache.get(_VERSIONS[0])
    assert again.score(again.reader.read([samples.GOOD]))
    assert len(lake.reads) == 2


def test_stopping_what_is_not_there_does_nothing() -> None:
    ModelCache(_lake(), budget_bytes=_SIZE, clock=FakeClock()).stop(_VERSIONS[0])


def test_threads_that_load_the_same_each_get_it_and_one_is_kept() -> None:
    cache = ModelCache(_lake(), budget_bytes=_SIZE, clock=FakeClock())
    loads = [Aside(lambda: cache.get(_VERSIONS[0]), name="load") for _ in range(8)]
    models = [load.wait(20) for load in loads]
    assert None not in models
    assert cache.peek(_VERSIONS[0]) in models
    assert cache.get(_VERSIONS[0]) is cache.peek(_VERSIONS[0])
