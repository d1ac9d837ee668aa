from __future__ import annotations

from tests.fakes.samples import batch, dropped, sha, spec
from tests.unit.domain.release.capsules import capsule
from tideline.domain import keys
from tideline.domain.release.capsule import Capsule, capsule_batch


def test_a_capsule_is_read_as_it_was_written() -> None:
    windowed = spec(training={"window": {"last_rows": 300}, "trials": 2})
    kept = capsule(spec=windowed, spec_sha256=windowed.sha256)

    again = Capsule.model_validate_json(kept.to_json())

    assert again == kept
    assert again.spec.sha256 == again.spec_sha256


def test_a_batch_is_held_with_both_its_places_and_hashes() -> None:
    held = capsule_batch(batch(3, obj=dropped("b.csv", version_id="v7")))

    assert held.lake_key == keys.dataset_key("churn", held.sha256)
    assert (held.object_key, held.object_version) == ("churn/data/b.csv", "v7")
    assert held.source_sha256 == sha("content 3")
