# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Scenes of HPatches layout, made for the tests."""
import cv2
import numpy as np

from support.pictures import textured

SIZE = (200, 160)


def write_scene(folder, seed):
    """Write a scene as HPatches has it: 1.ppm to 6.ppm, H_1_2 to H_1_6, here of known shifts."""
    folder.mkdir(parents=True)
    picture = textured(*SIZE, seed=seed)
    step = 4.0 if folder.name.startswith('v_') else 0.0
    for number in range(1, 7):
        homography = np.array([[1, 0, step * (number - 1)], [0, 1, 0], [0, 0, 1]])
        if number > 1:
            np.savetxt(folder / f'H_1_{number}', homography)
        view = cv2.warpPerspective(picture, homography, SIZE)
        gain = 1 if step else 1 - 0.1 * (number - 1)
        cv2.imwrite(str(folder / f'{number}.ppm'), cv2.convertScaleAbs(view, alpha=gain))
