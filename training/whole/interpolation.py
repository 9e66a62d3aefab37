# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Extrema of differences of Gaussians, moved from sample to sample as in cv2.SIFT (Lowe 2004, 4).

A quadratic through the samples around says where the extremum is. Where that is nearer to another
sample, it is fitted there again.
"""
from __future__ import annotations

import torch
from torch import Tensor

from residual_features_ros.keypoints.sift import LAYERS
from training.whole.found import NONE
from training.whole.quadratic import STEPS, derivatives
from training.whole.samples import Samples, gathered

FITS = 5  # most of an extremum
EDGE = 10.0  # largest ratio of the principal curvatures
FAR = 1e4  # pixels, as good as never


def interpolated(flat: Tensor, samples: Samples,
                 threshold: float) -> tuple[Samples, Tensor, Tensor]:
    """Refine extrema.

    Args:
        flat: (B, L) all samples.
        samples: the extrema (B, K).
        threshold: OpenCV's of the contrast, for grey levels in [0, 1].

    Returns:
        the samples that they moved to, (B, K, 3) offsets from there in scale, y and x, and (B, K)
        contrasts, NONE where there is no extremum, or a weak one or an edge.
    """
    is_in = samples.is_in
    for number in range(FITS):
        at, height, width = samples.at(), samples.height, samples.width
        around = torch.stack([at + (s * height + v) * width + u for s, v, u in STEPS], 2)
        slopes = derivatives(gathered(flat, around))
        offsets, rise, _ = slopes.extremum(0.0)
        if number < FITS - 1:
            up, down, right = torch.round(offsets.clamp(-FAR, FAR)).long().unbind(2)
            moved = samples._replace(layer=samples.layer + up, y=samples.y + down,
                                     x=samples.x + right)
            is_in = is_in & moved.is_in
            samples = moved.inside()
    contrasts = (slopes.value + rise).abs() / 255
    product = slopes.yy * slopes.xx - slopes.xy * slopes.xy
    is_blob = (product > 0) & ((slopes.xx + slopes.yy).square() * EDGE < (EDGE + 1) ** 2 * product)
    is_good = is_in & is_blob & (offsets.abs() < 0.5).all(2) & (contrasts * LAYERS >= threshold)
    return samples, offsets, torch.where(is_good, contrasts, NONE)
