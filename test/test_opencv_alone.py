# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The networks where there is nothing but OpenCV and numpy, of any version; see support/versions.

What ONNX Runtime makes of them is saved; backends/test_opencv.py compares the two where both are.
"""
import json

import cv2
import numpy as np
import pytest
from support.expected_outputs import NETWORKS, SAVED, made_inputs, made_of, sha256_of, some_of

from residual_features_ros import create_extractor, create_matcher
from residual_features_ros.backends import opencv
from residual_features_ros.model_card import SHIPPED_WEIGHTS

MOST = 1e-4  # of the largest value of an output
EXPECTED = json.loads(SAVED.read_text(encoding='utf-8'))


def test_what_is_saved_is_of_the_networks_that_are_shipped():
    assert {name: saved['sha256'] for name, saved in EXPECTED.items()} == {
        name: sha256_of(name) for name in NETWORKS}, \
        'write it anew: PYTHONPATH=test python -m support.expected_outputs'


def test_what_is_saved_is_what_onnx_runtime_gives():
    pytest.importorskip('onnxruntime')
    name = 'residual_hessian_small.f.onnx'
    found, saved = made_of(name), EXPECTED[name]
    assert found['inputs'] == saved['inputs']
    for key, output in saved['outputs'].items():
        np.testing.assert_allclose(found['outputs'][key]['values'], output['values'], atol=1e-5)


@pytest.mark.parametrize('name', NETWORKS)
def test_opencv_gives_what_onnx_runtime_gave(name):
    saved = EXPECTED[name]
    session = opencv.open_session(SHIPPED_WEIGHTS / name, 0)
    found = session.run(made_inputs(saved['inputs'], np.random.default_rng(0)))
    assert set(found) == set(saved['outputs'])
    for key, output in saved['outputs'].items():
        assert list(found[key].shape) == output['shape']
        *_, largest = output['values']
        assert np.abs(np.subtract(some_of(found[key]), output['values'])).max() \
            < MOST * max(1, largest)


def test_the_default_method_matches_a_turned_image():
    image = cv2.GaussianBlur(np.random.default_rng(0).random((240, 320), np.float32), (0, 0), 3)
    image = cv2.normalize(image, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    there = cv2.getRotationMatrix2D((160, 120), 20, 1.1)  # (2, 3)
    extractor = create_extractor('residual_hessian_small', 300, 'opencv')
    first, second = (extractor.extract(each) for each in (
        image, cv2.warpAffine(image, there, (320, 240))))
    matches = create_matcher(extractor=extractor).match(first, second)
    moved = first.keypoints[matches.indices[:, 0]] @ there[:, :2].T + there[:, 2]
    apart = np.linalg.norm(moved - second.keypoints[matches.indices[:, 1]], axis=1)
    assert len(matches) > 50 and (apart < 3).mean() > 0.9
