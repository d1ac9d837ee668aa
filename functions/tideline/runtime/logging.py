"""The logger and the metrics that every function shares (Powertools): ids and counts, never payloads."""

from __future__ import annotations

import warnings

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit

from tideline.domain.monitoring.metric_names import MODEL

# Service name and namespace come from POWERTOOLS_SERVICE_NAME and POWERTOOLS_METRICS_NAMESPACE.
logger = Logger()
metrics = Metrics()

# A batch with nothing to count is no fault.
warnings.filterwarnings("ignore", message="No application metrics to publish")


def count(name: str, times: int = 1) -> None:
    """Count a business fact, such as ``FileAccepted``."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=times)


def gauge(name: str, value: float, *, model: str) -> None:
    """Put a metric of one model, such as ``DriftedFeatures``."""
    with single_metric(name=name, unit=MetricUnit.NoUnit, value=value) as metric:
        metric.add_dimension(name=MODEL, value=model)
