# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A made tree of FIRE's layout."""
import cv2
import numpy as np

from residual_features_ros.geometry.homography import transform
from support.pictures import textured

SIZE = (200, 160)
SHIFT = np.array([[1.0, 0, 6], [0, 1, -4], [0, 0, 1]])


def write_pairs(root, names=('A01', 'S02'), masked=True):
    """Write pairs that are SHIFT apart, with eight control points, and a mask of the left half."""
    width, height = SIZE
    for folder in ('Images', 'Ground Truth', 'Masks'):
        (root / folder).mkdir(parents=True)
    points = np.random.default_rng(0).uniform(20, 140, (8, 2))
    for seed, name in enumerate(names):
        picture = textured(*SIZE, seed=seed)
        cv2.imwrite(str(root / 'Images' / f'{name}_1.jpg'), picture)
        cv2.imwrite(str(root / 'Images' / f'{name}_2.jpg'),
                    cv2.warpPerspective(picture, SHIFT, SIZE, borderMode=cv2.BORDER_REFLECT_101))
        np.savetxt(root / 'Ground Truth' / f'control_points_{name}_1_2.txt',
                   np.c_[points, transform(points, SHIFT)])
    if masked:
        mask = np.zeros((height, width), np.uint8)
        mask[:, :width // 2] = 255
        cv2.imwrite(str(root / 'Masks' / 'feature_mask.png'), mask)
