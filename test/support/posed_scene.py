# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A board before a wall, seen by cameras of known pose: as pictures and as exact keypoints."""
import functools

import cv2
import numpy as np

from residual_features_ros import Features, create_extractor
from residual_features_ros.datasets.posed_images import PosedImage
from residual_features_ros.geometry.camera import Camera
from support.pictures import textured
from training.benchmarks.cache import Predictor
from training.benchmarks.posed_features import Matched, PosedFeatures

SIZE = (320, 240)
K = np.array([[300.0, 0, 159.5], [0, 300.0, 119.5], [0, 0, 1]])
CAMERA = Camera(K, SIZE)
PLANES = ((9.0, 900, 500, 60.0, 3), (5.0, 220, 160, 60.0, 4))  # z, pixels, pixels per unit, seed


def pose(k):
    """Return R and t of the k-th camera: it moves to the right and turns to the left."""
    R = cv2.Rodrigues(np.radians([0.0, 4.0 * k, 0]))[0]
    return R, -R @ np.array([0.45 * k - 1, 0.1 * (k % 2), 0])


@functools.cache
def picture(k):
    """Return the picture (H, W, 3) of the k-th camera."""
    (R, t), image = pose(k), np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    for z, width, height, scale, seed in PLANES:
        to_plane = np.array([[scale, 0, width / 2], [0, scale, height / 2], [0, 0, 1]])
        plane = K @ np.c_[R[:, 0], R[:, 1], R[:, 2] * z + t] @ np.linalg.inv(to_plane)
        cv2.warpPerspective(textured(width, height, seed), plane, SIZE, image,
                            borderMode=cv2.BORDER_TRANSPARENT)
    return image


def write_video(folder, count=6):
    """Write pictures, K.txt and poses.txt, camera to world."""
    (folder / 'images').mkdir(parents=True)
    rows = []
    for k in range(count):
        cv2.imwrite(str(folder / 'images' / f'{k:02}.png'), picture(k))
        R, t = pose(k)
        to_world = np.eye(4)
        to_world[:3, :3], to_world[:3, 3] = R.T, -R.T @ t
        rows.append(to_world.ravel())
    np.savetxt(folder / 'K.txt', K)
    np.savetxt(folder / 'poses.txt', rows)
    return folder


def points(count=150):
    """Return points (N, 3) between 4 and 9 units before the cameras."""
    return np.random.default_rng(0).uniform((-1, -1, 4), (1, 1, 9), (count, 3))


def ahead(k):
    """Return R and t of the k-th camera of a robot that drives straight ahead."""
    return np.eye(3), np.array([0, 0, -0.6 * k])


def exact_views(count=6, noise_px=0.0, pose=pose, many=150):
    """Return views whose k-th keypoints are the k-th of points(), with that point's descriptor."""
    world, rng = points(many), np.random.default_rng(1)
    rows = rng.normal(size=(len(world), 64)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ones = np.ones(len(world), np.float32)
    views = []
    for k in range(count):
        R, t = pose(k)
        moved = (world @ R.T + t) @ K.T
        pixels = moved[:, :2] / moved[:, 2:] + rng.normal(scale=noise_px, size=(len(world), 2))
        features = Features(pixels.astype(np.float32), 4 * ones, 0 * ones, ones,
                            ones.astype(np.int32), rows, SIZE)
        image = PosedImage(f'{k:02}.png', None, CAMERA, R, t)
        views.append(PosedFeatures(image, CAMERA, features, SIZE))
    return views


def exact_matches(noise_px=0.0, pose=pose, many=150):
    """Return the matches of exact_views, those of mutual nearest neighbours."""
    return Matched(exact_views(noise_px=noise_px, pose=pose, many=many), 1.0,
                   Predictor(create_extractor('rootsift'), None))
