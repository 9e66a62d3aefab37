# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Each loop against its twin in numpy, on a photograph, a rendered scene and a made picture."""
import cv2
import numpy as np
import pytest
from support import rendered_scene
from support.pictures import textured

from residual_features_ros import loops
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.image import to_grey
from residual_features_ros.keypoints import hessian
from residual_features_ros.rows import gradients, orientation, sift_rows
from residual_features_ros.rows.pyramid import View

PICTURES = ['made', 'rendered', 'photograph']
BASE = hessian.BASE_SIGMA[0]


@pytest.fixture(scope='module')
def pictures(request):
    made = {'made': to_grey(textured(seed=4)),
            'rendered': rendered_scene.view(rendered_scene.pose())}

    def of(name):
        if name == 'photograph' and name not in made:
            root = request.getfixturevalue('data_root')
            made[name] = cv2.imread(str(next((root / 'stills').rglob('*.jpg'))), 0)
        return made[name]
    return of


@pytest.fixture(params=PICTURES)
def grey(request, pictures):
    return pictures(request.param)


@pytest.fixture
def twin(monkeypatch):
    """Return what has the twins in numpy run from then on."""
    return lambda: monkeypatch.setattr(hessian, 'has_compiler', lambda: False)


def stack_of(grey):
    return hessian.blurred(grey.astype(np.float32), BASE, hessian.PIXEL_SIGMA)


def responses(grey):
    """Return what the loop `determinants` fills."""
    stack = stack_of(grey)
    norms = (BASE * 2 ** (np.arange(len(stack)) / hessian.LAYERS)) ** 4 / hessian.WHITE**2
    out = np.zeros_like(stack)
    loops.determinants(stack, norms.astype(np.float32), out)
    return out


def keypoints(grey, count=300):
    """Return (N, 4) places, sizes and angles all over an image and somewhat beyond."""
    rng = np.random.default_rng(7)
    height, width = grey.shape
    places = rng.uniform([-9, -9], [width + 9, height + 9], (count, 2))
    sizes, angles = np.exp(rng.uniform(0.5, 4.5, count)), rng.uniform(0, 360, count)
    return np.column_stack([places, sizes, angles]).astype(np.float32)


def cosines(rows, others):
    norms = np.linalg.norm(rows, axis=1) * np.linalg.norm(others, axis=1)
    return (rows * others).sum(1) / np.maximum(norms, 1e-12)


def test_determinants(grey, twin):
    compiled = responses(grey)
    twin()
    expected = hessian.determinants(stack_of(grey), BASE)
    # Differences of large numbers: those near 0 are right to 2e-4 of the largest beside them, and
    # to the threshold of keypoints.
    large = [cv2.dilate(np.abs(plane), np.ones((5, 5), np.uint8)) for plane in expected]
    assert (np.abs(compiled - expected) <= 2e-4 * np.array(large) + 1e-6).all()
    border = compiled.copy()
    border[:, 1:-1, 1:-1] = 0
    assert not border.any()


@pytest.mark.parametrize('first', [0, 1])
def test_maxima(grey, first, twin):
    response = responses(grey)
    found = loops.maxima(response, first, float(np.float32(1e-6)))
    twin()
    expected = hessian.maxima(response, first, 1e-6)
    assert found.dtype == expected.dtype == np.int32
    assert len(found) > 20 and set(map(tuple, found)) == set(map(tuple, expected))


def test_of_equal_neighbours_all_are_maxima_and_of_equal_scales_the_last(twin):
    response = np.zeros((5, 20, 20), np.float32)
    response[1, 8, 8:10] = 1
    response[1:3, 14, 14] = 2
    found = loops.maxima(response, 0, 0.5)
    assert found.tolist() == [[1, 8, 8], [1, 8, 9], [2, 14, 14]]
    twin()
    assert hessian.maxima(response, 0, 0.5).tolist() == found.tolist()


@pytest.mark.parametrize('value', [0.0, 0.3])
def test_what_is_flat_has_no_maxima(value, twin):
    response = np.full((5, 20, 20), value, np.float32)
    assert len(loops.maxima(response, 0, 0.0)) == 0
    twin()
    assert len(hessian.maxima(response, 0, 0.0)) == 0


def test_refine(grey, twin):
    response = responses(grey)
    at = loops.maxima(response, 0, 1e-6)
    offset, value = np.empty((len(at), 3)), np.empty(len(at))
    loops.refine(response, at, offset, value)
    twin()
    expected, expected_value = hessian.refined(response, at)
    good = np.isfinite(value)
    assert good.mean() > 0.9 and (good == np.isfinite(expected_value)).mean() > 0.999
    good &= np.isfinite(expected_value)
    np.testing.assert_allclose(offset[good], expected[good], atol=1e-3)
    np.testing.assert_allclose(value[good], expected_value[good], rtol=1e-4)
    assert (value[good] >= response[tuple(at[good].T)] * (1 - 1e-6)).all()


@pytest.mark.parametrize('side', [14, 22])
def test_read_smooth_and_gradients(grey, side):
    levels, rows = View(grey).levels, keypoints(grey, 100)
    level, at = gradients.frames(rows)
    expected = gradients.read_samples(levels, level, at, side)
    smoothed = gradients.smooth(expected)
    found, room = np.empty((side, side), np.float32), np.empty((side, side + 6), np.float32)
    length, direction = np.empty((2, side - 2, side - 2), np.float32)
    for number, (one, frame) in enumerate(zip(level, at, strict=True)):
        loops.read(levels[one], frame, found)
        # OpenCV interpolates at multiples of 1/32 pixel.
        slope = max(np.abs(np.diff(levels[one], axis=axis)).max() for axis in (0, 1))
        np.testing.assert_allclose(found, expected[number], atol=2 * slope / 32 + 1e-3)
        found[:] = expected[number]
        loops.smooth(found, gradients.KERNEL, room)
        np.testing.assert_allclose(found, smoothed[number], atol=1e-3)
        loops.gradients(found, 8, length, direction)
        right, up = found[1:-1, 2:] - found[1:-1, :-2], found[:-2, 1:-1] - found[2:, 1:-1]
        np.testing.assert_allclose(length, np.hypot(right, up), rtol=1e-5, atol=1e-6)
        apart = np.abs(direction - np.arctan2(up, right) * 8 / (2 * np.pi)) % 8
        assert np.minimum(apart, 8 - apart)[length > 1e-3].max(initial=0) < 1e-3
        assert direction.min() >= 0 and direction.max() <= 8


@pytest.mark.parametrize(('loop', 'weights', 'twin_of', 'values', 'mean', 'least'), [
    (loops.histograms, sift_rows.SHARES, sift_rows.cell_histograms, sift_rows.DIM, 0.9999, 0.998),
    (loops.turn_histograms, orientation.WEIGHTS, orientation.turn_histograms, orientation.BINS,
     0.999, 0.98)])
def test_histograms(grey, loop, weights, twin_of, values, mean, least):
    levels, rows = View(grey).levels, keypoints(grey)
    found = np.empty((len(rows), values), np.float32)
    loop(levels, *gradients.frames(rows), gradients.KERNEL, weights, found)
    expected = twin_of(levels, rows)
    textured_ones = np.linalg.norm(expected, axis=1) > 50
    assert textured_ones.mean() > 0.3
    assert cosines(found, expected)[textured_ones].mean() > mean
    assert cosines(found, expected)[textured_ones].min() > least


def test_loops_run_in_numpy_too_where_they_are_not_compiled(grey):
    plain = getattr(loops.maxima, 'py_func', None)
    if plain is None:
        pytest.skip('numba is not installed: loops are plain functions')
    response = responses(grey)[:, :40, :60].copy()
    assert plain(response, 0, 1e-6).tolist() == loops.maxima(response, 0, 1e-6).tolist()


def test_no_keypoints_give_no_rows():
    levels, none = View(np.zeros((48, 64), np.uint8)).levels, np.zeros((0, 4), np.float32)
    assert sift_rows.sift_rows(levels, none).shape == (0, sift_rows.DIM)
    assert orientation.orientations(levels, none).shape == (0,)
    view, config = View(np.zeros((48, 64), np.uint8)), ExtractorConfig()
    assert len(hessian.find_hessian(view, 10, config)) == 0
