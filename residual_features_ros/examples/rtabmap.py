# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What RTAB-Map wants beside keypoints, free of ROS: compressed rows, and where they are in 3D."""
from __future__ import annotations

import zlib

import numpy as np

from residual_features_ros.errors import ConversionError
from residual_features_ros.geometry.camera import Camera

CV_TYPES = {'uint8': 0, 'float32': 5}  # OpenCV's CV_8UC1 and CV_32FC1
LEVEL = 1  # RTAB-Map's is 6, which takes twice the time for 4 % fewer bytes of floats
DEPTH_UNITS_M = {'uint16': 1e-3, 'float32': 1.0}  # REP 118: 16UC1 is millimetres


def compress_rows(rows: np.ndarray) -> bytes:
    """Return descriptors as rtabmap::compressData makes them, for rtabmap::uncompressData.

    A zlib stream of the rows, then three little-endian int32: rows, columns and OpenCV's type
    (github.com/introlab/rtabmap, corelib/src/Compression.cpp). RTAB-Map compares CV_8U rows by
    Hamming distance and CV_32F ones by L2.

    Args:
        rows: (N, B) uint8, binary descriptors, or (N, D) float32. No rows are no bytes.
    """
    if not rows.size:
        return b''
    trailer = np.array([*rows.shape, CV_TYPES[rows.dtype.name]], '<i4')
    plain = rows.astype(rows.dtype.newbyteorder('<'), copy=False)
    return zlib.compress(plain.tobytes(), LEVEL) + trailer.tobytes()


def points_of_disparity(pixels: np.ndarray, matches: np.ndarray, left: Camera, right: Camera,
                        baseline_m: float) -> np.ndarray:
    """Return where keypoints of a rectified left image are, in its optical frame.

    Args:
        pixels: (N, 2) of the keypoints.
        matches: structured (M,) rows of stereo_matches.
        left: of the left image.
        right: of the right image.
        baseline_m: from the left camera to the right one in metres.

    Returns:
        (N, 3) float32 in metres, NaN where a keypoint has no match or no positive disparity.

    Raises:
        ConversionError: the matches are not those of the keypoints, or there is no baseline.
    """
    if not baseline_m > 0:
        raise ConversionError(f'camera_info of the right camera has a baseline of {baseline_m:g} '
                              'm: P[3] must be -focal length * baseline')
    index = matches['index'].astype(np.intp)
    matched = np.stack([matches['x'], matches['y']], 1)
    if (index < 0).any() or (index >= len(pixels)).any() \
            or not np.array_equal(pixels[index], matched):
        raise ConversionError('stereo_matches belong to other features than those of their stamp')
    disparities = (matches['x'] - left.K[0, 2]) - (matches['prev_x'] - right.K[0, 2])
    depths = np.full(len(pixels), np.nan)
    good = disparities > 0
    depths[index[good]] = left.K[0, 0] * baseline_m / disparities[good]
    return _points(pixels, depths, left)


def points_of_depth(pixels: np.ndarray, depth: np.ndarray, camera: Camera) -> np.ndarray:
    """Return where keypoints are, in the optical frame of their camera.

    Args:
        pixels: (N, 2) of the keypoints.
        depth: (H, W), uint16 millimetres or float32 metres, of an image registered to that of
            the keypoints; it may be smaller or larger by one factor. 0 and NaN mean unknown.
        camera: of the keypoints' image.

    Returns:
        (N, 3) float32 in metres, NaN where the depth is not known.
    """
    height, width = depth.shape
    scale = (np.array([width, height]) / camera.size) if all(camera.size) else 1.0
    # Resizing by s maps the centre p to (p + 0.5) s - 0.5; the nearest pixel of that.
    columns, rows = np.floor((pixels + 0.5) * scale).astype(np.intp).T
    seen = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    depths = np.full(len(pixels), np.nan)
    depths[seen] = depth[rows[seen], columns[seen]] * DEPTH_UNITS_M[depth.dtype.name]
    depths[~(np.isfinite(depths) & (depths > 0))] = np.nan
    return _points(pixels, depths, camera)


def _points(pixels: np.ndarray, depths: np.ndarray, camera: Camera) -> np.ndarray:
    """Return (N, 3) float32 points that a camera sees at pixels (N, 2), depths (N,) away."""
    ideal = camera.undistort(pixels)
    rays = (ideal - camera.K[:2, 2]) / camera.K[[0, 1], [0, 1]]
    return np.column_stack([rays * depths[:, None], depths]).astype(np.float32)
