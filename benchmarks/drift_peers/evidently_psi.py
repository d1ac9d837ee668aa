"""Evidently's drift report by PSI of all columns: https://docs.evidentlyai.com/metrics/preset_data_drift."""

from __future__ import annotations

import sys

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset

from benchmarks.drift_peers.frames import columns, measured

current = pd.DataFrame(columns(sys.argv[1], "current"))
reference = pd.DataFrame(columns(sys.argv[1], "reference"))
measured([lambda: Report([DataDriftPreset(method="psi")]).run(current, reference).dict()])
