"""The peers, leanest last.

Sources: https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally (`mlflow models serve`),
https://docs.bentoml.com/en/latest/get-started/hello-world.html (`bentoml serve`),
https://mlserver.readthedocs.io/en/latest/examples/lightgbm/README.html (`mlserver start`) and
https://fastapi.tiangolo.com/deployment/manually/ (`uvicorn`). Nothing is tuned but the number of workers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.serving.peers.peer import Peer

_HOST = "127.0.0.1"
Rows = Sequence[Mapping[str, float]]


def _mlflow(folder: Path, port: int, workers: int) -> Sequence[str]:
    serve = ["mlflow", "models", "serve", "--model-uri", str(folder / "model"), "--env-manager", "local"]
    return [*serve, "--host", _HOST, "--port", str(port), "--workers", str(workers)]


def _bentoml(_: Path, port: int, workers: int) -> Sequence[str]:
    service = "benchmarks.serving.peers.bentoml_service:Churn"
    return [
        "env",
        f"PEER_WORKERS={workers}",
        "bentoml",
        "serve",
        service,
        "--host",
        _HOST,
        "--port",
        str(port),
    ]


def _mlserver(folder: Path, port: int, workers: int) -> Sequence[str]:
    numbers = {
        "MLSERVER_HOST": _HOST,
        "MLSERVER_HTTP_PORT": port,
        "MLSERVER_GRPC_PORT": port + 1,
        "MLSERVER_METRICS_PORT": port + 2,
        "MLSERVER_PARALLEL_WORKERS": workers,
    }
    return ["env", *(f"{name}={value}" for name, value in numbers.items()), "mlserver", "start", str(folder)]


def _fastapi(_: Path, port: int, workers: int) -> Sequence[str]:
    app = "benchmarks.serving.peers.fastapi_app:app"
    return ["uvicorn", app, "--host", _HOST, "--port", str(port), "--workers", str(workers)]


def _split(rows: Rows) -> Any:
    columns = list(rows[0])
    return {
        "dataframe_split": {"columns": columns, "data": [[row[name] for name in columns] for row in rows]}
    }


def _lists(rows: Rows) -> Any:
    return {"instances": [list(row.values()) for row in rows]}


def _tensor(rows: Rows) -> Any:
    data = [value for row in rows for value in row.values()]
    shape = [len(rows), len(rows[0])]
    return {"inputs": [{"name": "rows", "shape": shape, "datatype": "FP64", "data": data}]}


PEERS = (
    Peer(
        name="MLflow scoring server",
        key="mlflow",
        program="save_mlflow",
        command=_mlflow,
        path="/invocations",
        body=_split,
        probability=lambda answer: float(answer["predictions"][0]),
        environment=lambda _: {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"},
    ),
    Peer(
        name="BentoML",
        key="bentoml",
        program="save_bentoml",
        command=_bentoml,
        path="/predict",
        body=_lists,
        probability=lambda answer: float(answer[0]),
        environment=lambda folder: {"BENTOML_HOME": str(folder), "BENTOML_DO_NOT_TRACK": "True"},
    ),
    Peer(
        name="MLServer",
        key="mlserver",
        program="save_mlserver",
        command=_mlserver,
        path="/v2/models/churn/infer",
        body=_tensor,
        probability=lambda answer: float(answer["outputs"][0]["data"][0]),
    ),
    Peer(
        name="FastAPI + pandas + scikit-learn",
        key="fastapi",
        program=None,
        command=_fastapi,
        path="/predict",
        body=lambda rows: {"instances": [dict(row) for row in rows]},
        probability=lambda answer: float(answer["predictions"][0]["probabilities"]["yes"]),
    ),
)
