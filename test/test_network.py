# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from support.needs import need_backend
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.backends import BACKENDS, load_backend
from residual_features_ros.backends.chain import Chain
from residual_features_ros.errors import BackendError, ModelCardError
from residual_features_ros.model_card import SHIPPED_WEIGHTS, load_card, write_card
from residual_features_ros.network import DenseNetwork, NoNetwork, expected_images, prepare
from residual_features_ros.timings import Timings

METHOD = 'residual_rootsift_small'
COLOUR = SimpleNamespace(channels=3, per_image=False, stride=8, mean=(0.1, 0.2, 0.3),
                         std=(0.5, 0.25, 0.2))
GREY = SimpleNamespace(channels=1, per_image=False, stride=8, mean=(0.5,), std=(0.25,))
GREY_EACH = SimpleNamespace(channels=1, per_image=True, stride=8, mean=(0.0,), std=(1.0,))
COLOUR_EACH = SimpleNamespace(channels=3, per_image=True, stride=8, mean=(0.0,) * 3,
                              std=(1.0,) * 3)


@pytest.fixture
def without_int8(tmp_path):
    """Return a folder with the shipped weights but for the int8 network."""
    for path in SHIPPED_WEIGHTS.glob(f'{METHOD}.*'):
        shutil.copy(path, tmp_path)
    card = load_card(METHOD, tmp_path)
    card.path('h_int8').unlink()
    write_card(dataclasses.replace(card, files={n: card.files[n] for n in ('h', 'f')}))
    return str(tmp_path)


def filled(*values, height=8, width=16):
    """Return an image of one colour (3 values, BGR) or of one grey level."""
    return np.full((height, width, 3), values, np.uint8) if len(values) == 3 else \
        np.full((height, width), values[0], np.uint8)


def test_a_colour_is_prepared_as_rgb_less_the_mean_over_the_deviation():
    blob = prepare([filled(51, 102, 204), filled(102)], COLOUR)
    assert blob.shape == (2, 3, 8, 16) and blob.dtype == np.float32
    red, green, blue = (0.8 - 0.1) / 0.5, (0.4 - 0.2) / 0.25, (0.2 - 0.3) / 0.2
    for channel, expected in enumerate((red, green, blue)):
        np.testing.assert_allclose(blob[0, channel], expected, rtol=1e-5)
    for channel, expected in enumerate((0.6, 0.8, 0.5)):  # 0.4 in all three
        np.testing.assert_allclose(blob[1, channel], expected, rtol=1e-5)


def test_grey_is_prepared_with_its_one_mean_and_deviation():
    blob = prepare([filled(204), filled(204, 204, 204)], GREY)
    assert blob.shape == (2, 1, 8, 16)
    np.testing.assert_allclose(blob, (0.8 - 0.5) / 0.25, rtol=1e-5)


def test_each_image_is_prepared_with_its_own_mean_and_deviation():
    halves = [filled(10), filled(50), filled(100)]
    for image, right in zip(halves, (30, 90, 101), strict=True):
        image[:, 8:] = right
    blob = prepare(halves, GREY_EACH)
    for values, size in zip(blob, (1, 1, 0.5), strict=True):  # the last deviates by 1/2 level
        np.testing.assert_allclose(values[0, :, :8], -size, rtol=1e-4)
        np.testing.assert_allclose(values[0, :, 8:], size, rtol=1e-4)
    colour = prepare([filled(0, 30, 60)], COLOUR_EACH)  # deviation: the root of 600
    for channel, expected in enumerate((30 / 600**0.5, 0, -30 / 600**0.5)):
        np.testing.assert_allclose(colour[0, channel], expected, atol=1e-5)


def test_padding_does_not_count_for_an_images_own_mean():
    image = textured(50, 45)
    blob = prepare([image, image // 2], GREY_EACH)
    assert blob.shape == (2, 1, 48, 56)
    for values in blob:
        inside = values[0, :45, :50]
        assert abs(inside.mean()) < 1e-4 and abs(inside.std() - 1) < 1e-4
    assert np.abs(prepare([filled(77)], GREY_EACH)).max() < 1e-5


def test_a_shrunk_picture_is_padded_to_whole_cells_first():
    plain = SimpleNamespace(channels=3, per_image=False, stride=8, mean=(0.0,) * 3,
                            std=(1.0,) * 3)
    image = np.arange(30 * 40, dtype=np.uint32).reshape(30, 40).astype(np.uint8)
    found = prepare([image], plain, 2)
    assert found.shape == (1, 3, 16, 24)  # 32 x 48 before
    np.testing.assert_allclose(255 * found[0, 0, 3, 5], image[6:8, 10:12].mean(), atol=0.51)
    np.testing.assert_allclose(255 * found[0, 0, 3, 23], image[6:8, -1].mean(), atol=0.51)


def test_expected_images_are_those_that_prepare_makes():
    for shrink in (1, 3, 4):
        expected = expected_images(COLOUR, shrink, 1000)
        made = [prepare([np.zeros(size, np.uint8)], COLOUR, shrink).shape[2:]
                for size in ((480, 640), (240, 320), (32, 32), (1000, 1000))]
        assert [*expected.sizes, expected.least, expected.largest] == made
    assert expected_images(COLOUR, 2, 0).largest == (1024, 1024)
    assert expected_images(COLOUR, 1, 320).sizes == ((240, 320),)  # VGA is shrunk to it
    assert expected_images(COLOUR, 1, 300).sizes == ((232, 304),)


def test_no_network_sees_nothing_of_each_image():
    assert NoNetwork().see([filled(1), filled(2)], 1) == [{}, {}]


def cosine(first, second):
    return (first * second).sum(1) / np.linalg.norm(first, axis=1) / np.linalg.norm(second, axis=1)


@pytest.mark.parametrize('name', [name for name in BACKENDS if name != 'opencv'])  # has no int8
def test_int8_is_near_fp32_and_is_what_auto_takes(name):
    need_backend(name)
    image = textured(200, 150)
    exact, quantised, auto = (create_extractor(METHOD, 100, name, precision=precision)
                              for precision in ('fp32', 'int8', 'auto'))
    assert quantised.backend_description.endswith('h in int8')
    assert auto.backend_description.endswith('h in int8')
    assert 'int8' not in exact.backend_description and 'bf16' not in exact.backend_description
    card, chain = load_card(METHOD), Chain([name])
    maps = [DenseNetwork(card, chain, 0, precision, Timings()).see([image], 1)[0]['dense'][None]
            for precision in ('fp32', 'int8')]
    assert cosine(*maps).mean() > 0.98 and not np.array_equal(*maps)
    rows = [extractor.extract(image).descriptors for extractor in (exact, quantised, auto)]
    assert (rows[0] * rows[1]).sum(1).mean() > 0.99
    np.testing.assert_array_equal(rows[1], rows[2])


def test_backends_compute_the_same_int8():
    pytest.importorskip('openvino')
    card = load_card(METHOD)
    blob = prepare([textured(200, 150)], card)
    maps = [load_backend(name).open_session(
                card.path('h_int8'), 1, 'fp32').run({'image': blob})['dense']
            for name in ('onnxruntime', 'openvino')]
    assert cosine(*maps).mean() > 0.99


def test_weights_without_int8_run_in_what_they_have(without_int8):
    auto = create_extractor(METHOD, 100, weights=without_int8)
    assert 'int8' not in auto.backend_description
    with pytest.raises(ModelCardError, match='expected a network h_int8 for precision int8'):
        create_extractor(METHOD, 100, weights=without_int8, precision='int8')


def test_bf16_where_it_cannot_be_had_names_the_remedy(monkeypatch):
    with pytest.raises(BackendError, match='has no bf16 on CPUs: take another backend'):
        create_extractor(METHOD, 100, precision='bf16')
    pytest.importorskip('openvino')
    backend = load_backend('openvino')
    monkeypatch.setattr(backend, '_fastest', lambda: 'fp32')
    with pytest.raises(BackendError, match='no bf16 on this processor'):
        create_extractor(METHOD, 100, 'openvino', precision='bf16')


def test_openvino_runs_in_the_precision_that_was_asked_for():
    openvino = pytest.importorskip('openvino')
    path = load_card(METHOD).path('f')
    backend = load_backend('openvino')
    session = backend.open_session(path, 1, 'fp32')
    assert session._model.get_property('INFERENCE_PRECISION_HINT') == openvino.Type.f32
    assert session.description.endswith('fp32')
    fastest = backend.open_session(path, 1)
    assert fastest.description.endswith(backend._fastest())
