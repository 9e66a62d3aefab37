# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""GoodPoint's metrics on points whose numbers are computed by hand."""
import numpy as np
import pytest

from training.benchmarks.coverage import coverage, harmonic_mean, radius_px


def test_one_point_covers_the_pixels_of_its_disc():
    # Within 2 px of a pixel lie itself, 4 at 1, 4 at 1.41 and 4 at 2: 13 of 100.
    assert coverage(np.array([[5.0, 5]]), (10, 10), 2) == pytest.approx(0.13)
    # Of a corner's disc a quarter, with its edges: 1 + 2 + 1 + 2.
    assert coverage(np.array([[0.0, 0]]), (10, 10), 2) == pytest.approx(0.06)


def test_what_two_points_cover_counts_once():
    same = np.array([[5.0, 5], [5.4, 4.6]])
    assert coverage(same, (10, 10), 2) == pytest.approx(0.13)
    # 1 px aside: each row of the disc, which are 1 3 5 3 1 long, is one longer.
    assert coverage(np.array([[4.0, 5], [5, 5]]), (10, 10), 2) == pytest.approx(0.18)
    assert coverage(np.array([[0.0, 0], [9, 9]]), (10, 10), 20) == 1
    assert coverage(np.zeros((0, 2)), (10, 10), 25) == 0


def test_width_and_height_are_not_confused():
    assert coverage(np.array([[19.0, 2]]), (20, 5), 1) == pytest.approx(4 / 100)


def test_the_radius_is_the_papers():
    assert (radius_px((320, 240)), radius_px((640, 480)), radius_px((480, 320))) == (20, 25, 25)


def test_harmonic_mean():
    # 3 / (2 + 4 + 4)
    assert harmonic_mean([0.5, 0.25, 0.25]) == pytest.approx(0.3)
    assert harmonic_mean([0.5, 0, 0.25]) == 0
    # The paper's Table 3, GoodPoint on FIRE.
    assert harmonic_mean([0.78, 0.66, 0.82]) == pytest.approx(0.75, abs=0.005)


def test_of_a_mask_its_own_pixels_count():
    mask = np.zeros((10, 10), bool)
    mask[:, :5] = True
    # Of the disc of 13 pixels about (4, 5) the columns 2, 3 and 4 are on the mask: 1 + 3 + 5.
    assert coverage(np.array([[4.0, 5]]), (10, 10), 2, mask) == pytest.approx(9 / 50)
    assert coverage(np.array([[9.0, 5]]), (10, 10), 2, mask) == 0
