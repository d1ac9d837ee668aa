"""Prepare a run: freeze the holdout, split the window, encode, profile, and plan the trials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tideline.domain import keys
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.encoding import Encoding, FeatureEncoding
from tideline.domain.intake.dataset import Batch, active_batches
from tideline.domain.training.classes import class_order
from tideline.domain.training.holdout import FrozenHoldout, HoldoutRecord, TimeRule
from tideline.domain.training.profile import ReferenceProfile
from tideline.domain.training.run import Prepared, RunOrder
from tideline.domain.training.time_split import cut_newest
from tideline.domain.training.training_needs import (
    SplitCounts,
    TargetCounts,
    require_room,
    require_rows,
    require_spread,
    validation_fits,
)
from tideline.domain.training.trials import plan_trials
from tideline.errors import ObjectMissing, TrainingImpossible
from tideline.ports import DatasetRegistry, ObjectStore, SpecRegistry
from tideline.services.training_table import HoldoutRegistry, TrainingTable, TrainingTables

# A target that is known cannot lie ahead, so a later time is a mistake or a stand-in (9999-12-31); left to
# itself it would push the frontier ahead, and everything that comes would be held out. A day allows for
# local times.
_CLOCK_TOLERANCE = timedelta(days=1)
# The standard error of an accuracy is at most 0.0016 on so many rows, a third of the default margin; the
# evaluation holds them in memory several times.
MAX_HOLDOUT_ROWS = 100_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TRAINING, _HOLDOUT, _DONE = "train.npz", "holdout.npz", "prepared.json"


@dataclass(frozen=True)
class PrepareData:
    """Idempotency key: the run id. What was prepared is found again; the same order gives the same bytes.

    Attributes:
        workdir: Gives a folder that is removed afterwards.
        room_bytes: The most that training arrays may take.
        disk_bytes: Tells how many bytes of batches there is room for.
    """

    lake: ObjectStore
    specs: SpecRegistry
    datasets: DatasetRegistry
    holdouts: HoldoutRegistry
    tables: TrainingTables
    workdir: Callable[[], AbstractContextManager[Path]]
    room_bytes: int
    disk_bytes: Callable[[], int]

    def __call__(self, order: RunOrder) -> Prepared:
        """Prepare a run; its files lie in the lake afterwards.

        Raises:
            TrainingImpossible: the data cannot train a model that means something.
            RegistryConflict: another run extended the holdout at the same time; try again.
        """
        done = self._done(order)
        if done is not None:
            return done
        with self.workdir() as folder:
            return self._prepare(order, folder)

    def _done(self, order: RunOrder) -> Prepared | None:
        try:
            return Prepared.model_validate_json(self.lake.read(_key(order, _DONE)))
        except ObjectMissing:
            return None

    def _prepare(self, order: RunOrder, folder: Path) -> Prepared:
        spec = self.specs.load(order.model, order.spec_version)
        batches = self._batches(order)
        record = self.holdouts.of_work(
            order.model, dataset_version=order.dataset_version, spec_version=order.spec_version
        )
        latest = None if record else self.holdouts.latest(order.model)
        before = record or latest
        holdout = (before.holdout if before else FrozenHoldout()).covering(
            spec, trained_batches=before.trained_batches if before else 0
        )
        horizon = _microseconds(max(batch.accepted_at for batch in batches) + _CLOCK_TOLERANCE)
        files = self._download(batches, folder)
        with self.tables.open(files, spec=spec, holdout=holdout, horizon_us=horizon, folder=folder) as table:
            if record is None:
                holdout = _extended(holdout, table)
            counts = _split(table, holdout, spec)
            classes = self._classes(spec, table, counts)
            encoding, profile = _write(order, spec, classes, table, counts, folder)
        frozen = record or self._freeze(order, holdout, latest)
        outputs = len(classes) if spec.task == "multiclass" else 1
        trials = plan_trials(spec.training, rows=counts.training, outputs=outputs, seed=order.seed)
        prepared = Prepared(
            trials=trials,
            rows_train=counts.training,
            rows_holdout=profile.rows_holdout,
            holdout=frozen.number,
        )
        self._store(order, folder, encoding, profile, prepared)
        return prepared

    def _batches(self, order: RunOrder) -> Sequence[Batch]:
        batches = active_batches(self.datasets.batches(order.model), version=order.dataset_version)
        if not batches:
            raise TrainingImpossible(f"{order.model!r} has no data yet: drop a file into its data/ folder")
        size, room = sum(batch.size_bytes for batch in batches), self.disk_bytes()
        if size > room:
            raise TrainingImpossible(
                f"the batches have {size:,} bytes, there is room for {room:,}: set training.window, or drop"
                " the newest rows in one file under the key of an older one, which it replaces"
            )
        return batches

    def _download(self, batches: Sequence[Batch], folder: Path) -> dict[int, Path]:
        files = {batch.number: folder / f"{batch.number:08d}.parquet" for batch in batches}
        for batch in batches:
            self.lake.download(keys.dataset_key(batch.model, batch.sha256), files[batch.number])
        return files

    def _freeze(self, order: RunOrder, holdout: FrozenHoldout, latest: HoldoutRecord | None) -> HoldoutRecord:
        record = HoldoutRecord(
            number=latest.number + 1 if latest else 1,
            dataset_version=order.dataset_version,
            spec_version=order.spec_version,
            trained_batches=max(order.dataset_version, latest.trained_batches if latest else 0),
            holdout=holdout,
        )
        self.holdouts.append(order.model, record)
        return record

    def _classes(self, spec: ModelSpec, table: TrainingTable, counts: SplitCounts) -> tuple[str, ...]:
        """Return the classes in output order, once all that training needs is known to be there."""
        require_room(rows=counts.training, columns=len(spec.features), room_bytes=self.room_bytes)
        classes = class_order(spec, _labels(table.target_counts()))
        _choose_validation(table, spec, classes)
        require_spread(spec.target, spec.task, counts=table.target_counts(), classes=classes)
        return classes

    def _store(
        self,
        order: RunOrder,
        folder: Path,
        encoding: Encoding,
        profile: ReferenceProfile,
        prepared: Prepared,
    ) -> None:
        for name in (_TRAINING, _HOLDOUT):
            self.lake.upload(folder / name, _key(order, name))
        self.lake.write(_key(order, "encoding.json"), encoding.model_dump_json().encode())
        self.lake.write(_key(order, "profile.json"), profile.model_dump_json().encode())
        # Last, for it says that the others are there.
        self.lake.write(_key(order, _DONE), prepared.model_dump_json().encode())


def _write(
    order: RunOrder,
    spec: ModelSpec,
    classes: tuple[str, ...],
    table: TrainingTable,
    counts: SplitCounts,
    folder: Path,
) -> tuple[Encoding, ReferenceProfile]:
    """Write the arrays to the folder; return how they are encoded and what the training rows look like."""
    table.gather()
    encoding = _encoding(spec, classes, table)
    features = table.write_training(folder / _TRAINING, encoding)
    rows_holdout = table.write_holdout(folder / _HOLDOUT, encoding)
    profile = ReferenceProfile(
        model=order.model,
        run_id=order.run_id,
        dataset_version=order.dataset_version,
        spec_version=order.spec_version,
        rows_train=counts.training,
        rows_holdout=rows_holdout,
        features=dict(features),
        target=table.profile_target(encoding),
    )
    return encoding, profile


def _extended(holdout: FrozenHoldout, table: TrainingTable) -> FrozenHoldout:
    rule = holdout.rules[-1]
    if not isinstance(rule, TimeRule):
        return holdout
    if rule.after_batch and rule.start_us is None and not rule.intervals:
        rule = rule.model_copy(update={"start_us": table.latest_time(rule)})
    return holdout.with_last(rule.extended(table.new_times(rule)))


def _split(table: TrainingTable, holdout: FrozenHoldout, spec: ModelSpec) -> SplitCounts:
    counts = table.hold_out(holdout)
    require_rows(counts)
    rule = holdout.rules[-1]
    recent = rule.recent(table.held_times()) if isinstance(rule, TimeRule) else None
    table.narrow_holdout(after_us=recent, most_rows=MAX_HOLDOUT_ROWS)
    table.validate_on(after_us=cut_newest(table.training_times()) if spec.time is not None else None)
    return counts


def _choose_validation(table: TrainingTable, spec: ModelSpec, classes: Sequence[str]) -> None:
    """Fall back from the newest rows to a fifth by hash where the newest are all of one kind."""
    if spec.time is not None and not validation_fits(spec.task, table.target_counts(), classes):
        table.validate_on(after_us=None)


def _encoding(spec: ModelSpec, classes: tuple[str, ...], table: TrainingTable) -> Encoding:
    features = tuple(
        FeatureEncoding(
            name=name,
            type=feature.type,
            vocabulary=table.vocabulary(name) if feature.type == "category" else (),
        )
        for name, feature in spec.features.items()
    )
    return Encoding(task=spec.task, features=features, classes=classes)


def _labels(counts: TargetCounts) -> set[str]:
    return {label for labels in counts.labels.values() for label in labels}


def _key(order: RunOrder, name: str) -> str:
    return keys.run_key(order.model, order.run_id, name)


def _microseconds(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(microseconds=1)
