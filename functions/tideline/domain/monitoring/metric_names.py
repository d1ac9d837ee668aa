"""What a look at a model reports as metrics: written by who looks, searched for by the dashboard.

Each has the dimension `MODEL`, so that a dashboard made before a model finds it.
"""

from __future__ import annotations

from enum import StrEnum

MODEL = "model"


class MonitoringMetric(StrEnum):
    """Names in CloudWatch, namespace Tideline.

    Attributes:
        ROWS: Rows that were answered in the window.
        DRIFTED: Features that have drifted in it.
        ESTIMATED: The metric as it is estimated.
        REALISED: The metric where outcomes are known.
    """

    ROWS = "WindowRows"
    DRIFTED = "DriftedFeatures"
    ESTIMATED = "EstimatedQuality"
    REALISED = "RealisedQuality"
