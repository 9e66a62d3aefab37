# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of a recording: the keypoints of a frame, and the tracks that lead to it."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from residual_features_ros.commands.drawing import (
    draw_dot,
    draw_keypoints,
    draw_line,
    enlarge,
    rainbow,
)
from residual_features_ros.commands.images import write_image
from residual_features_ros.demo.bag import ImageBag, stamp_ns
from residual_features_ros.demo.report import Frame
from residual_features_ros.geometry import fundamental_inliers
from residual_features_ros.image import resize_points
from residual_features_ros.ros.conversions import image_from_message
from residual_features_ros.types import Features

TAIL_FRAMES = 12  # how far back a track is drawn
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
    counts = [len(np.intersect1d(ids[i], ids[max(i - back + 1, 0)])) if frames[i].answered else 0
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
    """Return the way (K, 2) of each track that is alive in frame `last`, oldest pixel first.

    A way begins anew after a match that disagrees with the geometry of its two frames.
    """
    ways: dict[int, np.ndarray] = {}
    for frame in frames[max(last - TAIL_FRAMES + 1, 0):last + 1]:
        places, before = frame.pairs()
        good = np.flatnonzero(fundamental_inliers(places, before))
        ids = np.zeros(0, int) if frame.matches is None else frame.matches['id']
        ways = {int(ids[i]): np.vstack([ways.get(int(ids[i]), before[i:i + 1]), places[i:i + 1]])
                for i in good}
    return ways


def draw_tails(image: np.ndarray, ways: dict[int, np.ndarray], scale: float) -> np.ndarray:
    """Return the image with a line per track: blue ones are young, red ones old."""
    canvas = enlarge(image, scale, 0.6)
    by_age = sorted(ways.values(), key=len)
    colours = rainbow(np.array([len(way) for way in by_age]), 0, TAIL_FRAMES)
    glow = canvas.copy()
    for way, colour in zip(by_age, colours, strict=True):
        draw_line(glow, resize_points(way, scale), colour, 2)
    canvas = cv2.addWeighted(glow, 0.65, canvas, 0.35, 0)
    for way, colour in zip(by_age, colours, strict=True):
        draw_dot(canvas, resize_points(way[-1:], scale)[0], 2.5, colour)
    return canvas
