# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether other weights may take the place of those that run: tried before they do."""
from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from residual_features_ros.backends.nvidia.parity import LARGEST_DIFFERENCE, blobs, misses
from residual_features_ros.config import ANYWHERE
from residual_features_ros.errors import ModelCardError
from residual_features_ros.extractor import Extractor
from residual_features_ros.model_card import (
    ModelCard,
    load_card,
    load_confidence,
    load_thresholds,
    weights_folder,
)
from residual_features_ros.types import Features

REFERENCE = 'onnxruntime'
UNIT = 1e-3  # of the length of a float descriptor


def check_fit(folder: str, running: Extractor) -> ModelCard | None:
    """Refuse weights that are not there or damaged, or that subscribers cannot go on with.

    Args:
        folder: of the card and networks, '' for the shipped ones.
        running: the extractor whose place they are to take.

    Returns:
        Their card, None for a method without networks.

    Raises:
        ModelCardError: says what is wrong with them.
    """
    try:
        if not weights_folder(folder).is_dir():
            raise ModelCardError(f'{folder}: no such folder')
        if running.card is None:
            return None
        card, present = load_card(running.config.method, folder), running.card
    except OSError as error:  # no right to read it, or a name that is none
        raise ModelCardError(f'expected a folder with weights, found {error}') from error
    if size_of(card) != size_of(present):
        raise ModelCardError(
            f'{card.folder / card.method}.json: expected descriptors of {size_of(present)} as '
            f'those that run, on which subscribers rely, found {size_of(card)}: start the node '
            'with them')
    return card


def size_of(card: ModelCard) -> str:
    """Return the size of published descriptors in words."""
    return f'{card.bits} bits' if card.bits else f'{card.dim} values'


def is_unchanged(folder: str, running: Extractor) -> bool:
    """Return whether a folder has what runs; ModelCardError where it cannot be read any more."""
    method = running.config.method
    if running.card:
        return not running.whole_cards and check_fit(folder, running) == running.card
    return (load_confidence(method, folder), load_thresholds(method, folder)) \
        == (running.confidence, running.thresholds)


def certify(candidates: Sequence[Extractor], running: Extractor, like: Features,
            size: tuple[int, int]) -> None:
    """Let extractors see an image, which warms them up, and judge what they make of it.

    Args:
        candidates: twins, with the weights that are tried.
        running: what runs now. A twin of it sees the image where they find nothing in it, and
            else not: on a GPU that is full now, that would let its next backend go on.
        like: features of what runs now, of any image.
        size: (width, height) of the images that come.

    Raises:
        ModelCardError: they run by a later backend than those of now, find no keypoints where
            these do, or their descriptors are of another kind, no unit rows, all the same, or
            others than ONNX Runtime makes of the same networks.
        BackendError: a network that does not run.
    """
    width, height = size
    image = blobs(np.random.default_rng(0), (1, 1, height, width))[0, 0]  # (H, W)
    free = np.full((height, width), 255, np.uint8)
    for candidate in candidates:
        found = candidate.extract(image, free)
        judge(found, like)
    if not len(found) and (count := len(running.twin().extract(image, free))):
        raise ModelCardError('expected keypoints in an image in which the weights that run find '
                             f'{count}, found none')
    first = candidates[0]
    check_backend(first.backend, running.backend, running.config.backend)
    if first.backend not in ('', REFERENCE):
        compare(found, reference(first, image, found, free), first.backend_description)


def check_backend(found: str, present: str, names: Sequence[str]) -> None:
    """Raise ModelCardError where a backend comes after the present one in the order to try."""
    if found and names.index(found) > names.index(present):
        raise ModelCardError(f'expected weights that {present} runs, as those that run, found '
                             f'some that {found} is left for: the log has the reason')


def judge(found: Features, like: Features) -> None:
    """Raise ModelCardError unless descriptors are of the kind of others, and tell keypoints apart.

    Float ones have to be unit rows.
    """
    rows, others = found.descriptors, like.descriptors
    if (rows.dtype, rows.shape[1]) != (others.dtype, others.shape[1]):
        raise ModelCardError(f'expected descriptors {others.dtype}[{others.shape[1]}] as those '
                             f'that run, found {rows.dtype}[{rows.shape[1]}]')
    if not np.isfinite(found.keypoints).all():
        raise ModelCardError('expected keypoints in pixels, found some that are no numbers')
    if rows.dtype != np.uint8 and not np.all(
            np.abs(np.linalg.norm(rows, axis=1) - 1) < UNIT):  # NaN is not
        raise ModelCardError('expected descriptors of length 1, found others')
    if len(rows) > 1 and (rows == rows[0]).all():
        raise ModelCardError(f'expected descriptors that differ, found {len(rows)} times the same')


def reference(extractor: Extractor, image: np.ndarray, found: Features,
              mask: np.ndarray) -> Features:
    """Return what ONNX Runtime makes of an image with the weights of an extractor.

    Where it is not installed OpenCV takes its place.
    It takes int8 forms where the extractor does. A detector that is a network describes the
    keypoints that were found: its own move with the last digits of its map.
    """
    config = extractor.config
    precision = 'auto' if 'int8' in extractor.backend_description \
        or config.front_end == 'whole' else 'fp32'
    other = Extractor(dataclasses.replace(config, backend=ANYWHERE, precision=precision))
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
