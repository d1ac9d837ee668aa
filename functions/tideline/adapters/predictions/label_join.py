"""The join of answers with what was told of them, by the rules of `domain.labels.label_question`."""

# ruff: noqa: S608 - statements are built of our own names, values are parameters

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

import duckdb
import numpy as np
from numpy.typing import NDArray

from tideline.adapters.predictions.id_time import id_time
from tideline.domain.labels.canonical_labels import COLUMNS
from tideline.domain.labels.label_question import CLOCKS_DIFFER, LabelQuestion
from tideline.domain.monitoring.realised.labelled_rows import LabelledRows
from tideline.domain.monitoring.record import LabelCounts

# First moment and end, as parameters of a statement.
Period: TypeAlias = Mapping[str, datetime]
_NAN = "'nan'::DOUBLE"
_ANSWERED = "error IS NULL AND role IS DISTINCT FROM 'shadow' AND time >= $since AND time < $until"
_MAPS = ("numbers", "categories")


@dataclass(frozen=True)
class LabelJoin:
    """One question's tables, in a connection of its own.

    ``told``: labels, each once, with ``moment``, their own time, and ``y``, NULL where it is invalid.
    ``answers``: the version's, in the period. ``made``: predictions that labels may be of. ``fits``: labels
    with theirs. ``judged``: those of the version's answers, and what they are good for.
    """

    connection: duckdb.DuckDBPyConnection
    asked: LabelQuestion

    def create_tables(self) -> None:
        """Begin with empty tables."""
        scores = ", ".join(f"s{place} DOUBLE" for place in range(self._width))
        slices = "".join(f", n{at} DOUBLE, c{at} VARCHAR" for at in range(len(self.asked.slices)))
        self.connection.execute(
            f"CREATE TABLE answers (prediction_id VARCHAR, time TIMESTAMP, {scores}{slices})"
        )
        self.connection.execute(
            "CREATE TABLE made (prediction_id VARCHAR, version INTEGER, time TIMESTAMP, entity VARCHAR)"
        )
        told = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        self.connection.execute(f"CREATE TABLE told ({told}, moment TIMESTAMP, y DOUBLE)")

    @property
    def _width(self) -> int:
        return len(self.asked.scored) or 1

    def keep_told(self, source: str) -> None:
        """Keep the labels that may be about the period; files of older editions may lack columns."""
        asked, made = self.asked, id_time("prediction_id")
        period = {"since": asked.since, "last": asked.until + asked.horizon, "until": asked.until}
        empty = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in COLUMNS.items())
        at = f"coalesce({made}, entity_time, time)"
        outcome, classes = self._outcome()
        self.connection.execute(
            f"INSERT INTO told SELECT DISTINCT {', '.join(COLUMNS)}, {at}, {outcome}"
            f" FROM (SELECT {empty} WHERE false UNION ALL BY NAME SELECT * FROM {source})"
            f" WHERE CASE WHEN prediction_id IS NULL THEN {at} BETWEEN $since AND $last"
            f" ELSE coalesce({made} >= $since AND {made} < $until, true) END",
            {name: naive(moment) for name, moment in period.items()} | classes,
        )

    def _outcome(self) -> tuple[str, dict[str, Any]]:
        """Return the label as the version counts it, NULL where it is invalid, and its parameters."""
        if self.asked.task == "regression":
            return "CASE WHEN isfinite(number) THEN number END", {}
        if self.asked.positive_alone is not None:
            return "(label = $positive)::DOUBLE", {"positive": self.asked.positive_alone}
        return "(list_position($classes, label) - 1)::DOUBLE", {"classes": list(self.asked.classes)}

    def keep_answers(self, source: str, period: Period) -> None:
        """Keep the version's answers; rows that are there twice are equal, one without a number is none."""
        classes, slices = self.asked.scored, self.asked.slices
        given = [f"probabilities[$p{place}]::DOUBLE" for place in range(len(classes))] or ["value"]
        scores = [f"{what} AS s{place}" for place, what in enumerate(given)]
        cut = [f"{kind}[$f{at}] AS {kind[0]}{at}" for at in range(len(slices)) for kind in _MAPS]
        finite = " AND ".join(f"isfinite(s{place})" for place in range(self._width))
        self.connection.execute(
            f"INSERT INTO answers SELECT * EXCLUDE (nth) FROM"
            f" (SELECT prediction_id, time, {', '.join([*scores, *cut])},"
            f" row_number() OVER (PARTITION BY prediction_id ORDER BY time, {', '.join(given)}) AS nth"
            f" FROM {source} WHERE {_ANSWERED} AND version = $version) WHERE nth = 1 AND {finite}",
            {**period, "version": self.asked.version}
            | {f"p{place}": name for place, name in enumerate(classes)}
            | {f"f{at}": name for at, name in enumerate(slices)},
        )

    def keep_made(self, source: str, period: Period, wanted: str) -> None:
        """Keep what tells the predictions, of all versions, that a condition wants."""
        self.connection.execute(
            f"INSERT INTO made SELECT DISTINCT prediction_id, version, time, entity FROM {source}"
            f" WHERE {_ANSWERED} AND ({wanted})",
            dict(period),
        )

    def fit(self) -> None:
        """Find the prediction of each label, and what those about the version's answers are good for."""
        newest = (
            "SELECT DISTINCT ON (entity, time) * FROM made WHERE entity IS NOT NULL"
            " ORDER BY entity, time, prediction_id DESC, version DESC"
        )
        found = "told.rowid AS told, made.prediction_id, made.version, made.time AS made_at"
        self.connection.execute(
            f"CREATE TABLE fits AS SELECT {found} FROM told JOIN made USING (prediction_id)"
            f" UNION ALL SELECT {found} FROM told ASOF JOIN ({newest}) AS made"
            " ON told.entity = made.entity AND told.moment >= made.time"
            " WHERE told.moment <= made.time + $horizon",
            {"horizon": self.asked.horizon},
        )
        self.connection.execute(
            "CREATE TABLE judged AS SELECT answers.prediction_id, told.* EXCLUDE (prediction_id), CASE"
            " WHEN y IS NULL THEN 'invalid' WHEN told.time > $now THEN 'upcoming'"
            " WHEN told.time < made_at - $clocks THEN 'early'"
            " WHEN told.time > made_at + $horizon THEN 'late' ELSE 'valid' END AS verdict"
            " FROM fits JOIN told ON told.rowid = fits.told"
            " JOIN answers ON answers.prediction_id = fits.prediction_id WHERE version = $version",
            {
                "now": naive(self.asked.now + CLOCKS_DIFFER),
                "clocks": CLOCKS_DIFFER,
                "horizon": self.asked.horizon,
                "version": self.asked.version,
            },
        )

    def rows(self) -> LabelledRows:
        """Return every answer, with the newest valid label where there is one."""
        newest = (
            "SELECT DISTINCT ON (prediction_id) prediction_id, y FROM judged WHERE verdict = 'valid'"
            " ORDER BY prediction_id, time DESC, label DESC NULLS LAST, number DESC NULLS LAST"
        )
        found = self.connection.execute(
            f"SELECT answers.* REPLACE (epoch_ms(answers.time) AS time), coalesce(y, {_NAN}) AS y"
            f" FROM answers LEFT JOIN ({newest}) AS newest USING (prediction_id) ORDER BY prediction_id"
        ).fetchnumpy()
        scores = [_filled(found[f"s{place}"]).astype(np.float64) for place in range(self._width)]
        cut = {name: (found[f"n{at}"], found[f"c{at}"]) for at, name in enumerate(self.asked.slices)}
        return LabelledRows(
            ids=_filled(found["prediction_id"]).astype(object),
            times=_filled(found["time"]).astype("datetime64[ms]"),
            scores=np.column_stack(scores),
            y=_filled(found["y"]).astype(np.float64),
            slices={name: _either(*columns) for name, columns in cut.items()},
        )

    def counts(self) -> LabelCounts:
        """Return what became of the labels that are about the period."""
        verdicts = dict(
            self.connection.execute("SELECT verdict, count(*) FROM judged GROUP BY verdict").fetchall()
        )
        unused = {name: verdicts.get(name, 0) for name in ("invalid", "early", "late", "upcoming")}
        ((joined, corrected),) = self.connection.execute(
            "SELECT count(*), count(*) FILTER (said > 1) FROM (SELECT count(DISTINCT y) AS said FROM judged"
            " WHERE verdict = 'valid' GROUP BY prediction_id)"
        ).fetchall()
        ((orphans,),) = self.connection.execute(
            "SELECT count(*) FROM told WHERE moment >= $since AND moment < $until"
            " AND rowid NOT IN (SELECT told FROM fits) AND ($looks_back OR prediction_id IS NOT NULL)",
            {
                "since": naive(self.asked.since),
                "until": naive(self.asked.until),
                "looks_back": self.asked.looks_back,
            },
        ).fetchall()
        return LabelCounts(joined=joined, orphans=orphans, corrected=corrected, **unused)


def naive(moment: datetime) -> datetime:
    """Return a moment as the tables hold it: in UTC, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _filled(column: NDArray[Any]) -> NDArray[Any]:
    """DuckDB gives masked arrays where a column could hold NULL; these do not."""
    return np.ma.getdata(column)


def _either(numbers: NDArray[Any], categories: NDArray[Any]) -> NDArray[Any]:
    """Return a feature's values: it is logged as a number or as a category."""
    values = np.full(len(numbers), None, dtype=object)
    for column in (numbers, categories):
        given = ~np.ma.getmaskarray(column)
        values[given] = np.ma.getdata(column)[given]
    return values
