# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Synthetic shapes: drawings whose corners are known (section 4 and figure 4)."""
from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

SCALE = 4  # drawn so much larger: OpenCV's anti-aliased polygons are half a pixel too wide
SHIFT = 4  # fractional bits of OpenCV's drawing
CONTRAST = 30  # least difference to the background in grey levels
APART = 6.0  # corners of a drawing lie further apart than this, in pixels


class Canvas:
    """A grey image, the corners drawn so far, and the deviation of noise to add."""

    def __init__(self, rng: np.random.Generator, size: tuple[int, int]) -> None:
        """Paint a background of similar grey levels; `size` is (width, height)."""
        self.rng, self.size = rng, size
        self.level = int(rng.integers(0, 256))
        coarse = rng.integers(-20, 21, (3 + int(rng.integers(0, 5)), 4 + int(rng.integers(0, 6))))
        large = (SCALE * size[0], SCALE * size[1])
        blobs = cv2.resize(coarse.astype(np.float32), large, interpolation=cv2.INTER_CUBIC)
        self._large = np.clip(self.level + blobs, 0, 255).astype(np.uint8)
        self.corners = np.zeros((0, 2))
        self.grain = 0.0

    def colour(self, other: int | None = None) -> int:
        """Return a grey level that differs from the background and from `other`."""
        avoid = [self.level] if other is None else [self.level, other]
        levels = np.arange(256)
        far = np.all([np.abs(levels - level) > CONTRAST for level in avoid], 0)
        return int(self.rng.choice(levels[far]))

    def point(self, margin: float = 0.0) -> np.ndarray:
        """Return a random place (2,) at least margin * size from the edges."""
        return (margin + (1 - 2 * margin) * self.rng.random(2)) * self.size

    def fill(self, polygon: np.ndarray, colour: int) -> None:
        """Fill a convex polygon (N, 2)."""
        cv2.fillConvexPoly(self._large, fixed(polygon), colour, cv2.LINE_8, SHIFT)

    def line(self, start: np.ndarray, end: np.ndarray, colour: int, width: int) -> None:
        """Draw a line of `width` pixels."""
        ends = fixed(np.stack([start, end])).tolist()
        cv2.line(self._large, ends[0], ends[1], colour, SCALE * width, cv2.LINE_8, SHIFT)

    def ellipse(self, centre: np.ndarray, axes: np.ndarray, angle_deg: float, colour: int) -> None:
        """Fill an ellipse with half-axes (2,)."""
        place = fixed(centre[None])[0].tolist()
        half = np.rint(axes * SCALE * 2**SHIFT).astype(int).tolist()
        cv2.ellipse(self._large, place, half, angle_deg, 0, 360, colour, -1, cv2.LINE_8, SHIFT)

    def add(self, corners: np.ndarray) -> None:
        """Note corners (N, 2)."""
        self.corners = np.concatenate([self.corners, corners])

    def image(self) -> np.ndarray:
        """Return the picture (H, W) uint8."""
        return cv2.resize(self._large, self.size, interpolation=cv2.INTER_AREA)

    def shown(self) -> np.ndarray:
        """Return the corners (N, 2) that lie in the image."""
        most = np.array(self.size) - 1
        return self.corners[((self.corners >= 0) & (self.corners <= most)).all(1)]


def fixed(points: np.ndarray) -> np.ndarray:
    """Return points (N, 2) in the large picture, in OpenCV's fixed point."""
    return np.rint(((points + 0.5) * SCALE - 0.5) * 2**SHIFT).astype(np.int32)


def convex_polygon(canvas: Canvas, sides: int, centre: np.ndarray, radius: float) -> np.ndarray:
    """Return a polygon (sides, 2) with corners on an ellipse, none of them too flat or sharp."""
    rng = canvas.rng
    step = 2 * np.pi / sides
    angles = step * np.arange(sides) + rng.uniform(-0.3, 0.3, sides) * step + rng.uniform(0, 7)
    axes = radius * rng.uniform(0.5, 1.0, 2)
    return centre + np.stack([np.cos(angles), np.sin(angles)], 1) * axes


def polygons(canvas: Canvas, sides: tuple[int, int], most: int) -> None:
    """Fill up to `most` polygons of sides[0] to sides[1] corners beside each other."""
    rng = canvas.rng
    for _ in range(int(rng.integers(1, most + 1))):
        radius = rng.uniform(0.15, 0.5 if most == 1 else 0.35) * min(canvas.size)
        polygon = convex_polygon(canvas, int(rng.integers(sides[0], sides[1] + 1)),
                                 canvas.point(0.2), radius)
        if len(canvas.corners) and crosses(canvas, polygon):
            continue
        canvas.fill(polygon, canvas.colour())
        canvas.add(polygon)


def crosses(canvas: Canvas, polygon: np.ndarray) -> bool:
    """Return whether a polygon comes near what is drawn: crossing edges make corners unknown."""
    contour = polygon.astype(np.float32)
    x, y, width, height = cv2.boundingRect(contour)
    low, high = canvas.corners.min(0), canvas.corners.max(0)
    return bool((x < high[0] and x + width > low[0]) and (y < high[1] and y + height > low[1]))


def triangles(canvas: Canvas) -> None:
    """Fill one to three triangles."""
    polygons(canvas, (3, 3), 3)


def quadrilaterals(canvas: Canvas) -> None:
    """Fill one to three quadrilaterals."""
    polygons(canvas, (4, 4), 3)


def one_polygon(canvas: Canvas) -> None:
    """Fill a polygon of three to six sides."""
    polygons(canvas, (3, 6), 1)


def lines(canvas: Canvas) -> None:
    """Draw lines that do not cross; their ends are corners."""
    drawn: list[tuple[np.ndarray, np.ndarray]] = []
    for _ in range(int(canvas.rng.integers(1, 10))):
        start, end = canvas.point(), canvas.point()
        if np.linalg.norm(end - start) < 3 * APART or any(
                near_segments(start, end, *other) for other in drawn):
            continue
        canvas.line(start, end, canvas.colour(), int(canvas.rng.integers(1, 4)))
        canvas.add(np.stack([start, end]))
        drawn.append((start, end))


def near_segments(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> bool:
    """Return whether the segments a-b and c-d cross or come nearer than APART."""
    steps = np.linspace(0, 1, 24)[:, None]
    first, second = a + (b - a) * steps, c + (d - c) * steps
    return bool(np.linalg.norm(first[:, None] - second, axis=2).min() < 2 * APART)


def star(canvas: Canvas) -> None:
    """Draw lines from a common point; it and the ends are corners."""
    rng = canvas.rng
    centre, branches = canvas.point(0.3), int(rng.integers(3, 7))
    angles = 2 * np.pi * (np.arange(branches) + rng.uniform(-0.25, 0.25, branches)) / branches
    reach = rng.uniform(0.15, 0.45, branches) * min(canvas.size)
    turn = rng.uniform(0, 2 * np.pi)
    ends = centre + np.stack([np.cos(angles + turn), np.sin(angles + turn)], 1) * reach[:, None]
    width = int(rng.integers(1, 4))
    for end in ends:
        canvas.line(centre, end, canvas.colour(), width)
    canvas.add(np.concatenate([centre[None], ends]))


def grid(canvas: Canvas, columns: int, rows: int) -> np.ndarray:
    """Return the nodes (rows + 1, columns + 1, 2) of a grid seen in perspective."""
    rng = canvas.rng
    outline = convex_polygon(canvas, 4, np.array(canvas.size) / 2 + rng.uniform(-10, 10, 2),
                             rng.uniform(0.5, 0.9) * min(canvas.size))
    unit = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    to_image = cv2.getPerspectiveTransform(unit, outline.astype(np.float32))
    x, y = np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0))
    nodes = np.stack([x, y], 2).reshape(1, -1, 2)
    return cv2.perspectiveTransform(nodes, to_image)[0].reshape(rows + 1, columns + 1, 2)


def checkerboard(canvas: Canvas) -> None:
    """Fill a checkerboard in perspective; its nodes are corners."""
    rng = canvas.rng
    columns, rows = (int(n) for n in rng.integers(2, 7, 2))
    nodes = grid(canvas, columns, rows)
    first = canvas.colour()
    pair = first, canvas.colour(first)
    for row in range(rows):
        for column in range(columns):
            cell = nodes[[row, row, row + 1, row + 1], [column, column + 1, column + 1, column]]
            canvas.fill(cell, pair[(row + column) % 2])
    canvas.add(nodes.reshape(-1, 2))


def stripes(canvas: Canvas) -> None:
    """Fill neighbouring stripes in perspective; the ends of their edges are corners."""
    count = int(canvas.rng.integers(3, 9))
    nodes = grid(canvas, count, 1)
    colour = canvas.colour()
    for column in range(count):
        colour = canvas.colour(colour)
        cell = nodes[[0, 0, 1, 1], [column, column + 1, column + 1, column]]
        canvas.fill(cell, colour)
    canvas.add(nodes.reshape(-1, 2))


def cube(canvas: Canvas) -> None:
    """Fill the three faces of a box that are seen; its seven seen corners are corners."""
    rng = canvas.rng
    centre, size = canvas.point(0.35), min(canvas.size)
    turn = rng.uniform(0, 2 * np.pi)
    angles = turn + np.radians([0, 120, 240]) + rng.uniform(-0.35, 0.35, 3)
    edges = np.stack([np.cos(angles), np.sin(angles)], 1)
    edges *= rng.uniform(0.15, 0.35, (3, 1)) * size
    corners = [centre]
    colour = canvas.colour()
    for first, second in ((0, 1), (1, 2), (2, 0)):
        face = centre + np.stack([0 * edges[0], edges[first], edges[first] + edges[second],
                                  edges[second]])
        colour = canvas.colour(colour)
        canvas.fill(face, colour)
        corners += [face[1], face[2]]
    canvas.add(np.stack(corners))


def ellipses(canvas: Canvas) -> None:
    """Fill ellipses, which have no corners."""
    for _ in range(int(canvas.rng.integers(1, 12))):
        axes = canvas.rng.uniform(0.03, 0.2, 2) * min(canvas.size)
        canvas.ellipse(canvas.point(), axes, canvas.rng.uniform(0, 180), canvas.colour())


def noise(canvas: Canvas) -> None:
    """Add noise, which has no corners."""
    canvas.grain = canvas.rng.uniform(10, 60)


SHAPES: dict[str, Callable[[Canvas], None]] = {
    'triangles': triangles, 'quadrilaterals': quadrilaterals, 'polygon': one_polygon,
    'lines': lines, 'star': star, 'checkerboard': checkerboard, 'stripes': stripes, 'cube': cube,
    'ellipses': ellipses, 'noise': noise}


def draw(rng: np.random.Generator, size: tuple[int, int],
         shape: str = '') -> tuple[np.ndarray, np.ndarray]:
    """Draw a shape, a random one where none is named, slightly blurred.

    Returns:
        image (H, W) uint8 and the corners in it (N, 2) float64, pixels.
    """
    canvas = Canvas(rng, size)
    SHAPES[shape or rng.choice(list(SHAPES))](canvas)
    image = canvas.image()
    if canvas.grain:
        grain = rng.standard_normal(image.shape, np.float32) * np.float32(canvas.grain)
        image = np.clip(image + grain, 0, 255).astype(np.uint8)
    return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.2)), canvas.shown()
