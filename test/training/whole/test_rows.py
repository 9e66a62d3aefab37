# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch
from support.pictures import textured

from residual_features_ros.rows.orientation import orientations
from residual_features_ros.rows.pyramid import pyramid
from residual_features_ros.rows.sift_rows import root, sift_rows
from residual_features_ros.rows.windows import Window, read_windows
from training.whole.rows import Orientations, SiftRows, Windows, directions
from training.whole.squares import Atlas

NUMBER = 300


@pytest.fixture(scope='module')
def levels():
    return pyramid(textured(320, 240)[..., 0].copy())


@pytest.fixture(scope='module')
def keypoints():
    rng = np.random.default_rng(0)
    return (rng.random((NUMBER, 4)) * (320, 240, 40, 360) + (0, 0, 4, 0)).astype(np.float32)


@pytest.fixture(scope='module')
def atlas():
    return Atlas(320, 240)


@pytest.fixture(scope='module')
def joined(atlas, levels):
    return atlas.joined([torch.from_numpy(level)[None, None] for level in levels])


def split(keypoints):
    rows = torch.from_numpy(keypoints)[None]
    return rows[..., :2], rows[..., 2], rows[..., 3]


def test_orientations_are_the_runtimes(atlas, joined, levels, keypoints):
    found = Orientations(atlas)(joined, *split(keypoints)[:2])[0].numpy()
    off = np.abs((found - orientations(levels, keypoints) + 180) % 360 - 180)
    assert np.median(off) < 0.05 and (off < 1).mean() > 0.98
    assert (found >= 0).all() and (found < 360).all()


@pytest.mark.parametrize('rooted', [False, True])
def test_rows_are_the_runtimes(atlas, joined, levels, keypoints, rooted):
    found = SiftRows(atlas, rooted)(joined, *split(keypoints))[0].numpy()
    expected = sift_rows(levels, keypoints)
    expected = root(expected) if rooted else expected
    cosines = (found * expected).sum(1)
    assert np.median(cosines) > 0.9999 and cosines.min() > 0.99


def test_windows_are_the_runtimes(atlas, joined, levels, keypoints):
    sides = [Window(8.0), Window(28.0), Window(8.0, turned=False)]
    found = Windows(atlas, sides, 12)(joined, *split(keypoints))[0].numpy()
    expected = read_windows(levels, keypoints, sides, 12)
    assert found.shape == expected.shape
    assert np.abs(found - expected).mean() < 0.01  # cv2.remap rounds places


def test_directions_go_around():
    turn = torch.arange(0, 360, 7.0)
    found = directions(torch.cos(torch.deg2rad(turn)), torch.sin(torch.deg2rad(turn)), 36)
    torch.testing.assert_close(found, turn / 10, atol=1e-3, rtol=0)
