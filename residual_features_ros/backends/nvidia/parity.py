# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether an engine gives what ONNX Runtime gives, under every profile and from recorded work."""
from __future__ import annotations

import itertools
import logging
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from residual_features_ros.agreement import agreement_of_rows
from residual_features_ros.backends import load_backend
from residual_features_ros.backends.nvidia.cuda import OutOfMemoryError
from residual_features_ros.backends.nvidia.networks import FRONT_END
from residual_features_ros.backends.nvidia.profiles import Profile, Shape
from residual_features_ros.backends.nvidia.session import EngineSession

log = logging.getLogger(__name__)
# Relative, of each output: five times the 1.7e-3 that rounding to fp16 was found to make at most
# where it was emulated. fp32 is TF32 on GPUs, whose numbers are rounded to as many digits.
# int8: a value that lies between two levels may be rounded to either. Keypoints: the share of
# those that are nowhere to be found, or one less the median cosine of the descriptors.
LARGEST_DIFFERENCE = {'fp16': 0.0085, 'fp32': 0.0085, 'int8': 0.05, 'keypoints': 0.02}


def difference(session: EngineSession, path: Path) -> float:
    """Return the largest relative difference to ONNX Runtime's outputs on random inputs.

    Each profile is run: where it has one shape, also as recorded work, on two inputs by turns,
    else with its least, a middling and its best shape.

    Args:
        session: the engine.
        path: the ONNX file that it was built of.
    """
    reference = load_backend('onnxruntime').open_session(path, 0)
    rng, worst = np.random.default_rng(0), 0.0
    for number, profile in enumerate(session.profiles):
        for shapes in probed(profile):
            probes = [inputs(rng, session, shapes)]
            if session.is_fixed(number):  # runs plainly, is recorded, and is run as recorded
                probes += [inputs(rng, session, shapes), probes[0]]
            expected = [reference.run(probe) for probe in probes[:2]]
            try:
                for probe, right in zip(probes, itertools.cycle(expected), strict=False):
                    worst = max(worst, apart(session.run(probe, number), right))
            except OutOfMemoryError as error:  # smaller ones may be all that ever comes
                log.warning('%s: not compared with %s, it would fail with it (%s)', path, shapes,
                            error)
    return worst


def probed(profile: Profile) -> list[dict[str, Shape]]:
    """Return the shapes that a profile is tried with."""
    if all(least == largest for least, _, largest in profile.values()):
        return [{name: best for name, (_, best, _) in profile.items()}]
    return [{name: shapes[0] for name, shapes in profile.items()},
            {name: middling(*shapes) for name, shapes in profile.items()},
            {name: shapes[1] for name, shapes in profile.items()}]


def middling(least: Shape, best: Shape, largest: Shape) -> Shape:
    """Return a shape between least and best, sides in multiples of the least, most at once."""
    first, *sides = (low * max(1, high // low * 2 // 3)
                     for low, high in zip(least, best, strict=True))
    return (min(largest[0], first + 1), *sides)


def inputs(rng: np.random.Generator, session: EngineSession,
           shapes: Mapping[str, Shape]) -> dict[str, np.ndarray]:
    """Return random inputs of an engine: normal numbers, or blobs where it takes bytes."""
    return {name: blobs(rng, shape) if session.kind(name) == np.uint8
            else rng.standard_normal(shape, np.float32) for name, shape in shapes.items()}


def blobs(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Return images (B, C, H, W) of bytes that have something to find at several scales."""
    *count, height, width = shape
    found = np.zeros((int(np.prod(count)), height, width), np.float32)
    for image in found:
        for step in (4, 8, 16):
            grid = rng.random((height // step + 2, width // step + 2), np.float32)
            image += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) * 80
    return found.clip(0, 255).astype(np.uint8).reshape(shape)


def largest_difference(session: EngineSession, precision: str) -> float:
    """Return what is allowed of an engine."""
    return LARGEST_DIFFERENCE['keypoints' if set(session.outputs) >= FRONT_END else precision]


def apart(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> float:
    """Return the largest relative difference of outputs; infinite where one is no number.

    Keypoints may come in another order where they are as strong as each other, see misses.
    """
    if expected.keys() >= FRONT_END:
        return max(misses(*({name: outputs[name][number] for name in FRONT_END}
                            for outputs in (found, expected)))
                   for number in range(len(expected['count'])))
    worst = 0.0
    for name, values in expected.items():
        right = values.astype(np.float64)
        gap = float(np.linalg.norm(found[name] - right)) / max(
            float(np.linalg.norm(right)), 1e-12)
        worst = max(worst, gap if np.isfinite(gap) else np.inf)
    return worst


def misses(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> float:
    """Return how far one image's FRONT_END outputs are from the expected ones, 0 to 1.

    That is the share of keypoints that are not in both, or one less the median cosine of the
    descriptors of those that are, whichever is more; see agreement.agreement_of_rows.
    """
    wanted, there = int(expected['count']), int(found['count'])
    same = agreement_of_rows((found['keypoints'][:there], found['descriptors'][:there]),
                             (expected['keypoints'][:wanted], expected['descriptors'][:wanted]))
    lost = 1 - same['near'] * min(1, wanted / max(there, 1))
    return max(lost, 1 - same['cosine']) if wanted else float(there > 0)
