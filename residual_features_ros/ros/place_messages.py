# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""BagOfWords and LoopCandidates <-> sensor_msgs/PointCloud2: one point per word or candidate."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from residual_features_ros.errors import ConversionError
from residual_features_ros.loop_closing import LoopCandidate
from residual_features_ros.ros.conversions import message_to_rows, require, rows_to_message
from residual_features_ros.vocabulary.bag import BagOfWords

PLACE_ROW = np.dtype([('word', '<u4'), ('weight', '<f4')])
LOOP_ROW = np.dtype([('stamp_sec', '<i4'), ('stamp_nanosec', '<u4'), ('score', '<f4'),
                     ('matches', '<i4'), ('inliers', '<i4')])


def place_to_message(bag: BagOfWords, header: Any) -> Any:
    """Return the PointCloud2 of the words of the image of a std_msgs/Header."""
    rows = np.zeros(len(bag), PLACE_ROW)
    rows['word'], rows['weight'] = bag.words, bag.weights
    return rows_to_message(rows, header)


def place_from_message(message: Any) -> BagOfWords:
    """Return the words of a PointCloud2; ConversionError where it has none."""
    rows = message_to_rows(message)
    require(rows, PLACE_ROW.names or ())
    try:
        return BagOfWords(rows['word'].astype(np.int32), rows['weight'].copy())
    except ValueError as error:
        raise ConversionError(f'not the words of an image: {error}') from error


def loops_to_message(candidates: Sequence[LoopCandidate], header: Any) -> Any:
    """Return the PointCloud2 of the loop candidates of the image of a std_msgs/Header."""
    rows = np.array([(*candidate.stamp, candidate.score, candidate.matches, candidate.inliers)
                     for candidate in candidates], LOOP_ROW)
    return rows_to_message(rows, header)


def loops_from_message(message: Any) -> list[LoopCandidate]:
    """Return the loop candidates of a PointCloud2; ConversionError where it is none of such."""
    rows = message_to_rows(message)
    require(rows, LOOP_ROW.names or ())
    return [LoopCandidate((row['stamp_sec'], row['stamp_nanosec']), row['score'], row['matches'],
                          row['inliers']) for row in (
        dict(zip(LOOP_ROW.names or (), values, strict=True))
        for values in rows[list(LOOP_ROW.names or ())].tolist())]
