# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.image import to_grey
from residual_features_ros.keypoints.akaze import find_akaze
from residual_features_ros.keypoints.hessian import find_hessian
from residual_features_ros.rows.describing import describe
from residual_features_ros.rows.orientation import orientations
from residual_features_ros.rows.pyramid import View
from residual_features_ros.rows.sift_rows import root, sift_rows
from residual_features_ros.rows.windows import keypoint_rows

CONFIG = ExtractorConfig()


@pytest.fixture(scope='module')
def view():
    return View(to_grey(textured()))


def test_what_has_descriptors_stays_as_it_is(view):
    found = find_hessian(view, 20, CONFIG)
    for rows in (np.ones((len(found), 32), np.uint8), np.ones((len(found), 64), np.float32)):
        described = dataclasses.replace(found, descriptors=rows)
        assert describe(view, described, True) is described


@pytest.mark.parametrize('rooted', [True, False])
def test_keypoints_without_an_angle_get_one_and_are_described_by_it(view, rooted):
    found = find_hessian(view, 80, CONFIG)
    described = describe(view, found, rooted)
    np.testing.assert_array_equal(described.angles,
                                  orientations(view.levels, keypoint_rows(found)))
    rows = sift_rows(view.levels, keypoint_rows(described))
    np.testing.assert_array_equal(described.descriptors, root(rows) if rooted else rows)
    np.testing.assert_array_equal(described.keypoints, found.keypoints)
    np.testing.assert_array_equal(described.sizes, found.sizes)
    assert described.descriptors.dtype == np.float32


def test_angles_that_there_are_stay(view):
    found = dataclasses.replace(find_akaze(view, 80, CONFIG))
    upright = dataclasses.replace(found, angles=np.full(len(found), 30, np.float32))
    described = describe(view, upright, True)
    assert (described.angles == 30).all() and described.descriptors.shape == (len(found), 128)


@pytest.mark.parametrize('rooted', [True, False])
def test_a_row_does_not_depend_on_the_others(view, rooted):
    found = find_hessian(view, 60, CONFIG)
    whole = describe(view, found, rooted)
    for part in (slice(0, 1), slice(10, 40)):
        alone = describe(view, found.take(part), rooted)
        np.testing.assert_array_equal(alone.descriptors, whole.descriptors[part])
        np.testing.assert_array_equal(alone.angles, whole.angles[part])


def test_no_keypoints_have_no_rows_of_the_right_width(view):
    none = find_hessian(View(np.zeros((48, 64), np.uint8)), 10, CONFIG)
    described = describe(view, none, True)
    assert described.descriptors.shape == (0, 128) and described.descriptors.dtype == np.float32
