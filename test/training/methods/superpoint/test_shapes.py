# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest

from training.methods.superpoint.shapes import SHAPES, Canvas, draw


@pytest.mark.parametrize('shape', SHAPES)
def test_a_shape_is_a_function_of_the_generator_with_its_corners_inside(shape):
    for seed in range(8):
        image, corners = draw(np.random.default_rng(seed), (160, 120), shape)
        again, same = draw(np.random.default_rng(seed), (160, 120), shape)
        assert image.shape == (120, 160) and image.dtype == np.uint8
        assert np.array_equal(image, again) and np.array_equal(corners, same)
        assert (corners >= 0).all() and (corners <= (159, 119)).all()


@pytest.mark.parametrize('shape', ['ellipses', 'noise'])
def test_ellipses_and_noise_have_no_corners(shape):
    assert not any(len(draw(np.random.default_rng(seed), (160, 120), shape)[1])
                   for seed in range(10))


@pytest.mark.parametrize(('shape', 'least', 'most'), [
    ('triangles', 3, 9), ('quadrilaterals', 4, 12), ('polygon', 3, 6), ('star', 4, 7),
    ('cube', 7, 7), ('checkerboard', 9, 49), ('stripes', 8, 18), ('lines', 0, 18)])
def test_a_shape_has_its_number_of_corners(shape, least, most):
    for seed in range(20):
        canvas = Canvas(np.random.default_rng(seed), (320, 240))
        SHAPES[shape](canvas)
        assert least <= len(canvas.corners) <= most


def test_all_shapes_are_drawn_where_none_is_named(monkeypatch):
    drawn = set()
    for name in SHAPES:
        monkeypatch.setitem(SHAPES, name, lambda canvas, name=name: drawn.add(name))
    for seed in range(100):
        draw(np.random.default_rng(seed), (64, 48))
    assert drawn == set(SHAPES)


def test_corners_are_where_the_picture_has_them_to_a_fraction_of_a_pixel():
    # The inner nodes of checkerboards, whose place OpenCV finds to sub-pixel accuracy.
    off = []
    for seed in range(20):
        image, corners = draw(np.random.default_rng(seed), (320, 240), 'checkerboard')
        apart = np.linalg.norm(corners[:, None] - corners, axis=2) + 99 * np.eye(len(corners))
        alone = (apart.min(1) > 16) & ((corners > 10) & (corners < (309, 229))).all(1)
        if not alone.any():
            continue
        inner = corners[alone]
        found = cv2.cornerSubPix(image, inner.astype(np.float32)[:, None].copy(), (4, 4), (-1, -1),
                                 (cv2.TERM_CRITERIA_MAX_ITER, 30, 0.01))[:, 0]
        off.append(found - inner)
    off = np.concatenate(off)
    near = np.linalg.norm(off, axis=1) < 2  # outer nodes are no saddles
    assert len(off) > 50 and near.mean() > 0.8
    assert np.abs(np.median(off[near], 0)).max() < 0.1
    assert np.median(np.linalg.norm(off[near], axis=1)) < 0.5
