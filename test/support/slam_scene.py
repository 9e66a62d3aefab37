# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A room of points, and a camera that goes round in it and looks outward, back to its start."""
import cv2
import numpy as np

from residual_features_ros.geometry.camera import Camera
from residual_features_ros.types import Features
from residual_features_ros.vocabulary.bag import BagOfWords

SIZE = (640, 480)
CAMERA = Camera(np.array([[400.0, 0, 319.5], [0, 400, 239.5], [0, 0, 1]]), SIZE)
STEP_DEG, RADIUS = 6.0, 1.5
PERIOD_NS = 10**8


def room(count=1500, seed=0):
    """Return points (count, 3) around, between 5 and 8 away, and 32 bytes (count, 32) of each."""
    rng = np.random.default_rng(seed)
    angle, far = rng.uniform(0, 2 * np.pi, count), rng.uniform(5, 8, count)
    points = np.stack([far * np.sin(angle), rng.uniform(-2.5, 2.5, count), far * np.cos(angle)], 1)
    return points, rng.integers(0, 256, (count, 32), np.uint8)


def pose(k):
    """Return the pose (4, 4), world from camera, of the k-th image."""
    made = np.eye(4)
    made[:3, :3] = cv2.Rodrigues(np.radians([0, STEP_DEG * k, 0]))[0]
    made[:3, 3] = made[:3, :3] @ [0, 0.05 * (k % 2), RADIUS]
    return made


def image(k, noise_px=0.3):
    """Return stamp in ns, features and words of the k-th image; a word is a point."""
    points, descriptors = room()
    rng, back = np.random.default_rng(k), np.linalg.inv(pose(k))
    seen = points @ back[:3, :3].T + back[:3, 3]
    pixels = seen @ CAMERA.K.T
    pixels = pixels[:, :2] / pixels[:, 2:] + rng.normal(scale=noise_px, size=(len(points), 2))
    there = np.flatnonzero((seen[:, 2] > 0) & (pixels >= 0).all(1) & (pixels < SIZE).all(1))
    flips = np.packbits(rng.random((len(there), 256)) < 0.04, axis=1)
    ones = np.ones(len(there), np.float32)
    order = rng.permutation(len(there))
    features = Features(pixels[there][order].astype(np.float32), 8 * ones, 0 * ones, ones,
                        np.zeros(len(there), np.int32), (descriptors[there] ^ flips)[order], SIZE)
    words = BagOfWords(there.astype(np.int32), ones / len(there))
    return PERIOD_NS * (k + 1), features, words


def nothing():
    """Return the features of a black image."""
    none = np.zeros(0, np.float32)
    return Features(np.zeros((0, 2), np.float32), none, none, none, np.zeros(0, np.int32),
                    np.zeros((0, 32), np.uint8), SIZE)


def misplaced(found):
    """Return how far (N,) cameras of a Trajectory are from their places, aligned by a similarity.

    Umeyama 1991, equations 40 to 42.
    """
    true = np.array([pose(stamp // PERIOD_NS - 1)[:3, 3] for stamp in found.stamps_ns])
    places = found.poses[:, :3, 3]
    a, b = places - places.mean(0), true - true.mean(0)
    u, s, v = np.linalg.svd(b.T @ a)
    sign = np.diag([1, 1, np.linalg.det(u @ v)])
    scale = np.trace(np.diag(s) @ sign) / (a * a).sum()
    return np.linalg.norm(scale * a @ (u @ sign @ v).T - b, axis=1)
