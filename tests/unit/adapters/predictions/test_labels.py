from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from tests.fakes.clock import START
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.prediction_files import label_parquet, label_row
from tests.fakes.world import workdir
from tideline.adapters.predictions.labels import DuckDbLabels
from tideline.domain.release.judging.evidence import Outcomes
from tideline.errors import StorageUnavailable


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
