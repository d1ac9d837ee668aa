"""NannyML's univariate drift by the Jensen-Shannon distance, fitted before.

https://nannyml.readthedocs.io/en/stable/tutorials/detecting_data_drift/univariate_drift_detection.html
"""

from __future__ import annotations

import sys

import nannyml
import pandas as pd

from benchmarks.drift_peers.frames import columns, measured

nannyml.disable_usage_logging()
reference = pd.DataFrame(columns(sys.argv[1], "reference"))
calculator = nannyml.UnivariateDriftCalculator(
    column_names=list(reference.columns), continuous_methods=["jensen_shannon"], chunk_number=1
).fit(reference)
current = pd.DataFrame(columns(sys.argv[1], "current"))
measured([lambda: calculator.calculate(current).to_df()])
