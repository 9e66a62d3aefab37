# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Values of more than 8 bits, integers or floats, as grey levels 0 ... 255.

The darkest and the brightest half percent of the pixels are let go: dead pixels and glints do not
stretch the range. The grey levels go to the values between that the image has, each in proportion
to its pixels, but to those of PLATEAU of the pixels and more alike: plateau equalisation (Vickers,
"Plateau equalization algorithm for real-time display of high-quality infrared imagery", Optical
Engineering 1996) with so low a plateau that an ordinary image is stretched nearly linearly, while
the empty values between a scene and a hot object take no level from either. A count becomes 4
levels at most, so that the noise of a covered lens stays small.

One image gives its own curve: a pure function. The images of one camera share a LevelMemory, so
that the curve drifts where an object enters, and jumps only where the scene is another.
"""
from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

ENDS = 0.005  # of the pixels are let go at either end
BINS = 256
PLATEAU = 1 / 2048  # of the pixels, an eighth of a bin's mean
LEVELS = np.linspace(0, 255, 257)
LEAST_COUNTS = 1 / 4  # to a grey level
LEAST_PART = 1e-7  # of a float, to a grey level: its last digit
SAMPLED_PIXELS = 1 << 15
FOLLOWED = 1 / 8  # of the way to the image's own curve, for each image
SAME_SCENE = 0.5  # of the pixels lie within the curve so far
MOST = 1e100  # larger floats count as infinite, so that differences are finite


@dataclass
class LevelMemory:
    """The curve of the images of one camera so far, in the order in which they come.

    curve: (257,) the values that become LEVELS, None before the first deep image.
    """

    curve: np.ndarray | None = None

    def follow(self, sample: np.ndarray, found: np.ndarray) -> np.ndarray:
        """Return the curve for the next image; no grey level moves by more than an eighth.

        Args:
            sample: (N,) of its values.
            found: (257,) its own curve, which is taken as it is where the scene is another.
        """
        held = self.curve
        if held is not None:
            within = np.count_nonzero((sample >= held[0]) & (sample <= held[-1])) / len(sample)
            if within >= SAME_SCENE:
                found = _blend(held, found)
        self.curve = found
        return found


def to_grey_levels(values: np.ndarray, memory: LevelMemory | None = None) -> np.ndarray:
    """Return values as uint8 of the same shape; 8-bit ones as they are, signed ones plus 128.

    Args:
        values: (H, W) or (H, W, C) integers or floats; one curve serves all channels. What is no
            number becomes 0.
        memory: of the camera, None for an image of its own.

    Raises:
        ValueError: not one value is a finite number.
    """
    if values.dtype.itemsize == 1:
        return values if values.dtype.kind == 'u' else values.view(np.uint8) ^ np.uint8(128)
    values = values.astype(values.dtype.newbyteorder('='), copy=False)
    sample = _sample(values)
    curve = _curve(sample, values.dtype.kind != 'f')
    if memory is not None:
        curve = memory.follow(sample, curve)
    if values.dtype in (np.uint16, np.int16):
        least, most = np.iinfo(values.dtype).min, np.iinfo(values.dtype).max
        table = np.rint(np.interp(np.arange(least, most + 1), curve, LEVELS)).astype(np.uint8)
        return table[values.astype(np.int32) - least]
    with np.errstate(invalid='ignore'):  # a signalling NaN
        grey = np.interp(values, curve, LEVELS)
    return np.rint(np.nan_to_num(grey)).astype(np.uint8)


def _sample(values: np.ndarray) -> np.ndarray:
    """Return the finite values (N,) float64 of a grid of pixels, in order."""
    height, width = values.shape[:2]
    # An odd step: an even one would see one colour of a Bayer pattern only.
    step = max(1, math.isqrt(height * width // SAMPLED_PIXELS) - 1 | 1)
    for grid in (values[::step, ::step], values):
        with np.errstate(invalid='ignore'):
            sample = grid.astype(np.float64).ravel()
        sample = sample[np.abs(sample) < MOST]
        if len(sample):
            return np.sort(sample)
    raise ValueError('the image has no value that is a finite number')


def _curve(sample: np.ndarray, whole: bool) -> np.ndarray:
    """Return the curve (257,) of an image.

    Args:
        sample: (N,) of its values, in order.
        whole: whether they are integers.
    """
    last = len(sample) - 1
    low, high = sample[math.floor(ENDS * last)], sample[math.ceil((1 - ENDS) * last)]
    least = LEAST_COUNTS if whole else LEAST_PART * max(abs(low), abs(high), 1e-30)
    bins = min(BINS, math.ceil((high - low) / (1 if whole else least)))
    if not bins:
        return np.asarray(low + least * LEVELS)
    counts, edges = np.histogram(sample, bins, (low, high))
    weights = np.minimum(counts / len(sample), PLATEAU)
    reached = np.concatenate([[0], np.cumsum(weights)]) * (255 / weights.sum())
    steps = np.diff(np.interp(LEVELS, reached, edges))
    return np.asarray(low + np.concatenate(
        [[0], np.cumsum(np.maximum(steps, least * LEVELS[1]))]))


def _blend(held: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return the curve whose levels lie FOLLOWED of the way from those of one to another's."""
    values = np.sort(np.concatenate([held, found]))
    levels = ((1 - FOLLOWED) * np.interp(values, held, LEVELS)
              + FOLLOWED * np.interp(values, found, LEVELS))
    return np.interp(LEVELS, levels, values)
