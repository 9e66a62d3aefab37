# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support import fake_tensorrt

from residual_features_ros.backends import Expected
from residual_features_ros.backends.nvidia.build import Build
from residual_features_ros.backends.nvidia.parity import apart, blobs, difference, probed
from residual_features_ros.backends.nvidia.sdk import TENSORRT
from residual_features_ros.backends.nvidia.session import EngineSession
from residual_features_ros.backends.nvidia.typed import typed

SIZES = Expected(sizes=((48, 64), (24, 32)), batches=(1, 2), largest=(128, 160))


@pytest.fixture
def session(cuda, h):
    return EngineSession(TENSORRT, Build(TENSORRT, SIZES)(typed(h, 'fp32'), h.name), 'fp32')


def test_each_profile_is_run_also_as_recorded_work_and_the_general_one_in_three_shapes(
        session, cuda, h, monkeypatch):
    ran = []
    run = EngineSession._run
    monkeypatch.setattr(EngineSession, '_run', lambda self, profile, arrays: ran.append(
        (profile, arrays['image'].shape)) or run(self, profile, arrays))
    assert difference(session, h) < 1e-6
    assert [profile for profile, _ in ran] == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3
    assert cuda.launched == 8  # of each fixed profile the second and the third run
    shapes = [shape for profile, shape in ran if profile == 4]
    assert shapes == [(1, 3, 8, 8), (2, 3, 32, 40), (1, 3, 48, 64)]


def wrong(where, monkeypatch):
    """Make an engine wrong for images of one shape."""
    run = fake_tensorrt.ICudaEngine._run

    def spoiled(self, feed):
        found = run(self, feed)
        return {name: 2 * value if feed['image'].shape == where else value
                for name, value in found.items()}
    monkeypatch.setattr(fake_tensorrt.ICudaEngine, '_run', spoiled)


@pytest.mark.parametrize('where', [(1, 3, 48, 64), (2, 3, 24, 32), (1, 3, 8, 8)])
def test_what_is_wrong_under_one_profile_alone_is_found(session, h, monkeypatch, where):
    wrong(where, monkeypatch)
    assert difference(session, h) > 0.9


def test_recorded_work_that_gives_the_image_before_is_found(session, cuda, h, monkeypatch):
    copy = cuda.cudaMemcpyAsync

    def forgotten(to, source, size, kind, stream):  # copies in are not recorded
        return (0,) if cuda._captured and kind == 1 else copy(to, source, size, kind, stream)
    monkeypatch.setattr(cuda, 'cudaMemcpyAsync', forgotten)
    assert difference(session, h) > 0.5


def test_a_profile_that_the_memory_is_too_small_for_is_told_and_the_others_are_compared(
        session, cuda, h, monkeypatch, caplog):
    cuda.room = fake_tensorrt.MEMORY * 3 * 48 * 64
    assert difference(session, h) < 1e-6
    assert "not compared with {'image': (2, 3, 48, 64)}" in caplog.text
    wrong((1, 3, 8, 8), monkeypatch)
    assert difference(session, h) > 0.9


def test_shapes_of_rows():
    shapes = {'a': ((1, 5), (1000, 5), (4096, 5)), 'b': ((1, 1), (128, 1), (128, 1))}
    assert probed(shapes) == [{'a': (1, 5), 'b': (1, 1)}, {'a': (667, 5), 'b': (86, 1)},
                              {'a': (1000, 5), 'b': (128, 1)}]


def test_differences_are_relative_to_each_output_and_what_is_no_number_is_infinite():
    right = {'a': np.array([3.0, 4.0]), 'b': np.array([100, 0])}
    assert apart({'a': np.array([3.0, 4.5]), 'b': np.array([100, 0])}, right) == pytest.approx(0.1)
    assert apart({'a': right['a'], 'b': np.array([101, 0])}, right) == pytest.approx(0.01)
    assert apart({'a': np.array([3.0, np.nan]), 'b': right['b']}, right) == np.inf


def front_end(rng, dtype=np.float32):
    """Return outputs of two images with 40 and 30 keypoints."""
    rows = rng.integers(0, 256, (2, 50, 32)).astype(np.uint8) if dtype == np.uint8 \
        else rng.standard_normal((2, 50, 128), np.float32)
    return {'keypoints': rng.random((2, 50, 2), np.float32) * 300, 'descriptors': rows,
            'count': np.array([40, 30], np.int32), 'scores': rng.random((2, 50), np.float32)}


@pytest.mark.parametrize('dtype', [np.float32, np.uint8])
def test_keypoints_in_another_order_are_the_same_and_those_that_are_lost_are_counted(dtype):
    expected = front_end(np.random.default_rng(0), dtype)
    order = np.r_[np.random.default_rng(1).permutation(30), 30:50]
    found = {name: values[:, order] if values.ndim > 1 else values
             for name, values in expected.items()}
    assert apart(found, expected) < 1e-6
    found['keypoints'][1, :3] += 1
    assert apart(found, expected) == pytest.approx(0.1)
    found['descriptors'] = found['descriptors'][:, ::-1]
    assert apart(found, expected) > 0.3
    assert apart({**expected, 'count': np.array([40, 0])}, expected) == 1
    assert apart({**expected, 'count': np.array([50, 30])}, expected) == pytest.approx(0.2)
    none = {**expected, 'count': np.array([0, 0])}
    assert apart(none, none) == 0
    assert apart(expected, none) == 1


def test_descriptors_of_keypoints_that_are_no_numbers_are_wrong():
    expected = front_end(np.random.default_rng(0))
    spoiled = expected['descriptors'].copy()
    spoiled[0, 7] = np.nan
    assert apart({**expected, 'descriptors': spoiled}, expected) == 1


def test_images_of_bytes_have_something_to_find():
    images = blobs(np.random.default_rng(0), (2, 3, 48, 64))
    assert images.shape == (2, 3, 48, 64) and images.dtype == np.uint8
    assert images.std() > 20 and not np.array_equal(images[0], images[1])
