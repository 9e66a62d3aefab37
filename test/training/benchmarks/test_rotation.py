# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import numpy as np
from support.pictures import textured

from training.__main__ import main
from training.benchmarks import rotation


def test_a_rotation_turns_about_the_centre():
    turn = rotation.rotation(90, (101, 51))
    np.testing.assert_allclose(turn @ [50, 25, 1], [50, 25, 1], atol=1e-9)
    np.testing.assert_allclose(turn @ [60, 25, 1], [50, 15, 1], atol=1e-9)


def test_rotation_curves(tmp_path, monkeypatch):
    monkeypatch.setattr(rotation, 'ANGLES_DEG', (0, 90))
    (tmp_path / 'images').mkdir()
    cv2.imwrite(str(tmp_path / 'images' / 'a.png'), textured(200, 200, seed=2))
    out = tmp_path / 'out' / 'rotation.json'
    assert main(['evaluate', 'rotation', '--root', str(tmp_path / 'images'), '--size', '200x200',
                 '--max-keypoints', '200', '--methods',
                 'rootsift,rootsift_upright,rootsift+guided', '--out',
                 str(out)]) == 0
    curves = json.loads(out.read_text())['recall']
    assert min(curves['rootsift']) > 0.6 and min(curves['rootsift+guided']) > 0.6
    assert curves['rootsift+guided'] != curves['rootsift']
    assert curves['rootsift_upright'][0] > 0.6 > 0.2 > curves['rootsift_upright'][1]
    assert cv2.imread(str(out.with_suffix('.png'))) is not None
