# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
import torch
from support.host_data import run_on_device
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.agreement import agreement
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.errors import ConfigError
from residual_features_ros.model_card import load_card
from residual_features_ros.whole import batch_of, features_of
from residual_features_ros.whole_card import OUTPUTS
from training.whole.export import networks_of
from training.whole.front import WholeFront, fixed_settings

SIZE = 320, 240
METHODS = [
    'residual_hessian', 'residual_hessian_small', 'residual_hessian_tiny',
    'residual_hessian_small_binary', 'residual_sift', 'residual_sift_half',
    'residual_rootsift', 'residual_rootsift_upright',
    'residual_rootsift_small',
    'cnn_sift', 'cnn_sift_half', 'superpoint', 'goodpoint', 'lfnet', 'posfeat']


def front(method, **settings):
    config = ExtractorConfig(method=method, max_keypoints=150, **settings)
    return WholeFront(networks_of(method, load_card(method)), config, SIZE).eval()


def run(whole, images, channels=3):
    with torch.inference_mode():
        found = whole(torch.from_numpy(batch_of(images, channels)))
    named = {name: values.numpy() for name, values in zip(OUTPUTS, found, strict=True)}
    return [features_of(named, number, SIZE) for number in range(len(images))]


@pytest.mark.parametrize('method', METHODS)
def test_features_are_the_runtimes(method):
    images = [textured(*SIZE, seed=seed) for seed in (1, 2)]
    extractor = create_extractor(method, 150, precision='fp32')
    for found, image in zip(run(front(method), images), images, strict=True):
        same = agreement(found, extractor.extract(image))
        assert same['near'] >= 0.98 and same['cosine'] >= 0.999, same
        assert len(found) == 150


@pytest.mark.parametrize(('method', 'settings'), [
    ('residual_hessian_small', {'hessian_first_octave': 1}),
    ('residual_hessian_small', {'places': 'detected'}),
    ('residual_hessian_small', {'network_shrink': 2}),
    ('residual_hessian_small', {'hessian_threshold': 1e-4}),
    ('residual_rootsift_small', {'sift_first_octave': 0}),
    ('residual_rootsift_small', {'sift_contrast_threshold': 0.1}),
    ('residual_rootsift_small', {'orientations': 1})], ids=str)
def test_settings_are_obeyed(method, settings):
    image = textured(*SIZE)
    extractor = create_extractor(method, 150, precision='fp32', **settings)
    same = agreement(run(front(method, **settings), [image])[0], extractor.extract(image))
    assert same['near'] >= 0.98 and same['cosine'] >= 0.999, same


@pytest.mark.parametrize('channels', [1, 3])
@pytest.mark.parametrize('method', METHODS)
def test_a_graph_of_a_gpu_can_record_it(method, channels):
    run_on_device(front(method), (2, channels, *SIZE[::-1]), torch.uint8)


@pytest.mark.parametrize(('method', 'count', 'size', 'settings'), [
    ('residual_hessian_small', 800, (321, 239), {'hessian_first_octave': 1, 'network_shrink': 2}),
    ('residual_hessian_small', 150, SIZE, {'places': 'detected'}),
    ('residual_rootsift_small', 2000, SIZE, {}),  # ranked in two groups
    ('residual_rootsift_small', 2000, (321, 239), {'sift_first_octave': 0}),
    ('residual_rootsift_small', 4000, SIZE, {'orientations': 1}),
    ('lfnet', 150, SIZE, {'score_threshold': 0.5, 'nms_radius': 3})], ids=str)
def test_a_graph_of_a_gpu_can_record_it_as_set(method, count, size, settings):
    config = ExtractorConfig(method=method, max_keypoints=count, **settings)
    whole = WholeFront(networks_of(method, load_card(method)), config, size).eval()
    run_on_device(whole, (2, 3, *size[::-1]), torch.uint8)


def test_an_image_without_structure_has_no_keypoints():
    found = run(front('residual_hessian_small'), [np.zeros((240, 320, 3), np.uint8)])[0]
    assert len(found) == 0


@pytest.mark.parametrize(('method', 'settings', 'message'), [
    ('residual_akaze', {}, 'no whole network finds the keypoints of akaze_rootsift'),
    ('residual_sift', {'orientations': 2}, 'orientations: a whole network has one'),
    ('residual_sift', {'sift_rows': 'cv2'}, 'sift_rows: a whole network cannot obey cv2'),
    ('residual_hessian', {'spread': 0.5}, 'spread: a whole network cannot obey it'),
    ('residual_hessian', {'mask': 'x.png'}, 'mask: a whole network cannot obey it')])
def test_what_it_cannot_do_is_refused(method, settings, message):
    with pytest.raises(ConfigError, match=message):
        front(method, **settings)


@pytest.mark.parametrize(('method', 'names'), [
    ('residual_hessian', {'hessian_first_octave', 'hessian_threshold', 'places'}),
    ('residual_sift', {'sift_first_octave', 'sift_contrast_threshold', 'sift_rows'}),
    ('superpoint', {'score_threshold', 'nms_radius'})])
def test_fixed_settings_are_those_of_the_detector(method, names):
    networks = networks_of(method, load_card(method))
    assert set(fixed_settings(networks)) == names | {'network_shrink'}


@pytest.mark.parametrize('folder', ['graf', 'leuven', 'boat', 'trees'])
@pytest.mark.parametrize('octave', [-1, 0])
def test_sifts_features_of_photographs_are_the_runtimes(data_root, folder, octave):
    path, = (data_root / 'homography' / folder).glob('3.*')
    image = cv2.resize(cv2.imread(str(path)), (640, 480), interpolation=cv2.INTER_AREA)
    method, settings = 'residual_rootsift_small', {'sift_first_octave': octave}
    config = ExtractorConfig(method=method, max_keypoints=1000, **settings)
    whole = WholeFront(networks_of(method, load_card(method)), config, (640, 480)).eval()
    extractor = create_extractor(method, 1000, precision='fp32', **settings)
    same = agreement(run(whole, [image])[0], extractor.extract(image))
    assert same['near'] >= 0.98 and same['cosine'] >= 0.999, same


def test_where_there_are_fewer_keypoints_than_asked_for_the_rest_is_none():
    size = (96, 64)  # its small octaves fit the quadratic to next to nothing
    image = textured(*size)
    config = ExtractorConfig(method='residual_hessian_small', max_keypoints=1000)
    whole = WholeFront(networks_of(config.method, load_card(config.method)), config, size).eval()
    with torch.inference_mode():
        found = dict(zip(OUTPUTS, whole(torch.from_numpy(batch_of([image], 3))), strict=True))
    count = int(found['count'])
    expected = create_extractor(config.method, 1000, precision='fp32').extract(image)
    assert 0 < count < 1000 and count == pytest.approx(len(expected), rel=0.02)
    assert all(torch.isfinite(values.float()).all() for values in found.values())
