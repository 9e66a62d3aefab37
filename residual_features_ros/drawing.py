# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of keypoints, matches and tracks; colours are BGR."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from residual_features_ros.image import resize_points, to_bgr
from residual_features_ros.types import Features

GREEN, RED, WHITE = (80, 230, 60), (70, 70, 200), (255, 255, 255)
_SHIFT = 4  # OpenCV takes coordinates as integers; with 4 fractional bits, 1/16 pixel


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.rint(np.asarray(points, np.float64) * (1 << _SHIFT)).astype(np.int32)


def enlarge(image: np.ndarray, scale: float, dim: float = 1.0) -> np.ndarray:
    """Return the image as BGR, resized by `scale` and darkened to `dim` of its brightness."""
    canvas = cv2.resize(to_bgr(image), None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return cv2.convertScaleAbs(canvas, alpha=dim)


def rainbow(values: np.ndarray, low: float, high: float) -> list[tuple[int, int, int]]:
    """Return a colour per value, from blue at `low` to red at `high`."""
    if not len(values):
        return []
    levels = np.clip((np.asarray(values, float) - low) / max(high - low, 1e-9), 0, 1)
    colours = cv2.applyColorMap(np.rint(levels * 255).astype(np.uint8).reshape(-1, 1),
                                cv2.COLORMAP_TURBO).reshape(-1, 3)
    return [(int(b), int(g), int(r)) for b, g, r in colours]


def draw_line(canvas: np.ndarray, points: np.ndarray, colour: Sequence[int],
              thickness: int = 1) -> None:
    """Draw a polygon line through pixels (N, 2)."""
    cv2.polylines(canvas, [_fixed(points)], False, colour, thickness, cv2.LINE_AA, _SHIFT)


def draw_dot(canvas: np.ndarray, point: np.ndarray, radius: float, colour: Sequence[int],
             thickness: int = cv2.FILLED) -> None:
    """Draw a disc, or a circle of `thickness`, around a pixel (2,)."""
    x, y = _fixed(point)
    cv2.circle(canvas, (int(x), int(y)), int(_fixed(np.array(radius))), colour, thickness,
               cv2.LINE_AA, _SHIFT)


def draw_keypoints(image: np.ndarray, features: Features, scale: float = 1.0) -> np.ndarray:
    """Return the image with a circle per keypoint: its size, and its angle as a radius."""
    canvas = enlarge(image, scale, 0.7)
    points = resize_points(features.keypoints, scale)
    colours = rainbow(np.log2(np.maximum(features.sizes, 1)), 0.5, 6)
    for i in np.argsort(-features.sizes, kind='stable'):
        radius = features.sizes[i] / 2 * scale
        draw_dot(canvas, points[i], radius, colours[i], 1)
        if features.angles[i] >= 0:
            angle = np.radians(features.angles[i])
            tip = points[i] + radius * np.array([np.cos(angle), np.sin(angle)])
            draw_line(canvas, np.stack([points[i], tip]), colours[i])
    return canvas


def draw_matches(images: tuple[np.ndarray, np.ndarray], points: tuple[np.ndarray, np.ndarray],
                 inliers: np.ndarray) -> np.ndarray:
    """Return two images side by side with their matches: inliers green over the others in red.

    Args:
        images: two images of any size.
        points: two times (M, 2) pixels, row by row a match.
        inliers: (M,) bool.
    """
    left, right = (enlarge(image, 1.0, 0.75) for image in images)
    height = max(len(left), len(right))
    canvas = np.hstack([cv2.copyMakeBorder(side, 0, height - len(side), 0, 0,
                                           cv2.BORDER_CONSTANT) for side in (left, right)])
    shifted = points[1] + [left.shape[1], 0]
    for kind, colour, weight in ((~inliers, RED, 0.5), (inliers, GREEN, 0.8)):
        layer = canvas.copy()
        for a, b in zip(points[0][kind], shifted[kind], strict=True):
            draw_line(layer, np.stack([a, b]), colour)
            draw_dot(layer, a, 2, colour)
            draw_dot(layer, b, 2, colour)
        canvas = cv2.addWeighted(layer, weight, canvas, 1 - weight, 0)
    return canvas


TAIL_FRAMES = 12  # how far back a track is drawn


def extend_tails(tails: Mapping[int, np.ndarray], ids: np.ndarray, before: np.ndarray,
                 now: np.ndarray) -> dict[int, np.ndarray]:
    """Return the tails of the tracks that lead to an image.

    Args:
        tails: (K, 2) pixels of each track that led to the image before, the oldest first.
        ids: (M,) of the tracks that lead to this one; all others end.
        before: (M, 2) their pixels in the image before.
        now: (M, 2) their pixels in this one.
    """
    return {track: np.vstack([tails.get(track, before[i:i + 1]), now[i:i + 1]])  # (K + 1, 2)
            for i, track in enumerate(ids.tolist())}


def draw_tails(image: np.ndarray, tails: Mapping[int, np.ndarray], scale: float) -> np.ndarray:
    """Return the image with a line per track: blue ones are young, red ones old."""
    canvas = enlarge(image, scale, 0.6)
    by_age = sorted(tails.values(), key=len)
    colours = rainbow(np.array([len(tail) for tail in by_age]), 0, TAIL_FRAMES)
    glow = canvas.copy()
    for tail, colour in zip(by_age, colours, strict=True):
        draw_line(glow, resize_points(tail, scale), colour, 2)
    canvas = cv2.addWeighted(glow, 0.65, canvas, 0.35, 0)
    for tail, colour in zip(by_age, colours, strict=True):
        draw_dot(canvas, resize_points(tail[-1:], scale)[0], 2.5, colour)
    return canvas
