"""The logger and the metrics that every function shares (Powertools): ids and counts, never payloads."""

from __future__ import annotations

import warnings

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

# Service name and namespace come from POWERTOOLS_SERVICE_NAME and POWERTOOLS_METRICS_NAMESPACE.
logger = Logger()
metrics = Metrics()

# A batch with nothing to count is no fault.
warnings.filterwarnings("ignore", message="No application metrics to publish")


def count(name: str, times: int = 1) -> None:
    """Count a business fact, such as ``FileAccepted``."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=times)
