# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: the protocol saved with each number, and the methods it names."""
from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from residual_features_ros import create_extractor
from training.benchmarks.cache import Predictor
from training.benchmarks.environment import describe, environment
from training.benchmarks.weights import find_weights

CORRECT_PX = 3.0


@dataclass(frozen=True)
class Protocol:
    """What was measured how.

    size: (width, height) in pixels. weights: folders, separated by commas (weights.py).
    settings: further ones of ExtractorConfig. options: words of the benchmark's own options, as
    on the command line.
    """

    methods: tuple[str, ...]
    size: tuple[int, int] = (640, 480)
    keypoints: int = 1000
    weights: str = ''
    backend: tuple[str, ...] = ('onnxruntime',)
    settings: dict[str, Any] = field(default_factory=dict)
    options: tuple[str, ...] = ()

    def command(self, benchmark: str) -> str:
        """Return the command line, with folders left to the reader."""
        width, height = self.size
        return (f'python -m training evaluate {benchmark} --root DIR --size {width}x{height} '
                f'--keypoints {self.keypoints} {self.words()}')

    def words(self) -> str:
        """Return what does not depend on size and number of keypoints, as on the command line."""
        return (f'--methods {",".join(self.methods)}'
                + (f' --weights {self.hidden_weights()}' if self.weights else '')
                + (f' --backend {",".join(self.backend)}' if self.backend != ('onnxruntime',)
                   else '')
                + ''.join(f' --set {key}={value}' for key, value in self.settings.items())
                + ''.join(f' {word}' for word in self.options))

    def hidden_weights(self) -> str:
        """Return the folders of weights without their names."""
        return ','.join('DIR' for _ in self.weights.split(',')) if self.weights else ''


@dataclass(frozen=True)
class Files:
    """Where a benchmark writes, and what its images are called there.

    out: the JSON file; tables and plots go beside it. None for nothing.
    cache: the folder of predictions, None for none.
    data: what the images are, in words.
    brief: leave the rows of single pairs out of the JSON.
    """

    out: Path | None = None
    cache: Path | None = None
    data: str = 'not stated'
    brief: bool = False

    def counts(self, predictors: dict[str, Predictor]) -> str:
        """Return how many predictions were made and how many read."""
        made, read = (sum(getattr(predictor, name) for predictor in predictors.values())
                      for name in ('made', 'read'))
        return f'predictions: {made} made' + (f', {read} read from {self.cache}' if self.cache
                                              else '')


def open_predictors(protocol: Protocol, cache: Path | None) -> dict[str, Predictor]:
    """Return the runtime extractor of each method; a method is evaluated as the node runs it."""
    folders = find_weights(protocol.methods, protocol.weights)
    return {method: Predictor(create_extractor(method, protocol.keypoints, protocol.backend,
                                               weights=folder, **protocol.settings), cache)
            for method, folder in folders.items()}


def save(out: Path, benchmark: str, protocol: Protocol, predictors: dict[str, Predictor],
         results: dict[str, Any]) -> None:
    """Write results as JSON with what they were made by; folders of this machine are not named."""
    saved = {
        'benchmark': benchmark,
        'command': protocol.command(benchmark),
        'protocol': {**dataclasses.asdict(protocol), 'weights': protocol.hidden_weights()},
        'environment': environment(),
        'methods': {method: describe(predictor.extractor)
                    for method, predictor in predictors.items()},
        **results,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(saved, indent=1) + '\n', encoding='utf-8')
