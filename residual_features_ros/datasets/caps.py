# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""CAPS's lists of MegaDepth's pairs: photographs with poses and no depth.

<scene>/dense*/aligned/ has img_cam.txt, a line 'name w h fx fy cx cy R(9) t(3)' for each file of
images/, and pairs.txt with two names a line. Source: qianqianwang68/caps (README.md,
dataloader/megadepth.py).
"""
from __future__ import annotations

from pathlib import Path

import numpy as np

from residual_features_ros.datasets.colmap import from_colmap
from residual_features_ros.datasets.posed_images import PosedImage, Scene
from residual_features_ros.datasets.text_files import read_lines
from residual_features_ros.errors import DatasetError
from residual_features_ros.geometry.camera import Camera


def read(folder: Path, name: str) -> Scene:
    """Return the photographs of a list of pairs; DatasetError names a line of another form."""
    there = _read_cameras(folder)
    listing = folder / 'pairs.txt'
    lines = read_lines(listing)
    for line in lines:
        if len(line) != 2 or not there.keys() >= set(line):
            raise DatasetError(f'{listing}: expected two names of img_cam.txt, found '
                               f'{" ".join(line)!r}')
    names = sorted({word for line in lines for word in line})
    numbers = {word: k for k, word in enumerate(names)}
    pairs = np.array([[numbers[a], numbers[b]] for a, b in lines], np.int64).reshape(-1, 2)
    return Scene(name, folder / 'images', tuple(there[word] for word in names), pairs)


def _read_cameras(folder: Path) -> dict[str, PosedImage]:
    path, found = folder / 'img_cam.txt', {}
    for words in read_lines(path):
        if len(words) < 19:
            raise DatasetError(f'{path}: expected name w h fx fy cx cy R(9) t(3), found '
                               f'{" ".join(words)!r}')
        fx, fy, cx, cy, *pose = map(float, words[3:19])
        camera = Camera(from_colmap(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])),
                        (int(float(words[1])), int(float(words[2]))))
        found[words[0]] = PosedImage(words[0], folder / 'images' / words[0], camera,
                                     np.reshape(pose[:9], (3, 3)), np.array(pose[9:]))
    return found
