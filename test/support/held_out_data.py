# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A small folder of data as the validation wants it: stills, exposures, drives, a posed video."""
import cv2
import numpy as np

from support.pictures import textured
from support.posed_trees import write_image, write_video

WIDTH, HEIGHT = 160, 120


def write_held_out_data(root):
    """Write one held-out photograph, pair of exposures and drive, and half a video; return root.

    Of so few photographs the last by name is held out (sources.images.split).
    """
    for number in range(3):
        write_image(root / 'stills' / 'made' / f'{number}.png', textured(200, 160, seed=number))
    for name, seed in (('001', 3), ('002', 4)):
        picture = textured(WIDTH, HEIGHT, seed=seed)
        for number, gain in ((1, 0.6), (2, 1.3)):
            write_image(root / 'exposure' / name / f'{number}.png',
                        cv2.convertScaleAbs(picture, alpha=gain))
    for seed, name in enumerate(('a', 'b'), 5):
        street = textured(WIDTH + 60, HEIGHT, seed=seed)
        for number in range(5):
            write_image(root / 'video' / 'camvid' / name / f'{number:02}.png',
                        np.ascontiguousarray(street[:, 8 * number:8 * number + WIDTH]))
    write_video(root / 'rgbd' / 'seven_scenes', 18)
    return root
