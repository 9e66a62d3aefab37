# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from support.needs import need_precise_sift
from support.pictures import textured

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.image import to_grey
from residual_features_ros.keypoints.hessian import find_hessian
from residual_features_ros.rows import orientation
from residual_features_ros.rows.orientation import BINS, orientations, turn_histograms
from residual_features_ros.rows.pyramid import View
from residual_features_ros.rows.windows import keypoint_rows

SIZE = 320


def apart(angles, others):
    """Return differences in degrees, in [-180, 180)."""
    return (angles - others + 180) % 360 - 180


def keypoints_inside(grey, radius, count=300):
    """Return (N, 4) keypoints within a circle about the centre of a square image."""
    rows = keypoint_rows(find_hessian(View(grey), count, ExtractorConfig()))
    middle = (len(grey) - 1) / 2
    return rows[np.linalg.norm(rows[:, :2] - middle, axis=1) < radius]


@pytest.fixture(params=['made', 'photograph'])
def square(request):
    if request.param == 'made':
        return to_grey(textured(SIZE, SIZE, seed=9))
    root = request.getfixturevalue('data_root')
    path = sorted((root / 'stills' / 'urban').glob('*'))[0]
    return cv2.imread(str(path), 0)[:SIZE, :SIZE][:300, :300].copy()


@pytest.mark.parametrize('angle', [10, 35, 90, 145, 180, 300])
def test_an_image_turned_turns_the_angles_by_as_much(angle, square, request):
    middle = (len(square) - 1) / 2
    # OpenCV's angle is against the clock, and so the image turns clockwise by -angle.
    matrix = cv2.getRotationMatrix2D((middle, middle), -angle, 1)
    turned = cv2.warpAffine(square, matrix, square.shape[::-1], flags=cv2.INTER_CUBIC,
                            borderMode=cv2.BORDER_REFLECT)
    rows = keypoints_inside(square, 0.35 * len(square))
    rows = rows[rows[:, 2] < 16]
    moved = rows.copy()
    moved[:, :2] = rows[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    before, after = (orientations(View(grey).levels, which) for grey, which in (
        (square, rows), (turned, moved)))
    off = apart(after, before + angle)
    assert len(rows) > 60 and before.dtype == np.float32
    # Round blobs, of which the made picture is full, have no direction that stands out.
    most = 3 if 'made' in request.node.name else 2
    assert np.median(np.abs(off)) < most and abs(np.median(off)) < 1.5
    assert (np.abs(off) < 10).mean() > 0.75


@pytest.mark.parametrize('size', [4.0, 9.0, 25.0])
@pytest.mark.parametrize('angle', [0, 20, 90, 133, 270, 355])
def test_the_angle_is_that_of_a_ramp_clockwise_in_the_image(angle, size):
    y, x = np.mgrid[:200, :200]
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    grey = np.rint(128 + 0.8 * (cosine * (x - 100) + sine * (y - 100))).clip(0, 255)
    found = orientations(View(grey.astype(np.uint8)).levels, np.float32([[100, 100, size, -1]]))
    assert 0 <= found[0] < 360 and abs(apart(found, angle)[0]) < 2


def test_the_angle_that_a_keypoint_has_is_not_looked_at():
    grey = to_grey(textured())
    rows = keypoint_rows(find_hessian(View(grey), 100, ExtractorConfig()))
    others = rows.copy()
    others[:, 3] = np.linspace(0, 359, len(rows))
    levels = View(grey).levels
    np.testing.assert_array_equal(orientations(levels, rows), orientations(levels, others))


def test_angles_are_those_of_opencvs_sift_at_its_keypoints():
    grey = to_grey(textured(SIZE, SIZE, seed=5))
    points = need_precise_sift(300).detect(grey, None)
    rows = np.float32([(*point.pt, point.size, point.angle) for point in points])
    _, index, count = np.unique(rows[:, :3], axis=0, return_index=True, return_counts=True)
    one = rows[index[count == 1]]  # a place with two orientations has no first one
    off = np.abs(apart(orientations(View(grey).levels, one), one[:, 3]))
    assert len(one) > 100 and np.median(off) < 3 and (off < 15).mean() > 0.85


def test_numpy_gives_the_angles_of_the_loops(monkeypatch):
    grey = to_grey(textured())
    rows = keypoint_rows(find_hessian(View(grey), 300, ExtractorConfig()))
    compiled = orientations(View(grey).levels, rows)
    monkeypatch.setattr(orientation, 'has_compiler', lambda: False)
    off = np.abs(apart(orientations(View(grey).levels, rows), compiled))
    assert np.median(off) < 0.2 and (off < 3).mean() > 0.97


def test_histograms_hold_the_weighted_lengths_of_all_gradients():
    levels, rows = View(to_grey(textured())).levels, np.float32([[100, 80, 6, 0], [9, 9, 3, 0]])
    length, _ = orientation.gradients(levels, rows, orientation.INNER, BINS)
    found = turn_histograms(levels, rows)
    assert found.shape == (2, BINS) and found.dtype == np.float32 and (found >= 0).all()
    np.testing.assert_allclose(found.sum(1), length @ orientation.WEIGHTS.ravel(), rtol=1e-4)


def test_what_is_flat_has_an_angle_all_the_same():
    found = orientations(View(np.full((48, 64), 9, np.uint8)).levels,
                         np.float32([[20, 20, 5, -1], [-9, 900, 400, -1]]))
    assert np.isfinite(found).all() and ((found >= 0) & (found < 360)).all()
