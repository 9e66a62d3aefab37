# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Logistic regression by Newton's method (iteratively reweighted least squares)."""
from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from residual_features_ros.confidence import ConfidenceModel, Term

CLIPPED_PERCENT = 1.0  # of the values at either end: what is rare must not bend the squares
RIDGE = 1e-3  # of standardised weights; the sum over matches is some 1e4
STEPS, CONVERGED = 50, 1e-8
DIGITS = 9  # that are written


def fit_model(measures: Mapping[str, np.ndarray], right: np.ndarray) -> ConfidenceModel:
    """Return the model of matches (M,), each with its measures and whether it is right.

    A measure that is the same for all matches, such as angles where a method has none, has no
    term.

    Raises:
        ValueError: all matches are right, or all wrong.
    """
    if right.all() or not right.any():
        raise ValueError(f'all {len(right)} matches are {"right" if right.any() else "wrong"}: '
                         'nothing tells them apart')
    limits = {name: np.percentile(values, (CLIPPED_PERCENT, 100 - CLIPPED_PERCENT))
              for name, values in measures.items()}
    names = [name for name, (low, high) in limits.items() if high - low > 1e-9]
    columns = []
    for name in names:
        clipped = np.clip(measures[name], *limits[name])
        columns += [clipped, clipped * clipped]
    inputs = np.stack(columns, 1) if columns else np.zeros((len(right), 0))
    weights, bias = fit(inputs, right)
    terms = {name: Term(*(rounded(value) for value in (
        *limits[name], weights[2 * i], weights[2 * i + 1]))) for i, name in enumerate(names)}
    return ConfidenceModel(rounded(bias), terms)


def fit(inputs: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, float]:
    """Return weights (F,) and bias that maximise the likelihood of labels (M,) by inputs (M, F).

    Inputs are standardised meanwhile, where the ridge counts; the bias has none.
    """
    mean, scale = inputs.mean(0), np.maximum(inputs.std(0), 1e-12)
    rows = np.c_[(inputs - mean) / scale, np.ones(len(inputs))]  # (M, F + 1)
    ridge = np.diag([*[RIDGE] * inputs.shape[1], 0.0])
    theta = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        probability = 1 / (1 + np.exp(-rows @ theta))
        curvature = (rows * (probability * (1 - probability))[:, None]).T @ rows + ridge
        step = np.linalg.solve(curvature, rows.T @ (right - probability) - ridge @ theta)
        theta += step
        if np.abs(step).max() < CONVERGED:
            break
    weights = theta[:-1] / scale
    return weights, float(theta[-1] - weights @ mean)


def rounded(value: float) -> float:
    """Return a number of DIGITS significant digits."""
    return float(f'{value:.{DIGITS}g}')
