# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Blobs: maxima of the determinant of the Hessian over place and scale (Lindeberg 1998).

The pyramid is linear, and each octave has LAYERS scales. It begins in the image itself or in the
one of half the size, where as many blobs are found again, at less exact places, in less than half
the time.
"""
from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np

from residual_features_ros import loops
from residual_features_ros.compiling import has_compiler
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.keypoints.selection import strongest
from residual_features_ros.mask import Mask
from residual_features_ros.rows.pyramid import View
from residual_features_ros.types import Features

LAYERS = 3  # scales to an octave
# Of the first octave's first scale, in its pixels. Smaller blobs are noise in images with little
# light, larger ones lie less exactly.
BASE_SIGMA = {0: 2.6, 1: 1.3}
PIXEL_SIGMA = 0.5  # blur that pixels have
REACH = 3.0  # of a Gaussian, in sigma; OpenCV's own 4 take a third longer and find the same
LEAST_SIDE = 24  # pixels of the last octave
OCTAVES = 5
WHITE = 255.0


class Blobs(NamedTuple):
    """What was found, in no order.

    places: (N, 2) float32 pixels. sigmas: (N,) float32 pixels. responses: (N,) float32.
    octaves: (N,) int32.
    """

    places: np.ndarray
    sigmas: np.ndarray
    responses: np.ndarray
    octaves: np.ndarray


def find_hessian(view: View, count: int, config: ExtractorConfig,
                 mask: Mask | None = None) -> Features:
    """Find at most `count` keypoints, without orientations and descriptors.

    A keypoint's diameter is 2 sigma of its scale, its response the determinant there.
    """
    octave, (height, width) = config.hessian_first_octave, view.grey.shape
    # The pyramid is padded to multiples of 8 pixels.
    image = view.levels[octave][:-(-height // 2**octave), :-(-width // 2**octave)]
    blobs = find_blobs(np.ascontiguousarray(image), octave, config.hessian_threshold)
    number = len(blobs.places)
    found = Features(
        blobs.places, 2 * blobs.sigmas, np.full(number, -1, np.float32), blobs.responses,
        blobs.octaves, np.zeros((number, 0), np.float32), (width, height))
    return strongest(mask.keep(found) if mask else found, count)


def blurred(image: np.ndarray, sigma: float, present: float) -> np.ndarray:
    """Return (LAYERS + 2, H, W) float32: an image at the scales of an octave.

    Args:
        image: (H, W) float32 with blur `present`.
        sigma: of the first scale, in pixels of `image`.
        present: of `image`.
    """
    stack = np.empty((LAYERS + 2, *image.shape), np.float32)
    for layer in range(LAYERS + 2):
        wanted = sigma * 2 ** (layer / LAYERS)
        added = math.sqrt(max(wanted**2 - present**2, 0))
        if added < 0.05:
            stack[layer] = image
        else:
            side = 2 * math.ceil(REACH * added) + 1
            cv2.GaussianBlur(image, (side, side), added, dst=stack[layer])
        image, present = stack[layer], wanted
    return stack


def find_blobs(image: np.ndarray, first_octave: int, threshold: float) -> Blobs:
    """Find maxima over `threshold`.

    Args:
        image: (H, W) float32 grey levels, the original shrunk by 2**first_octave.
        first_octave: 0 or 1.
        threshold: of the determinant, for grey levels in [0, 1].

    Returns:
        Blobs in pixels of the original.
    """
    sigma = BASE_SIGMA[first_octave]
    stack, found = blurred(image, sigma, PIXEL_SIGMA), []
    for octave in range(first_octave, first_octave + OCTAVES):
        found.append(octave_blobs(stack, octave, sigma, octave == first_octave, threshold))
        width, height = stack.shape[2] // 2, stack.shape[1] // 2
        if min(width, height) < LEAST_SIDE:
            break
        even = stack[LAYERS, :2 * height, :2 * width]  # exactly half, so that places stay
        smaller = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)
        stack = blurred(smaller, sigma, sigma)
    return Blobs(*(np.concatenate(part) for part in zip(*found, strict=True)))


def octave_blobs(stack: np.ndarray, octave: int, sigma: float, is_first: bool,
                 threshold: float) -> Blobs:
    """Return the blobs of one octave, (LAYERS + 2, H, W) float32; see find_blobs.

    Only the first octave looks at its first scale, which others have from the octave before.
    """
    response = determinants(stack, sigma)
    at = maxima(response, 0 if is_first else 1, threshold)
    offset, value = refined(response, at)
    is_good = np.isfinite(value)
    at, offset, value = at[is_good], offset[is_good], value[is_good]
    side = 2.0**octave
    places = (at[:, :0:-1] + offset[:, :0:-1] + 0.5) * side - 0.5
    sigmas = sigma * side * 2 ** ((at[:, 0] + offset[:, 0]) / LAYERS)
    return Blobs(places.astype(np.float32), sigmas.astype(np.float32), value.astype(np.float32),
                 np.full(len(at), octave, np.int32))


def determinants(stack: np.ndarray, sigma: float) -> np.ndarray:
    """Return the determinants of the Hessian of (S, H, W), times sigma^4 of each scale.

    Derivatives are Sobel's of 3 x 3 pixels. The border of one pixel is 0.
    """
    norms = (sigma * 2 ** (np.arange(len(stack)) / LAYERS)) ** 4 / WHITE**2
    response = np.empty_like(stack)
    response[:, [0, -1]] = 0
    response[:, :, [0, -1]] = 0
    if has_compiler():
        loops.determinants(stack, norms.astype(np.float32), response)
        return response
    inside = slice(1, -1)
    for scale, norm in enumerate(norms):
        xx, yy, xy = (cv2.Sobel(stack[scale], cv2.CV_32F, x, y, ksize=3)
                      for x, y in ((2, 0), (0, 2), (1, 1)))
        determinant = (xx * yy - xy * xy) * np.float32(norm / 16)
        response[scale, inside, inside] = determinant[inside, inside]
    return response


def maxima(response: np.ndarray, first: int, threshold: float) -> np.ndarray:
    """Return (N, 3) int32 scale, y, x of maxima over place and scale, from scale `first` on.

    No neighbour is larger, and none of the next scale as large. The first scale has none below.
    """
    if has_compiler():
        return loops.maxima(response, first, float(np.float32(threshold)))
    largest = [cv2.dilate(plane, np.ones((3, 3), np.uint8)) for plane in response]
    clear = slice(loops.CLEAR, -loops.CLEAR)
    found = []
    for scale in range(first, len(response) - 1):
        plane = response[scale]
        is_peak = (plane > threshold) & (plane == largest[scale]) & (plane > largest[scale + 1])
        if scale:
            is_peak &= plane >= largest[scale - 1]
        y, x = np.nonzero(is_peak[clear, clear])
        at = np.stack([np.full_like(y, scale), y + loops.CLEAR, x + loops.CLEAR], 1)
        found.append(at.astype(np.int32))
    return np.concatenate(found)


def refined(response: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit a quadratic through the samples around maxima.

    A maximum in the first scale has no scale below: it stays at its own.

    Args:
        response: (S, H, W).
        at: (N, 3) scale, y, x.

    Returns:
        (N, 3) float64 offsets in the order of `at`, and (N,) values there, which are nan where the
        quadratic has no maximum near.
    """
    if has_compiler():
        offset, value = np.empty((len(at), 3)), np.empty(len(at))
        loops.refine(response, at, offset, value)
        return offset, value
    middle, slope, hessian = derivatives(response, at)
    is_flat = np.abs(np.linalg.det(hessian)) <= 1e-30
    hessian[is_flat] = np.eye(3)
    offset = -np.linalg.solve(hessian, slope[:, :, None])[:, :, 0]
    is_far = ~(np.abs(offset) <= loops.MOST_OFFSET).all(1)
    offset = offset.clip(-loops.KEPT_OFFSET, loops.KEPT_OFFSET)
    value = middle + (slope * offset).sum(1) / 2
    is_saddle = value < middle
    return offset, np.where(is_flat | is_far | is_saddle, np.nan, value)


def derivatives(response: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return value (N,), slope (N, 3) and Hessian (N, 3, 3) at samples (N, 3) scale, y, x."""
    scale, y, x = at.T
    is_first = scale == 0
    inner = np.maximum(scale, 1)  # whose result is not used where there is no scale below

    def take(s: int, v: int, u: int) -> np.ndarray:
        return response[(inner + s if s else scale), y + v, x + u].astype(np.float64)

    middle, axes = take(0, 0, 0), np.eye(3, dtype=int)
    slope, hessian = np.zeros((len(at), 3)), np.zeros((len(at), 3, 3))
    for i, one in enumerate(axes):
        high, low = take(*one), take(*-one)
        slope[:, i], hessian[:, i, i] = (high - low) / 2, high + low - 2 * middle
        for j, other in enumerate(axes[:i]):
            mixed = take(*one + other) + take(*-one - other) - take(*one - other) \
                - take(*other - one)
            hessian[:, i, j] = hessian[:, j, i] = mixed / 4
    slope[is_first, 0] = 0
    hessian[is_first, 0] = hessian[is_first, :, 0] = 0
    hessian[is_first, 0, 0] = -1
    return middle, slope, hessian
