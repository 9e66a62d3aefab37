# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of a recording: the keypoints of a frame, and the tracks that lead to it."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from residual_features_ros.datasets.image_files import write_image
from residual_features_ros.drawing import (
    TAIL_FRAMES,
    draw_keypoints,
    draw_tails,
    extend_tails,
)
from residual_features_ros.geometry.epipolar import fundamental_inliers
from residual_features_ros.ros.conversions import image_from_message
from residual_features_ros.tools.bags.rosbag import ImageBag, stamp_ns
from residual_features_ros.tools.harness.recording import Frame
from residual_features_ros.types import Features

WIDTH_PX = 960  # of one frame in a picture


def write_pictures(bag: ImageBag, frames: Sequence[Frame], out: Path) -> list[Path]:
    """Write keypoints and tracks of the frame with most long tracks; return the files."""
    best = best_frame(frames)
    if best is None:
        return []
    message = next(m for _, m in bag.messages(len(frames)) if stamp_ns(m) == frames[best].stamp)
    image = image_from_message(message)
    scale = max(WIDTH_PX / image.shape[1], 1.0)
    pictures = {
        'keypoints.png': draw_keypoints(image, features_of(frames[best], image), scale),
        'tracks.png': draw_tails(image, tails(frames, best), scale),
    }
    for name, picture in pictures.items():
        write_image(out / name, picture)
    return [out / name for name in pictures]


def best_frame(frames: Sequence[Frame]) -> int | None:
    """Return the frame with most tracks as long as a tail, None where nothing was matched."""
    ids = [np.zeros(0, int) if frame.matches is None else frame.matches['id'] for frame in frames]
    back = max(min(TAIL_FRAMES, len(frames) - 1), 0)
    oldest = max(back - 1, 0)  # of a tail, in frames before its newest
    counts = [len(np.intersect1d(ids[i], ids[i - oldest])) if frames[i].answered else 0
              for i in range(back, len(frames))]
    return int(np.argmax(counts)) + back if any(counts) else None


def features_of(frame: Frame, image: np.ndarray) -> Features:
    """Return the keypoints of a frame as Features."""
    rows = frame.features
    assert rows is not None
    return Features(np.stack([rows['x'], rows['y']], 1), rows['size'], rows['angle'],
                    rows['response'], rows['octave'], rows['descriptor'].reshape(len(rows), -1),
                    (image.shape[1], image.shape[0]))


def tails(frames: Sequence[Frame], last: int) -> dict[int, np.ndarray]:
    """Return the pixels (K, 2) of each track that is alive in frame `last`, oldest first.

    A tail begins anew after a match that disagrees with the geometry of its two frames.
    """
    found: dict[int, np.ndarray] = {}
    for frame in frames[max(last - TAIL_FRAMES + 1, 0):last + 1]:
        places, before = frame.pairs()
        inliers = fundamental_inliers(places, before)
        ids = np.zeros(0, int) if frame.matches is None else frame.matches['id']
        found = extend_tails(found, ids[inliers], before[inliers], places[inliers])
    return found
