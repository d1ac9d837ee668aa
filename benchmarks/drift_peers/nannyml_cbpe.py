"""NannyML's confidence-based estimate, run by an interpreter that has it: arrays in, JSON out.

    python nannyml_cbpe.py FILE.npz CHUNK_ROWS

The file holds `y`, `p`, `named` of the reference and `live_p`, `live_named` of what is to be estimated.
"""

import json
import sys

import nannyml
import numpy as np
import pandas as pd

METRICS = ("roc_auc", "average_precision", "accuracy", "f1")


def main() -> None:
    path, chunk_rows = sys.argv[1], int(sys.argv[2])
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    reference = pd.DataFrame({"y": arrays["y"], "p": arrays["p"], "named": arrays["named"]})
    live = pd.DataFrame({"p": arrays["live_p"], "named": arrays["live_named"]})
    estimator = nannyml.CBPE(
        y_pred_proba="p",
        y_pred="named",
        y_true="y",
        problem_type="classification_binary",
        metrics=list(METRICS),
        chunk_size=chunk_rows,
    )
    estimator.fit(reference)
    found = estimator.estimate(live).filter(period="analysis").to_df()
    columns = ("value", "lower_confidence_boundary", "upper_confidence_boundary")
    told = {name: [found[name][column].astype(float).tolist() for column in columns] for name in METRICS}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
