"""Labels on moto: from a dropped file to the answers that it is about."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from tests.fakes.messages import failures, object_created, sqs_batch
from tests.fakes.prediction_files import log_parquet, row
from tests.fakes.samples import MODEL, spec
from tests.fakes.world import workdir
from tests.unit.functions.conftest import Cloud
from tideline.adapters.predictions.labelled_predictions import DuckDbLabelledPredictions
from tideline.adapters.predictions.labels import DuckDbLabels
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.domain import keys
from tideline.domain.contract.spec import SpecHead
from tideline.domain.labels.label_question import LabelQuestion
from tideline.domain.monitoring.record import LabelCounts
from tideline.serving.prediction_id import prediction_ids

Call = Callable[[str, dict[str, Any]], Any]


def test_a_dropped_file_is_answered_once_and_joined_with_what_was_answered(cloud: Cloud, call: Call) -> None:
    now = datetime.now(UTC)
    hour = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    DynamoDbSpecRegistry(cloud.table).append(spec(entity="customer"), head=SpecHead(), at=now)
    first, second = prediction_ids(2, at_ms=int(hour.timestamp() * 1000), random=bytes(8))
    made: dict[str, Any] = {"time": hour.replace(tzinfo=None), "value": 1.0}
    answers = [
        row(1, prediction_id=first, **made),
        row(2, prediction_id=second, entity="c2", **made),
    ]
    cloud.lake.write(f"{keys.predictions_prefix(MODEL, hour)}a.parquet", log_parquet(answers))
    dropped = cloud.drop(
        keys.told_key(MODEL, "a.csv"), f"prediction_id,customer,spent\n{first},,1.5\n,c2,2.5\n,,3\n".encode()
    )
    event = sqs_batch(object_created(dropped), object_created(dropped))

    assert failures(call("ingest_labels", event)) == []
    assert failures(call("ingest_data", event)) == []
    assert cloud.types() == ["LabelsAccepted"]
    told = json.loads(cloud.told[0]["Detail"])
    assert (told["rows"], told["bad_rows"]) == (2, 1)
    assert b"names no prediction and no entity" in cloud.lake.read(told["quarantine_key"])

    question = LabelQuestion(
        model=MODEL,
        version=1,
        since=hour,
        until=hour + timedelta(hours=1),
        task="regression",
        horizon=timedelta(days=90),
        now=now,
    )
    adapter = DuckDbLabelledPredictions(lake=cloud.lake, workdir=workdir, memory_mb=512)
    rows, counts = adapter.labelled(question)
    assert rows.y.tolist() == [1.5, 2.5]
    assert counts == LabelCounts(joined=2)

    # The judge of releases, who asks by id alone, is not led astray by the others.
    judged = DuckDbLabels(lake=cloud.lake, workdir=workdir, memory_mb=512)
    known = judged.outcomes(MODEL, np.array([second, first], dtype=object))
    assert known.numbers[1] == 1.5
    assert np.isnan(known.numbers[0])


def test_a_file_that_cannot_be_used_is_told_of(cloud: Cloud, call: Call) -> None:
    dropped = cloud.drop(keys.told_key(MODEL, "a.csv"), b"prediction_id,spent\n")

    assert failures(call("ingest_labels", sqs_batch(object_created(dropped)))) == []
    assert cloud.types() == ["DatasetQuarantined"]
