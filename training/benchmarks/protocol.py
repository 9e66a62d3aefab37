# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: the protocol saved with each number, and the methods it names."""
from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from residual_features_ros import Extractor, create_extractor
from residual_features_ros.config import unknown
from residual_features_ros.registry import METHODS

CORRECT_PX = 3.0


@dataclass(frozen=True)
class Protocol:
    """What was measured how. size is (width, height) in pixels."""

    methods: tuple[str, ...]
    size: tuple[int, int] = (640, 480)
    keypoints: int = 1000
    weights: str = ''
    backend: tuple[str, ...] = ('onnxruntime',)


def open_extractors(protocol: Protocol) -> dict[str, Extractor]:
    """Return the runtime extractor of each method; a method is evaluated as the node runs it."""
    extractors = {}
    for method in protocol.methods:
        if method not in METHODS:
            raise unknown('method', method, METHODS)
        weights = protocol.weights if METHODS[method].network else ''
        extractors[method] = create_extractor(method, protocol.keypoints, protocol.backend,
                                              weights=weights)
    return extractors


def save(out: Path, protocol: Protocol, results: dict[str, Any]) -> None:
    """Write results as JSON with the protocol that they were made by."""
    out.parent.mkdir(parents=True, exist_ok=True)
    saved = {'protocol': dataclasses.asdict(protocol), **results}
    out.write_text(json.dumps(saved, indent=1) + '\n', encoding='utf-8')
