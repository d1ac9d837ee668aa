"""The prediction log as a table of the Glue catalog: a description of files, which costs nothing by itself.

Partitions are computed from the query (projection), so that nothing has to register them:

    SELECT * FROM tideline_dev.predictions WHERE model = 'churn' AND date >= '2026-11-01' AND hour = 7

`model` has to be named. Until files are merged, rows may be there twice; they are equal:

    SELECT * FROM (
      SELECT *, row_number() OVER (PARTITION BY prediction_id, version) AS copy
      FROM tideline_dev.predictions WHERE model = 'churn' AND date = '2026-11-24'
    ) WHERE copy = 1

https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
"""

from __future__ import annotations

import re

from aws_cdk import Aws
from aws_cdk import aws_glue as glue
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.settings import Environment
from tideline.domain.prediction_log import COLUMNS

# No log is older. A query that names no date looks for every hour since.
_FIRST_DAY = "2026-01-01"
_FOLDER = "${model}/predictions/date=${date}/hour=${hour}/"
_PROJECTION = {
    "projection.enabled": "true",
    "projection.model.type": "injected",
    "projection.date.type": "date",
    "projection.date.format": "yyyy-MM-dd",
    "projection.date.range": f"{_FIRST_DAY},NOW",
    "projection.date.interval": "1",
    "projection.date.interval.unit": "DAYS",
    "projection.hour.type": "integer",
    "projection.hour.range": "0,23",
    "projection.hour.digits": "2",
}
_TYPES = {"VARCHAR": "string", "TIMESTAMP": "timestamp", "INTEGER": "int", "DOUBLE": "double"}
_MAP = re.compile(r"MAP\((\w+), (\w+)\)")
_HADOOP = "org.apache.hadoop.hive.ql.io.parquet"


class PredictionTable(Construct):
    """A database for the environment and its one table, over the lake's files.

    Attributes:
        database: Named after the environment, with underscores, as Athena wants names.
        table: Model, date and hour are its partitions.
    """

    def __init__(self, scope: Construct, name: str, *, environment: Environment, lake: s3.IBucket) -> None:
        super().__init__(scope, name)
        database = environment.prefix.replace("-", "_")
        self.database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=Aws.ACCOUNT_ID,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=database, description=f"Tideline, environment {environment.name}"
            ),
        )
        self.table = glue.CfnTable(
            self,
            "Predictions",
            catalog_id=Aws.ACCOUNT_ID,
            database_name=database,
            table_input=_table(lake),
        )
        self.table.add_resource_dependency(self.database)


def glue_type(duckdb_type: str) -> str:
    """Return a column's type in Glue's words.

    Raises:
        KeyError: if it is a type that no column had so far.
    """
    if of := _MAP.fullmatch(duckdb_type):
        return f"map<{_TYPES[of[1]]},{_TYPES[of[2]]}>"
    return _TYPES[duckdb_type]


def _table(lake: s3.IBucket) -> glue.CfnTable.TableInputProperty:
    return glue.CfnTable.TableInputProperty(
        name="predictions",
        description="What versions answered: a row for each prediction and version, maybe twice",
        table_type="EXTERNAL_TABLE",
        parameters={
            "EXTERNAL": "TRUE",
            "classification": "parquet",
            "storage.location.template": f"s3://{lake.bucket_name}/{_FOLDER}",
            **_PROJECTION,
        },
        partition_keys=_columns({"model": "string", "date": "string", "hour": "int"}),
        storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
            columns=_columns({name: glue_type(kind) for name, kind in COLUMNS.items()}),
            location=f"s3://{lake.bucket_name}/",
            input_format=f"{_HADOOP}.MapredParquetInputFormat",
            output_format=f"{_HADOOP}.MapredParquetOutputFormat",
            serde_info=glue.CfnTable.SerdeInfoProperty(
                serialization_library=f"{_HADOOP}.serde.ParquetHiveSerDe"
            ),
        ),
    )


def _columns(types: dict[str, str]) -> list[glue.CfnTable.ColumnProperty]:
    return [glue.CfnTable.ColumnProperty(name=name, type=kind) for name, kind in types.items()]
