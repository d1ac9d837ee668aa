"""What tutorials serve with: FastAPI + pandas + scikit-learn's interface."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
model = pickle.loads(Path(os.environ["PEER_MODEL"]).read_bytes())


class Request(BaseModel):
    """What is asked."""

    instances: list[dict[str, float]]


@app.post("/predict")
def predict(request: Request) -> dict[str, list[dict[str, object]]]:
    frame = pd.DataFrame(request.instances)
    rows = model.predict_proba(frame)
    answers = [
        {"value": "yes" if row[1] >= 0.5 else "no", "probabilities": {"no": row[0], "yes": row[1]}}
        for row in rows.tolist()
    ]
    return {"predictions": answers}
