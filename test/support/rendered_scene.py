# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A scene whose geometry is known: textured planes, one behind the other, and a camera."""
import functools

import cv2
import numpy as np

from support.pictures import textured

SIZE = (320, 240)
MATRIX = np.array([[260.0, 0, 159.5], [0, 260, 119.5], [0, 0, 1]])
PIXEL_M = 0.012  # of the planes' textures
# z x y of the top left in metres, width and height in PIXEL_M, seed; the farthest first
PLANES = ((9.0, -9.0, -6.0, 1500, 1000, 1), (6.0, -3.5, 0.3, 260, 200, 4),
         (4.5, -0.6, -1.6, 420, 330, 2), (3.2, 0.8, 0.1, 130, 110, 3))


def pose(x=0.0, y=0.0, z=0.0, yaw_deg=0.0, pitch_deg=0.0):
    """Return a pose (4, 4), world from camera."""
    made = np.eye(4)
    yaw = cv2.Rodrigues(np.radians([0.0, yaw_deg, 0]))[0]
    made[:3, :3] = yaw @ cv2.Rodrigues(np.radians([pitch_deg, 0.0, 0]))[0]
    made[:3, 3] = x, y, z
    return made


def camera_path(count, speed=1.0):
    """Return poses (count, 4, 4) of a camera that moves to the right and forward and turns."""
    places = [speed * i * np.array([0.06, 0.01, 0.03 + 0.002 * i]) for i in range(count)]
    return np.array([pose(*place, 0.35 * i, -0.1 * i) for i, place in enumerate(places)])


@functools.cache
def plane_texture(width, height, seed):
    return cv2.cvtColor(textured(width, height, seed), cv2.COLOR_BGR2GRAY)


def view(camera_pose):
    """Return the grey image (240, 320) uint8 that the camera sees."""
    back = np.linalg.inv(camera_pose)
    seen = np.full(SIZE[::-1], 90, np.uint8)
    for depth, left, top, width, height, seed in PLANES:
        picture = plane_texture(width, height, seed)
        to_world = np.array([[PIXEL_M, 0, left], [0, PIXEL_M, top], [0, 0, depth], [0, 0, 1]])
        homography = MATRIX @ back[:3] @ to_world
        part = cv2.warpPerspective(picture, homography, SIZE)
        mask = cv2.warpPerspective(np.full_like(picture, 255), homography, SIZE)
        seen = np.where(mask > 254, part, seen)
    return seen


def points(count, seed=0):
    """Return (count, 3) points in space in front of the camera."""
    rng = np.random.default_rng(seed)
    return rng.uniform([-3, -2, 5], [4, 2, 14], (count, 3))


def project(space, camera_pose):
    """Return the pixels (N, 2) float32 of points in space."""
    back = np.linalg.inv(camera_pose)
    seen = (space @ back[:3, :3].T + back[:3, 3]) @ MATRIX.T
    return (seen[:, :2] / seen[:, 2:]).astype(np.float32)
