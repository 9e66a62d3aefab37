# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The pictures of posed_scene without poses, and COLMAP's database of their cameras."""
from dataclasses import replace

import cv2
import pycolmap

from residual_features_ros.datasets.posed_images import UNKNOWN
from support.posed_scene import SIZE, picture


def write_photographs(folder, count):
    """Write pictures into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(count):
        cv2.imwrite(str(folder / f'{k:02}.png'), picture(k))
    return folder


def write_database(path, count, cameras):
    """Let COLMAP write a database of pictures that took turns at so many cameras.

    The focal length of the first camera alone is measured, and its lens bends lines a little.
    """
    database = pycolmap.Database.open(path)
    for number in range(1, cameras + 1):
        camera = pycolmap.Camera(
            model='SIMPLE_RADIAL', width=SIZE[0], height=SIZE[1], camera_id=number,
            params=[300 if number == 1 else 384, 160, 120, 0.01 if number == 1 else 0])
        camera.has_prior_focal_length = number == 1
        database.write_camera(camera, use_camera_id=True)
    for k in range(count):
        database.write_image(pycolmap.Image(name=f'{k:02}.png', camera_id=k % cameras + 1,
                                            image_id=k + 1), use_image_id=True)
    database.close()


def without_poses(views, cameras):
    """Return PosedFeatures of which nobody knows the pose, taken by cameras in turns."""
    found = []
    for k, view in enumerate(views):
        camera = cameras[k % len(cameras)]
        image = replace(view.image, R=UNKNOWN, t=UNKNOWN[0], camera=camera)
        found.append(replace(view, image=image, camera=camera))
    return found
