# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Rows against those of OpenCV's SIFT, at its own keypoints."""
import cv2
import numpy as np
import pytest
from support.needs import need_precise_sift
from support.pictures import textured

from residual_features_ros.image import to_grey
from residual_features_ros.rows import sift_rows as module
from residual_features_ros.rows.pyramid import View
from residual_features_ros.rows.sift_rows import DIM, SHARES, root, sift_rows
from residual_features_ros.types import normalise_rows

COUNT = 500
NEAR_PX = 3
LEAST_COSINE = 0.98


def opencv(grey):
    """Return keypoints (N, 4) of OpenCV and its unit rows."""
    points, rows = need_precise_sift(COUNT).detectAndCompute(grey, None)
    table = np.float32([(*point.pt, point.size, point.angle) for point in points])
    return table, normalise_rows(rows)


def photographs(root_of_data, count):
    """Return grey photographs, spread over their folder."""
    paths = sorted((root_of_data / 'stills').rglob('*.jpg'))
    return [cv2.imread(str(path), 0) for path in paths[::len(paths) // count][:count]]


@pytest.mark.parametrize('kind', ['made', 'photographs'])
def test_rows_are_those_of_opencv_at_its_own_keypoints(kind, request):
    greys = [to_grey(textured(seed=seed)) for seed in (1, 2)] if kind == 'made' \
        else photographs(request.getfixturevalue('data_root'), 5)
    for grey in greys:
        keypoints, expected = opencv(grey)
        found = sift_rows(View(grey).levels, keypoints)
        assert len(found) > 100 and found.shape == expected.shape and found.dtype == np.float32
        assert (found * expected).sum(1).mean() > LEAST_COSINE


def correct(first, second, homography):
    """Return how many mutual nearest neighbours of (keypoints, rows) are near each other."""
    (places, rows), (others, other_rows) = first, second
    similarity = rows @ other_rows.T
    forth, back = similarity.argmax(1), similarity.argmax(0)
    mutual = np.flatnonzero(back[forth] == np.arange(len(rows)))
    moved = cv2.perspectiveTransform(places[None, mutual, :2].astype(np.float64), homography)[0]
    apart = np.linalg.norm(moved - others[forth[mutual], :2], axis=1)
    return int((apart < NEAR_PX).sum())


def pairs(root_of_data):
    """Yield image, other image and the homography between them: exposures, and turned stills."""
    for folder in sorted((root_of_data / 'exposure').iterdir())[::6]:
        yield *(cv2.imread(str(folder / f'{number}.jpg'), 0) for number in (1, 2)), np.eye(3)
    rng = np.random.default_rng(3)
    for grey in photographs(root_of_data, 8):
        height, width = grey.shape
        corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
        moved = (corners + rng.uniform(-0.12, 0.12, (4, 2)) * [width, height]).astype(np.float32)
        homography = cv2.getPerspectiveTransform(corners, moved)
        turn = np.vstack([cv2.getRotationMatrix2D(
            (width / 2, height / 2), rng.uniform(-25, 25), rng.uniform(0.8, 1.2)), [0, 0, 1]])
        homography = turn @ homography
        yield grey, cv2.warpPerspective(grey, homography, (width, height)), homography


def test_the_matching_score_over_real_pairs_is_that_of_opencv(data_root):
    counts, total = np.zeros(2), 0
    for first, second, homography in pairs(data_root):
        found = [(grey, *opencv(grey)) for grey in (first, second)]
        ours = [(keypoints, root(sift_rows(View(grey).levels, keypoints)))
                for grey, keypoints, _ in found]
        theirs = [(keypoints, root(rows)) for _, keypoints, rows in found]
        counts += correct(*ours, homography), correct(*theirs, homography)
        total += min(len(ours[0][0]), len(ours[1][0]))
    assert total > 4000 and counts[1] / total > 0.2
    assert abs(counts[0] - counts[1]) / total < 0.005


def test_rows_turn_and_grow_with_the_keypoint():
    grey = to_grey(textured(320, 320, seed=2))
    rng = np.random.default_rng(0)
    keypoints = np.float32(np.column_stack([rng.uniform(100, 220, (60, 2)),
                                            rng.uniform(4, 14, 60), rng.uniform(0, 360, 60)]))
    plain = sift_rows(View(grey).levels, keypoints)
    moved = np.stack([319 - keypoints[:, 1], keypoints[:, 0], keypoints[:, 2],
                      keypoints[:, 3] + 90], 1)
    turned = sift_rows(View(cv2.rotate(grey, cv2.ROTATE_90_CLOCKWISE)).levels, moved)
    np.testing.assert_allclose(turned, plain, atol=0.01)
    twice = keypoints * [2, 2, 2, 1] + [0.5, 0.5, 0, 0]
    large = sift_rows(View(np.kron(grey, np.ones((2, 2), np.uint8))).levels, twice)
    assert (large * plain).sum(1).mean() > 0.98


def test_brightness_and_contrast_do_not_matter():
    grey = to_grey(textured(seed=2))
    keypoints, _ = opencv(grey)
    plain, other = (sift_rows(View(picture).levels, keypoints)
                    for picture in (grey, np.rint(grey * 0.5 + 60).astype(np.uint8)))
    assert (plain * other).sum(1).mean() > 0.99


def test_numpy_gives_the_rows_of_the_loops(monkeypatch):
    grey = to_grey(textured(seed=2))
    keypoints, _ = opencv(grey)
    compiled = sift_rows(View(grey).levels, keypoints)
    monkeypatch.setattr(module, 'has_compiler', lambda: False)
    assert (compiled * sift_rows(View(grey).levels, keypoints)).sum(1).min() > 0.999


def test_shares_are_those_of_four_cells_under_a_gaussian():
    assert SHARES.shape == (20, 4) and (SHARES >= 0).all()
    np.testing.assert_allclose(SHARES, SHARES[::-1, ::-1], rtol=1e-5)
    assert SHARES.argmax(0).tolist() == sorted(SHARES.argmax(0).tolist())
    # Between the outermost centres the shares of a sample are 1 together, but for the Gaussian.
    place = (np.arange(20) - 9.5) / 4
    np.testing.assert_allclose(SHARES.sum(1)[4:16], np.exp(-place[4:16] ** 2 / 8), rtol=1e-5)


def test_what_is_flat_or_outside_has_finite_rows():
    keypoints = np.float32([[20, 20, 5, 0], [-50, 500, 900, 10], [63, 47, 1e-9, 400]])
    for grey in (np.full((48, 64), 9, np.uint8), to_grey(textured(64, 48))):
        rows = sift_rows(View(grey).levels, keypoints)
        assert rows.shape == (3, DIM) and np.isfinite(rows).all()
    assert not sift_rows(View(np.full((48, 64), 9, np.uint8)).levels, keypoints).any()


def test_root_is_the_square_root_of_l1_normalised_rows():
    np.testing.assert_allclose(root(np.array([[1.0, 3.0], [0.0, 0.0]])),
                               [[0.5, np.sqrt(0.75)], [0, 0]], atol=1e-6)
