# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Stills of a photograph: the whole, and its tiles where it is large enough."""
from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

MOST_TILES = 4  # along a side
FAST_THRESHOLD = 20  # grey levels
CELLS = (6, 8)  # rows and columns, of which a corner or more makes a cell covered


def stills_of(image: np.ndarray, longest: int, least: int,
              cover: float) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the name and pixels (H, W, 3) uint8 of each still of a photograph (H, W, 3).

    The whole is '1', whatever it shows; 'n-row-column' are the tiles of n x n, n from 2 on.

    Args:
        image: BGR uint8.
        longest: side in pixels to which stills are shrunk; none is enlarged.
        least: longest side in pixels of a tile before that, which decides how large n becomes.
        cover: share of a tile that corners must cover, or it is left out: sky, and what is out
            of focus.
    """
    yield '1', shrunk(image, longest)
    rows, columns = image.shape[:2]
    for tiles in range(2, MOST_TILES + 1):
        if max(rows, columns) < least * tiles:
            return
        for row in range(tiles):
            for column in range(tiles):
                tile = shrunk(image[rows * row // tiles:rows * (row + 1) // tiles,
                                    columns * column // tiles:columns * (column + 1) // tiles],
                              longest)
                if covered(tile) >= cover:
                    yield f'{tiles}-{row}-{column}', tile


def shrunk(image: np.ndarray, longest: int) -> np.ndarray:
    """Return an image whose longest side is at most `longest` pixels."""
    scale = longest / max(image.shape[:2])
    if scale >= 1:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def covered(image: np.ndarray) -> float:
    """Return the share of CELLS in which FAST finds a corner, of a BGR image."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    corners = cv2.FastFeatureDetector.create(FAST_THRESHOLD).detect(grey)
    cells = np.zeros(CELLS, bool)
    for corner in corners:
        column, row = corner.pt
        cells[int(row * CELLS[0] / grey.shape[0]), int(column * CELLS[1] / grey.shape[1])] = True
    return float(cells.mean())
