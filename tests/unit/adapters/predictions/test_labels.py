from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from tests.fakes.clock import START
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.prediction_files import label_parquet, label_row
from tests.fakes.world import workdir
from tideline.adapters.predictions.labels import DuckDbLabels
from tideline.domain.labels.label_span import Span, label_file_name
from tideline.domain.release.judging.evidence import Outcomes
from tideline.errors import StorageUnavailable
from tideline.serving.prediction_id import prediction_ids


def outcomes(lake: FakeObjectStore, *ids: str) -> Outcomes:
    labels = DuckDbLabels(lake=lake, workdir=workdir, memory_mb=512)
    return labels.outcomes("churn", np.array(ids, dtype=object))


def test_outcomes_come_in_the_order_of_the_ids() -> None:
    lake = FakeObjectStore()
    lake.write(
        "churn/labels/a.parquet", label_parquet([label_row("p1", label="yes"), label_row("p9", number=3.5)])
    )
    lake.write("other/labels/a.parquet", label_parquet([label_row("p2", label="no")]))

    found = outcomes(lake, "p9", "p2", "p1")
    assert found.labels.tolist() == [None, None, "yes"]
    assert found.numbers[0] == 3.5
    assert np.isnan(found.numbers[1:]).all()


@pytest.mark.parametrize("swapped", [False, True])
def test_the_newest_outcome_holds_in_whatever_order_files_came(swapped: bool) -> None:
    lake = FakeObjectStore()
    rows = [label_row("p1", label="yes"), label_row("p1", label="no", at=START + timedelta(hours=1))]
    for name, one in zip("ba" if swapped else "ab", rows, strict=True):
        lake.write(f"churn/labels/{name}.parquet", label_parquet([one, one]))

    assert outcomes(lake, "p1", "p1").labels.tolist() == ["no", "no"]


def test_without_labels_nothing_is_known() -> None:
    lake = FakeObjectStore()

    assert outcomes(lake, "p1").labels.tolist() == [None]
    assert len(outcomes(lake).labels) == 0


def test_labels_that_do_not_read_are_an_error() -> None:
    lake = FakeObjectStore()
    lake.write("churn/labels/a.parquet", b"PAR1 not really")

    with pytest.raises(StorageUnavailable, match=r"churn/labels/a\.parquet"):
        outcomes(lake, "p1")


def id_at(at: datetime) -> str:
    (made,) = prediction_ids(1, at_ms=int(at.timestamp() * 1000), random=bytes(8))
    return made


@pytest.mark.parametrize("by_entity", [False, True])
def test_files_about_other_times_are_not_read(by_entity: bool) -> None:
    lake = FakeObjectStore()
    here, others = id_at(START), START - timedelta(days=2)

    def tell(at: datetime, content: bytes) -> None:
        name = label_file_name("0" * 64, f"{at:%Y%m%d}{'0' * 16}", Span(at, at), by_entity=by_entity)
        lake.write(f"churn/labels/{name}", content)

    tell(START, label_parquet([label_row(here, label="yes")]))
    tell(others, b"nothing that anybody should read")

    assert outcomes(lake, here).labels.tolist() == ["yes"]
    for asked in (id_at(others), "an id that tells no time", "ffffffff-ffff-7fff-bfff-ffffffffffff"):
        with pytest.raises(StorageUnavailable):
            outcomes(lake, here, asked)
