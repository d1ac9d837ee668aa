"""Run by the public client's own interpreter: ask a model by the Open Inference Protocol and tell what came.

    python inference_client.py HOST:PORT MODEL

Reads `{"rows": [{...}], "numbers": [...], "texts": [...]}` from its input.
"""

import json
import sys

import numpy as np
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException


def tensors(asked, *, binary):
    rows = asked["rows"]
    made = []
    for name in asked["numbers"]:
        tensor = InferInput(name, [len(rows), 1], "FP32")
        values = np.array([[row[name]] for row in rows], np.float32)
        tensor.set_data_from_numpy(values, binary_data=binary)
        made.append(tensor)
    for name in asked["texts"]:
        tensor = InferInput(name, [len(rows), 1], "BYTES")
        values = np.array([[row[name]] for row in rows], np.object_)
        tensor.set_data_from_numpy(values, binary_data=binary)
        made.append(tensor)
    return made


def infer(client, model, asked, *, binary):
    outputs = [InferRequestedOutput(name, binary_data=binary) for name in ("probabilities", "label")]
    result = client.infer(model, tensors(asked, binary=binary), outputs=outputs, request_id="mine")
    response = result.get_response()
    labels = result.as_numpy("label").tolist()
    return {
        "id": response["id"],
        "version": response["model_version"],
        "probabilities": result.as_numpy("probabilities").tolist(),
        "labels": [label.decode() if isinstance(label, bytes) else label for label in labels],
    }


def main():
    address, model = sys.argv[1:]
    asked = json.load(sys.stdin)
    client = InferenceServerClient(address)
    metadata = client.get_model_metadata(model)
    told = {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "model_ready": client.is_model_ready(model),
        "server": client.get_server_metadata(),
        "inputs": {each["name"]: each["datatype"] for each in metadata["inputs"]},
        "json": infer(client, model, asked, binary=False),
        "binary": infer(client, model, asked, binary=True),
    }
    try:
        client.infer(model, tensors(asked, binary=False)[1:])
    except InferenceServerException as error:
        told["error"] = [error.status(), error.message()]
    sys.stdout.write(json.dumps(told))


main()
