# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.errors import ConfigError
from residual_features_ros.model_card import load_card
from residual_features_ros.whole_card import OUTPUTS
from training.whole.agreement import agreement, batch_of, features_of
from training.whole.export import networks_of
from training.whole.front import WholeFront

SIZE = 320, 240


def front(method, **settings):
    config = ExtractorConfig(method=method, max_keypoints=150, **settings)
    return WholeFront(networks_of(method, load_card(method)), config, SIZE).eval()


def run(whole, images, channels=3):
    with torch.inference_mode():
        found = whole(torch.from_numpy(batch_of(images, channels)))
    named = {name: values.numpy() for name, values in zip(OUTPUTS, found, strict=True)}
    return [features_of(named, number, SIZE) for number in range(len(images))]


@pytest.mark.parametrize('method', [
    'residual_hessian', 'residual_hessian_small', 'residual_hessian_tiny',
    'residual_hessian_small_binary', 'superpoint', 'goodpoint', 'lfnet', 'posfeat'])
def test_features_are_the_runtimes(method):
    images = [textured(*SIZE, seed=seed) for seed in (1, 2)]
    extractor = create_extractor(method, 150, precision='fp32')
    for found, image in zip(run(front(method), images), images, strict=True):
        same = agreement(found, extractor.extract(image))
        assert same['near'] >= 0.98 and same['cosine'] >= 0.999, same
        assert len(found) == 150


@pytest.mark.parametrize('settings', [
    {'hessian_first_octave': 1}, {'places': 'detected'}, {'network_shrink': 2},
    {'hessian_threshold': 1e-4}], ids=str)
def test_settings_are_obeyed(settings):
    image = textured(*SIZE)
    extractor = create_extractor('residual_hessian_small', 150, precision='fp32', **settings)
    same = agreement(run(front('residual_hessian_small', **settings), [image])[0],
                     extractor.extract(image))
    assert same['near'] >= 0.98 and same['cosine'] >= 0.999, same


def test_an_image_without_structure_has_no_keypoints():
    found = run(front('residual_hessian_small'), [np.zeros((240, 320, 3), np.uint8)])[0]
    assert len(found) == 0


@pytest.mark.parametrize(('method', 'settings', 'message'), [
    ('residual_akaze', {}, 'no whole network finds the keypoints of akaze_rootsift'),
    ('residual_hessian', {'spread': 0.5}, 'spread: a whole network cannot obey it'),
    ('residual_hessian', {'mask': 'x.png'}, 'mask: a whole network cannot obey it')])
def test_what_it_cannot_do_is_refused(method, settings, message):
    with pytest.raises(ConfigError, match=message):
        front(method, **settings)
