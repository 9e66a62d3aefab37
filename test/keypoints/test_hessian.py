# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys

import numpy as np
import pytest
from support.paths import ROOT
from support.pictures import textured

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.image import to_grey
from residual_features_ros.keypoints import hessian
from residual_features_ros.keypoints.hessian import find_hessian
from residual_features_ros.mask import Mask
from residual_features_ros.rows.pyramid import View

CONFIGS = [ExtractorConfig(hessian_first_octave=octave) for octave in (0, 1)]
SIZES = [(160, 160), (157, 163), (166, 158)]
# Prints what tells keypoints apart, on so many threads of OpenCV.
SCRIPT = """
import sys
import cv2
sys.path.insert(0, 'test')
from keypoints.test_hessian import CONFIGS, columns, found
cv2.setNumThreads(int(sys.argv[1]))
print([columns(found(config)).tobytes().hex() for config in CONFIGS])
"""


def blob(size, centre, sigma, height=200):
    """Return a Gaussian blob on grey."""
    y, x = np.mgrid[:size[1], :size[0]]
    apart = (x - centre[0]) ** 2 + (y - centre[1]) ** 2
    return View(np.rint(30 + height * np.exp(-apart / (2 * sigma**2))).astype(np.uint8))


def found(config, **picture):
    return find_hessian(View(to_grey(textured(**picture))), 300, config)


def columns(features):
    return np.column_stack([features.keypoints, features.sizes, features.responses,
                            features.octaves])


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('sigma', [2.6, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 10.0])
@pytest.mark.parametrize('config', CONFIGS, ids=['whole', 'half'])
def test_blobs_have_their_place_and_sigma(config, sigma, size):
    offsets, sigmas = [], []
    shifts = (np.arange(8) + 0.5) / 2  # all of a pixel of an octave that is a quarter
    for shift in shifts:
        centre = np.array([72 + shift, 79 - 0.75 * shift])
        strongest = find_hessian(blob(size, centre, sigma), 1, config)
        offsets.append(strongest.keypoints[0] - centre)
        sigmas.append(strongest.sizes[0] / 2)
    assert np.abs(np.mean(offsets, 0)).max() < 0.05
    assert np.abs(offsets).max() < 0.15
    assert np.array(sigmas) / sigma == pytest.approx(1, rel=0.1)


@pytest.mark.parametrize('config', CONFIGS, ids=['whole', 'half'])
def test_dark_blobs_are_found_like_bright_ones(config):
    where = (160, 160), (70.3, 81.6), 4
    bright, dark = (find_hessian(view, 1, config) for view in (
        blob(*where, 100), View(60 - blob(*where, 30).grey)))
    np.testing.assert_allclose(bright.keypoints, dark.keypoints, atol=0.1)
    assert bright.sizes[0] == pytest.approx(dark.sizes[0], rel=0.05)
    assert bright.responses[0] == pytest.approx(dark.responses[0] * (100 / 30) ** 2, rel=0.2)


def planes():
    y, x = np.mgrid[:120, :160]
    return {'flat': np.full((120, 160), 90), 'right': x, 'down': 2 * y, 'aslant': x // 2 + y,
            'step': np.where(x > 70, 200, 40), 'black': np.zeros((120, 160))}


@pytest.mark.parametrize('name', planes())
@pytest.mark.parametrize('config', CONFIGS, ids=['whole', 'half'])
def test_there_are_no_blobs_in_planes_and_straight_edges(config, name):
    assert len(find_hessian(View(planes()[name].astype(np.uint8)), 100, config)) == 0


@pytest.mark.parametrize('config', CONFIGS, ids=['whole', 'half'])
def test_the_strongest_are_found_in_their_order_and_over_the_threshold(config):
    all_of, few = (find_hessian(View(to_grey(textured())), count, config)
                   for count in (10_000, 40))
    assert 200 < len(all_of) < 10_000 and len(few) == 40
    np.testing.assert_array_equal(columns(few), columns(all_of)[:40])
    assert (np.diff(all_of.responses) <= 0).all()
    assert all_of.responses.min() >= config.hessian_threshold * (1 - 1e-6)
    assert (all_of.angles == -1).all() and all_of.descriptors.shape == (len(all_of), 0)
    assert len(np.unique(all_of.keypoints, axis=0)) == len(all_of)
    assert all_of.octaves.min() == config.hessian_first_octave
    base = hessian.BASE_SIGMA[config.hessian_first_octave]
    # What was found in an octave has one of its scales, less a scale or one more.
    scales = all_of.sizes / 2 / 2.0**all_of.octaves / base
    assert scales.min() >= 0.99 and scales.max() < 2 ** (1 + 1 / hessian.LAYERS)


@pytest.mark.parametrize('config', CONFIGS, ids=['whole', 'half'])
def test_a_mask_is_filled(config):
    view = View(to_grey(textured()))
    allowed = np.zeros(view.grey.shape, bool)
    allowed[60:200, 100:220] = True
    free, masked = (find_hessian(view, 40, config, mask) for mask in (None, Mask(allowed)))
    assert len(masked) == 40 and Mask(allowed).allows(masked.keypoints).all()
    assert not Mask(allowed).allows(free.keypoints).all()
    none = find_hessian(view, 40, config, Mask(np.zeros_like(allowed)))
    assert len(none) == 0 and none.keypoints.shape == (0, 2)


@pytest.mark.parametrize('size', [(32, 32), (33, 35), (64, 17), (9, 9), (1, 1), (3, 150)])
@pytest.mark.parametrize('config', CONFIGS, ids=['whole', 'half'])
def test_small_images(config, size):
    width, height = size
    grey = to_grey(textured(seed=2))[60:60 + height, 60:60 + width].copy()
    features = find_hessian(View(grey), 50, config)
    assert features.image_size == size
    assert ((features.keypoints >= 0) & (features.keypoints <= [width - 1, height - 1])).all()
    if min(size) >= 32:
        one = find_hessian(blob(size, (16.2, 15.7), 3), 1, config)
        np.testing.assert_allclose(one.keypoints, [[16.2, 15.7]], atol=0.15)


@pytest.mark.parametrize('config', CONFIGS, ids=['whole', 'half'])
def test_a_part_of_odd_size_has_the_blobs_of_the_whole(config):
    grey = to_grey(textured(640, 480, seed=3))
    whole = find_hessian(View(grey), 10_000, config).keypoints
    part = find_hessian(View(grey[:357, :491].copy()), 10_000, config).keypoints
    apart = np.linalg.norm(part[:, None] - whole[None], axis=2).min(1)
    inner = (part < np.array([491, 357]) - 60).all(1)
    assert inner.sum() > 100 and (apart[inner] < 0.05).mean() > 0.98


@pytest.mark.parametrize('config', CONFIGS, ids=['whole', 'half'])
def test_numpy_finds_what_the_loops_find(config, monkeypatch):
    compiled = columns(found(config))
    monkeypatch.setattr(hessian, 'has_compiler', lambda: False)
    plain = columns(found(config))
    apart = np.abs(plain[:, None, :2] - compiled[None, :, :2]).max(2).min(1)
    assert len(plain) == len(compiled) > 150
    assert (apart < 0.01).mean() > 0.99


def test_threads_of_opencv_do_not_change_what_is_found():
    outputs = {subprocess.run(
        [sys.executable, '-c', SCRIPT, str(threads)], capture_output=True, text=True, cwd=ROOT,
        check=True, env={**os.environ, 'PYTHONPATH': f'{ROOT}{os.pathsep}{ROOT / "test"}'}).stdout
        for threads in (1, 2, 4)}
    assert len(outputs) == 1
