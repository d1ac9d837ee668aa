"""whylogs' profile of the current frame alone: https://whylogs.readthedocs.io/en/latest/."""

from __future__ import annotations

import sys

import pandas as pd
import whylogs

from benchmarks.drift_peers.frames import columns, measured

current = pd.DataFrame(columns(sys.argv[1], "current"))
measured([lambda: whylogs.log(current).view()])
