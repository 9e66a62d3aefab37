# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Example frames of a report: the tracks that lead to them, drawn for each method."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import cv2
import numpy as np

from residual_features_ros.drawing import TAIL_FRAMES, draw_tails, extend_tails
from residual_features_ros.tools.evaluate_bag.pairs import Pair
from residual_features_ros.tools.evaluate_bag.scores import Score

WIDTH_PX = 800
QUALITY = 82  # of JPEG
SHARES = (0.35, 0.7)  # of the images of the bag, where the examples are


def chosen_stamps(scores: Mapping[str, Score]) -> list[int]:
    """Return the stamps of the example frames: seen by every method, spread over the bag."""
    seen = [{pair.record.stamp_ns for pair in score.pairs} for score in scores.values()]
    stamps = sorted(set.intersection(*seen)) if seen else []
    return sorted({stamps[int(share * (len(stamps) - 1))] for share in SHARES}) if stamps else []


def draw_examples(scores: Mapping[str, Score], images: Iterable[tuple[int, np.ndarray]],
                  stamps: Sequence[int]) -> dict[str, dict[str, bytes]]:
    """Return the JPEG pictures of each method, by their time since the first image.

    Args:
        scores: of the methods.
        images: stamps and images, in order; read as far as needed.
        stamps: of the pictures.
    """
    pictures: dict[str, dict[str, bytes]] = {name: {} for name in scores}
    left = set(stamps)
    if not left:
        return pictures
    for stamp, image in images:
        if stamp in left:
            left.remove(stamp)
            for name, score in scores.items():
                picture = draw_tails(image, tails(score.pairs, stamp), WIDTH_PX / image.shape[1])
                seconds = (stamp - score.records[0].stamp_ns) / 1e9
                pictures[name][f'{seconds:.2f} s'] = _jpeg(picture)
        if not left:
            break
    return pictures


def tails(pairs: Sequence[Pair], stamp_ns: int) -> dict[int, np.ndarray]:
    """Return the pixels (K, 2) of each track of inliers that is alive at a stamp."""
    last = next(i for i, pair in enumerate(pairs) if pair.record.stamp_ns == stamp_ns)
    found: dict[int, np.ndarray] = {}
    for pair in pairs[max(last - TAIL_FRAMES + 1, 0):last + 1]:
        record, inliers = pair.record, pair.inliers
        found = extend_tails(found, record.ids[inliers], record.before[inliers],
                             record.now[inliers])
    return found


def _jpeg(picture: np.ndarray) -> bytes:
    return bytes(cv2.imencode('.jpg', picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1])
