# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest
import torch
from support.pictures import textured

from residual_features_ros.image import to_grey
from training.data.sources.images import open_folder
from training.methods.superpoint.config import LabelConfig, ViewConfig
from training.methods.superpoint.labels import (
    LabelFolder,
    adapt,
    corner_scores,
    homographies_of,
    make_labels,
    points_of,
)

LABELS = LabelConfig(homographies=5, size=(96, 64), threshold=0.3)
VIEWS = ViewConfig()


def brightness(images):
    """Return a detector that commutes with warps: the image itself."""
    return images[:, 0]


@pytest.fixture
def grey():
    return to_grey(textured(96, 64, seed=3))


def test_with_one_homography_the_labels_are_the_detectors_own(grey):
    found = adapt(torch.from_numpy(grey), torch.eye(3)[None], brightness)
    inner = np.s_[4:-4, 4:-4]
    np.testing.assert_allclose(found.numpy()[inner], grey[inner] / 255, atol=1e-5)
    assert found[:4].max() == 0 and found[:, -4:].max() == 0


def test_equation_10_averages_over_the_warps_that_show_a_pixel(grey):
    # The second warp moves the image by 40 px, and its detector says 1 everywhere.
    maps = torch.eye(3).repeat(2, 1, 1)
    maps[1, 0, 2] = 40

    def find(images):
        return torch.stack([images[0, 0], torch.ones_like(images[1, 0])])

    found, image = adapt(torch.from_numpy(grey), maps, find).numpy(), grey / 255
    np.testing.assert_allclose(found[4:-4, 4:50], (image[4:-4, 4:50] + 1) / 2, atol=1e-5)
    np.testing.assert_allclose(found[4:-4, 60:-4], image[4:-4, 60:-4], atol=1e-5)


def test_a_detector_that_follows_the_warps_is_not_changed_by_them(grey):
    smooth = torch.nn.functional.avg_pool2d(torch.from_numpy(grey)[None].float(), 9, 1, 4)[0]
    smooth = smooth.round().byte()
    maps = torch.from_numpy(homographies_of(grey, 0, LABELS, ViewConfig(scale=0.05)))
    found = adapt(smooth, maps, brightness)
    off = (found - smooth / 255)[10:-10, 10:-10]
    assert off.abs().mean() < 0.02 and off.abs().max() < 0.15


def test_the_warps_are_a_function_of_the_pixels_and_the_seed(grey):
    first = homographies_of(grey, 1, LABELS, VIEWS)
    assert first.shape == (5, 3, 3) and np.array_equal(first[0], np.eye(3))
    assert np.array_equal(first, homographies_of(grey.copy(), 1, LABELS, VIEWS))
    assert not np.array_equal(first, homographies_of(grey, 2, LABELS, VIEWS))
    assert not np.array_equal(first, homographies_of(grey[::-1].copy(), 1, LABELS, VIEWS))


def test_points_are_the_strongest_peaks():
    scores = np.zeros((64, 96), np.float32)
    scores[20, 30], scores[20, 33], scores[40, 50], scores[1, 1], scores[50, 9] = (
        0.9, 0.8, 0.95, 1, 0.2)
    found = points_of(scores, LABELS)
    assert found.tolist() == [[50, 40], [30, 20]]
    assert points_of(scores, dataclasses.replace(LABELS, most=1)).tolist() == [[50, 40]]


def test_a_squares_corners_have_labels_at_any_brightness():
    square = np.full((64, 96), 40, np.uint8)
    square[20:44, 24:60] = 200
    maps = torch.from_numpy(homographies_of(square, 0, LABELS, VIEWS))
    labels = dataclasses.replace(LABELS, threshold=0.1)
    corners = np.array([[24, 20], [59, 20], [24, 43], [59, 43]])
    for image in (square, square // 4):
        found = points_of(adapt(torch.from_numpy(image), maps, corner_scores).numpy(), labels)
        apart = np.linalg.norm(found[:, None] - corners, axis=2)
        assert len(found) == 4 and apart.min(1).max() < 2
    assert corner_scores(torch.zeros(1, 1, 64, 96)).max() == 0


def test_labels_are_kept_and_only_missing_ones_are_made(photographs, tmp_path):
    images, folder, calls = open_folder(photographs), LabelFolder(tmp_path / 'labels'), []

    def find(batch):
        calls.append(len(batch))
        return batch[:, 0]

    def make():
        calls.clear()
        make_labels(images, folder, find, 0, LABELS, VIEWS, torch.device('cpu'), quiet=True)
        return {path.name: path.read_bytes() for path in folder.path.iterdir()}

    first = make()
    assert len(first) == 6 and calls == [5] * 6
    assert make() == first and not calls
    lost = next(folder.path.iterdir())
    lost.unlink()
    assert make() == first and calls == [5]


def test_missing_labels_name_the_remedy(grey, tmp_path):
    with pytest.raises(ValueError, match='train again'):
        LabelFolder(tmp_path).read(grey)
