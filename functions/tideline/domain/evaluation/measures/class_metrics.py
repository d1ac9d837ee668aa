"""Metrics of classification: all are sums over rows, put together at the end, but for the two of ranking."""

from __future__ import annotations

from functools import partial

import numpy as np

from tideline.domain.evaluation.arrays import Doubles, Flags, FloatArray, IndexArray, Statistic
from tideline.domain.evaluation.measures.named_class import named_class
from tideline.domain.evaluation.measures.rank_metrics import RankedScores

# What scikit-learn clips float32 probabilities to: log(0) would make one certain mistake infinitely bad.
_EPSILON = float(np.finfo(np.float32).eps)


def binary_statistics(labels: IndexArray, raw: FloatArray) -> dict[str, Statistic]:
    """Return the metrics of a binary task; column 1 of `raw` is the positive class."""
    positive = raw[:, 1].astype(np.float64)
    ranked = RankedScores.of(positive, positive_rows=labels == 1)
    predicted = named_class("binary", raw)
    return {
        "roc_auc": ranked.roc_auc,
        "average_precision": ranked.average_precision,
        "neg_log_loss": partial(_mean, terms=_log_likelihood(labels, raw)),
        "neg_brier_score": partial(_mean, terms=-np.square(positive - labels)),
        "accuracy": partial(_mean, terms=(predicted == labels).astype(np.float64)),
        "f1": partial(_f1, actual=labels == 1, predicted=predicted == 1),
    }


def multiclass_statistics(labels: IndexArray, raw: FloatArray) -> dict[str, Statistic]:
    """Return the metrics of a multiclass task."""
    predicted = named_class("multiclass", raw)
    return {
        "neg_log_loss": partial(_mean, terms=_log_likelihood(labels, raw)),
        "accuracy": partial(_mean, terms=(predicted == labels).astype(np.float64)),
        "balanced_accuracy": partial(_balanced_accuracy, labels=labels, predicted=predicted),
        "f1_macro": partial(_f1_macro, labels=labels, predicted=predicted),
    }


def _mean(weights: Doubles, *, terms: Doubles) -> Doubles:
    mean: Doubles = (weights @ terms) / weights.sum(axis=1)
    return mean


def _log_likelihood(labels: IndexArray, raw: FloatArray) -> Doubles:
    chosen = raw[np.arange(len(labels)), labels].astype(np.float64)
    return np.log(np.clip(chosen, _EPSILON, 1 - _EPSILON))


def _f1(weights: Doubles, *, actual: Flags, predicted: Flags) -> Doubles:
    """Return 2 TP / (actual + predicted); 0 where nothing is positive and nothing was called so."""
    hits = weights @ (actual & predicted).astype(np.float64)
    total = weights @ (actual.astype(np.float64) + predicted.astype(np.float64))
    return np.divide(2 * hits, total, out=np.zeros_like(hits), where=total > 0)


def _f1_macro(weights: Doubles, *, labels: IndexArray, predicted: IndexArray) -> Doubles:
    """Return the mean F1 over the classes that occur, as truth or as prediction."""
    classes = np.union1d(labels, predicted)
    each = [_f1(weights, actual=labels == one, predicted=predicted == one) for one in classes]
    mean: Doubles = np.mean(each, axis=0)
    return mean


def _balanced_accuracy(weights: Doubles, *, labels: IndexArray, predicted: IndexArray) -> Doubles:
    """Return the mean recall over the classes that occur as truth."""
    of_class = (labels[:, None] == np.unique(labels)).astype(np.float64)
    total = weights @ of_class
    hits = weights @ (of_class * (predicted == labels)[:, None])
    recall = np.divide(hits, total, out=np.zeros_like(hits), where=total > 0)
    mean: Doubles = recall.sum(axis=1) / (total > 0).sum(axis=1)
    return mean
