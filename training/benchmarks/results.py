# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A benchmark's result as JSON, with everything that it was made by."""
from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from residual_features_ros.environment import describe, environment
from training.benchmarks.cache import Predictor
from training.benchmarks.options import BenchmarkOptions
from training.rounding import rounded


def save(benchmark: str, options: BenchmarkOptions, predictors: Mapping[str, Predictor],
         results: Mapping[str, Any]) -> None:
    """Write results into options.files.out; folders of this machine are not named.

    Args:
        benchmark: its name on the command line.
        options: what it was asked for; nothing is written where they name no file.
        predictors: what ran, by method.
        results: the numbers; a key of them replaces what is written by itself.
    """
    out = options.files.out
    if out is None:
        return
    protocol = dataclasses.replace(options.protocol, options=options.words())
    saved = {
        'benchmark': benchmark,
        'command': protocol.command(benchmark),
        'protocol': {**dataclasses.asdict(protocol), 'weights': protocol.hidden_weights()},
        'environment': environment(),
        'methods': {method: {**describe(predictor.extractor), **network_of(predictor),
                             **finder_of(predictor)}
                    for method, predictor in predictors.items()},
        **results,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(rounded(saved), indent=1) + '\n', encoding='utf-8')


def network_of(predictor: Predictor) -> dict[str, str]:
    """Return the fingerprint of the network that matches, nothing where none does."""
    network = predictor.matcher().network
    return {'matcher_sha256': network.card.sha256} if network else {}


def finder_of(predictor: Predictor) -> dict[str, Any]:
    """Return what finds the keypoints, nothing where that is what describes them."""
    return {'keypoints': describe(predictor.finder)} if predictor.finder else {}
