# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether other weights may take the place of those that run: tried before they do."""
from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from residual_features_ros.backends.nvidia.parity import LARGEST_DIFFERENCE, blobs, misses
from residual_features_ros.errors import ModelCardError
from residual_features_ros.extractor import Extractor
from residual_features_ros.model_card import load_card
from residual_features_ros.types import Features

REFERENCE = 'onnxruntime'
UNIT = 1e-3  # of the length of a float descriptor


def check_fit(folder: str, running: Extractor) -> None:
    """Refuse weights that are not there or damaged, or that subscribers cannot go on with.

    Args:
        folder: of the card and networks, '' for the shipped ones.
        running: the extractor whose place they are to take.

    Raises:
        ModelCardError: says what is wrong with them.
    """
    if folder and not Path(folder).is_dir():
        raise ModelCardError(f'{folder}: no such folder')
    if running.card is None:
        return
    card, present = load_card(running.config.method, folder), running.card
    if (card.dim, card.bits) != (present.dim, present.bits):
        raise ModelCardError(
            f'{card.folder / card.method}.json: expected descriptors of '
            f'{size_of(present.dim, present.bits)} as those that run, on which subscribers rely, '
            f'found {size_of(card.dim, card.bits)}: start the node with them')


def size_of(dim: int, bits: int) -> str:
    """Return the size of descriptors in words."""
    return f'{bits} bits' if bits else f'{dim} values'


def certify(candidates: Sequence[Extractor], running: Extractor, size: tuple[int, int]) -> None:
    """Let extractors see an image, which warms them up, and judge what they make of it.

    Args:
        candidates: twins, with the weights that are tried.
        running: what runs now, of which a twin sees the image too.
        size: (width, height) of the images that come.

    Raises:
        ModelCardError: no keypoints where there are some, descriptors of another kind or that are
            no unit rows, or others than ONNX Runtime makes of the same networks.
        BackendError: a network that does not run.
    """
    width, height = size
    image = blobs(np.random.default_rng(0), (1, 1, height, width))[0, 0]  # (H, W)
    free = np.full((height, width), 255, np.uint8)
    expected = running.twin().extract(image, free)
    for candidate in candidates:
        found = candidate.extract(image, free)
        judge(found, expected)
    first = candidates[0]
    if not first.backend_description.startswith(REFERENCE) and first.card:
        compare(found, reference(first, image, found, free), first.backend_description)


def judge(found: Features, like: Features) -> None:
    """Raise ModelCardError unless descriptors are of the kind of others, and unit rows."""
    rows, others = found.descriptors, like.descriptors
    if (rows.dtype, rows.shape[1]) != (others.dtype, others.shape[1]):
        raise ModelCardError(f'expected descriptors {others.dtype}[{others.shape[1]}] as those '
                             f'that run, found {rows.dtype}[{rows.shape[1]}]')
    if len(like) and not len(found):
        raise ModelCardError(f'expected keypoints in an image in which the weights that run find '
                             f'{len(like)}, found none')
    if not np.isfinite(found.keypoints).all():
        raise ModelCardError('expected keypoints in pixels, found some that are no numbers')
    if rows.dtype != np.uint8 and not np.all(
            np.abs(np.linalg.norm(rows, axis=1) - 1) < UNIT):  # NaN is not
        raise ModelCardError('expected descriptors of length 1, found others')


def reference(extractor: Extractor, image: np.ndarray, found: Features,
              mask: np.ndarray) -> Features:
    """Return what ONNX Runtime makes of an image with the weights of an extractor.

    A detector that is a network describes the keypoints that were found: its own move with the
    last digits of its map.
    """
    config = extractor.config
    precision = config.precision if config.precision == 'int8' else 'auto'
    other = Extractor(dataclasses.replace(config, backend=(REFERENCE,), precision=precision))
    if not extractor.method.detector and config.front_end == 'split':
        return other.describe(image, found)
    return other.extract(image, mask)


def compare(found: Features, expected: Features, backend: str) -> None:
    """Raise ModelCardError where features are others than ONNX Runtime's; see parity.misses."""
    apart = misses(*({'count': np.array(len(each)), 'keypoints': each.keypoints,
                      'descriptors': each.descriptors} for each in (found, expected)))
    if not apart <= LARGEST_DIFFERENCE['keypoints']:
        raise ModelCardError(
            f'expected what ONNX Runtime makes of them: with {backend} keypoints or descriptors '
            f'are {100 * apart:.1f} % apart')
