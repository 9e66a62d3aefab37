# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Gaussian blur of an image of one size as products of matrices.

A convolution of one channel is slow in every runtime; the product of a band matrix with blocks of
rows is a third of it. All blocks of an axis share one matrix, since they carry their margin.
"""
from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

LEAST_BLOCK, MOST_BLOCK = 48, 80


def block_of(length: int) -> int:
    """Return the length of the blocks that cover an axis with least to spare."""
    lengths = range(min(LEAST_BLOCK, length), min(MOST_BLOCK, length) + 1)
    return min(lengths, key=lambda block: (-length % block, -block))


def margins(length: int, block: int, reach: int) -> Tensor:
    """Return (blocks, block + 2 reach) int64, which pixel each block reads; edges are mirrored.

    The edge pixel is not repeated (OpenCV's BORDER_REFLECT_101).
    """
    at = np.arange(0, length, block)[:, None] + np.arange(-reach, block + reach)
    at = np.abs(at)
    at = np.where(at < length, at, 2 * (length - 1) - at)
    return torch.from_numpy(at.clip(0))  # behind the end of what is kept


class Blur(nn.Module):
    """Blur of images of one size."""

    def __init__(self, width: int, height: int, sigma: float, side: int) -> None:
        """Hold the matrices of cv2.GaussianBlur's sigma and side of the kernel."""
        super().__init__()
        self.rows: Tensor
        self.above: Tensor
        self.beside: Tensor
        kernel = torch.from_numpy(cv2.getGaussianKernel(side, sigma, cv2.CV_32F)).view(-1)
        self.width, self.height, self.reach = width, height, side // 2
        self.down, self.across = block_of(height), block_of(width)
        rows = margins(height, self.down, self.reach)
        self.blocks = len(rows)
        for name, values in (('rows', rows.flatten()), ('above', band(kernel, self.down)),
                             ('beside', band(kernel, self.across).T.contiguous())):
            self.register_buffer(name, values, persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        """(B, 1, H, W) -> the same, blurred."""
        width, height, reach = self.width, self.height, self.reach
        high = image[:, 0, self.rows].reshape(-1, self.blocks, self.down + 2 * reach, width)
        image = (self.above @ high).reshape(-1, self.blocks * self.down, width)[:, :height]
        spare = -width % self.across
        wide = functional.pad(image, (reach, reach), mode='reflect')
        wide = functional.pad(wide, (0, spare)) if spare else wide
        blocks = torch.stack([wide[..., left:left + self.across + 2 * reach]
                              for left in range(0, width, self.across)], 2)
        return (blocks @ self.beside).reshape(-1, 1, height, width + spare)[..., :width]


def band(kernel: Tensor, block: int) -> Tensor:
    """Return (block, block + K - 1), whose rows are the kernel (K,), each one farther right."""
    matrix = torch.zeros(block, block + len(kernel) - 1)
    for row in range(block):
        matrix[row, row:row + len(kernel)] = kernel
    return matrix
