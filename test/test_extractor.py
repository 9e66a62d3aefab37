# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros import (
    ConfigError,
    ExtractorConfig,
    create_extractor,
    create_matcher,
)
from residual_features_ros.keypoints.surf import surf_provider
from residual_features_ros.registry import METHODS

FIELDS = dataclasses.fields(ExtractorConfig)
# Each live setting: a method that it means something to, and another value than its default.
LIVE = {'max_keypoints': ('sift', 20), 'max_size': ('residual_rootsift_small', 160),
        'sift_contrast_threshold': ('rootsift_upright', 0.2), 'sift_first_octave': ('sift', 0),
        'network_shrink': ('residual_rootsift_small', 4), 'orb_fast_threshold': ('orb', 60),
        'score_threshold': ('superpoint', 0.1)}
DEFAULTS = {field.name: field.default for field in FIELDS} | {'max_keypoints': 150}
FIXED = {'method': 'sift', 'backend': ('openvino',), 'threads': 2, 'precision': 'fp32',
         'weights': 'elsewhere', 'surf_hessian_threshold': 50.0}
WORKING = ['orb', 'sift', 'rootsift', 'rootsift_upright', 'surf', 'residual_rootsift_small']


@pytest.fixture(scope='module')
def extractors():
    return {name: create_extractor(name, 200) for name in WORKING if name != 'surf' or surf()}


def surf():
    try:
        return surf_provider()
    except ImportError:
        return None


def assert_same(a, b):
    for name in ('keypoints', 'sizes', 'angles', 'responses', 'octaves'):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    np.testing.assert_allclose(a.descriptors, b.descriptors, atol=1e-5)


def differ(a, b):
    return len(a) != len(b) or not (np.array_equal(a.keypoints, b.keypoints)
                                    and np.array_equal(a.descriptors, b.descriptors))


@pytest.mark.parametrize('size', [(32, 32), (33, 47), (320, 240), (641, 360), (40, 400)])
def test_any_size_grey_or_colour(extractors, size):
    image = textured(*size, seed=3)
    for name, extractor in extractors.items():
        for picture in (image, np.ascontiguousarray(image[..., 0])):
            features = extractor.extract(picture)
            assert features.image_size == size, name
            assert len(features) <= 200
            assert (features.keypoints <= np.array(size) - 1).all()
            if features.descriptors.dtype == np.float32:
                np.testing.assert_allclose(np.linalg.norm(features.descriptors, axis=1), 1,
                                           atol=1e-4)


def test_an_image_without_keypoints(extractors, image):
    for extractor in extractors.values():
        none, some = (extractor.extract(i) for i in (np.zeros((48, 64), np.uint8), image))
        assert len(none) == 0
        assert none.descriptors.shape == (0, some.descriptors.shape[1])
        assert none.descriptors.dtype == some.descriptors.dtype
        assert len(create_matcher().match(none, some)) == 0


def test_a_batch_equals_its_singles(extractors):
    same = [textured(seed=s) for s in (1, 2)]
    for extractor in extractors.values():
        for batch in (same, [*same, textured(200, 160)]):
            for alone, together in zip(map(extractor.extract, batch),
                                       extractor.extract_batch(batch), strict=True):
                assert_same(alone, together)
    assert extractor.extract_batch([]) == []


def test_keypoints_are_those_of_the_handcrafted_method(extractors, image):
    fused = extractors['residual_rootsift_small'].extract(image)
    plain = extractors['rootsift'].extract(image)
    np.testing.assert_array_equal(fused.keypoints, plain.keypoints)
    assert fused.descriptors.shape[1] == 256


def test_grey_and_repeated_grey_are_the_same_image(extractors, image):
    grey = np.ascontiguousarray(image[..., 0])
    extractor = extractors['residual_rootsift_small']
    assert_same(extractor.extract(grey), extractor.extract(np.dstack([grey] * 3)))


def test_a_large_image_is_worked_on_small_and_answered_in_its_own_pixels(image):
    small = create_extractor('rootsift', 100, max_size=320)
    large = np.kron(image[..., 0], np.ones((2, 2), np.uint8))
    features = small.extract(large)
    reference = small.extract(np.ascontiguousarray(image[..., 0]))
    np.testing.assert_allclose((features.keypoints + 0.5) / 2 - 0.5, reference.keypoints,
                               atol=1e-3)
    np.testing.assert_allclose(features.sizes, 2 * reference.sizes, rtol=1e-5)
    assert features.image_size == (640, 480)


@pytest.mark.parametrize('name', [f.name for f in FIELDS if f.metadata['live']])
def test_a_live_setting_takes_effect_on_the_next_image(name, image):
    method, value = LIVE[name]
    extractor = create_extractor(method, 150)
    before = extractor.extract(image)
    extractor.reconfigure(dataclasses.replace(extractor.config, **{name: value}))
    after = extractor.extract(image)
    expected = create_extractor(method, **{'max_keypoints': 150, name: value}).extract(image)
    assert_same(after, expected)
    assert len(after) and differ(before, after)
    extractor.reconfigure(dataclasses.replace(extractor.config, **{name: DEFAULTS[name]}))
    assert_same(extractor.extract(image), before)


@pytest.mark.parametrize('name', [f.name for f in FIELDS if not f.metadata['live']])
def test_a_setting_that_cannot_change_while_running_is_named(name):
    extractor = create_extractor('orb', 50)
    with pytest.raises(ConfigError, match=f'{name} cannot change from'):
        extractor.reconfigure(dataclasses.replace(extractor.config, **{name: FIXED[name]}))
    assert extractor.config.method == 'orb'


def test_unknown_names_list_the_known_ones():
    with pytest.raises(ConfigError, match='residual_rootsift_small'):
        create_extractor('superglue')
    with pytest.raises(ConfigError, match='sift_contrast_threshold'):
        create_extractor('sift', contrast=1)
    with pytest.raises(ConfigError, match='onnxruntime'):
        create_extractor('residual_rootsift_small', backend=['cuda'])


def test_every_method_of_the_table_extracts_or_says_what_is_missing(image):
    for name in METHODS:
        try:
            assert len(create_extractor(name, 50).extract(image)) > 0
        except (RuntimeError, ImportError) as error:
            assert 'train' in str(error) or 'pip install' in str(error)


def test_two_thousand_odd_images_neither_crash_nor_hang(extractors):
    rng = np.random.default_rng(0)
    served = refused = 0
    names = list(extractors)
    for number in range(2000):
        shape = tuple(rng.integers(0, 72, rng.integers(1, 4)))
        kind = rng.choice([np.uint8, np.uint8, np.uint8, np.float32, np.uint16])
        image = (rng.random(shape) * rng.choice([1, 255])).astype(kind)
        if rng.random() < 0.6:
            image = rng.integers(0, 256, (*rng.integers(32, 72, 2), 3), np.uint8)
        try:
            extractors[names[number % len(names)]].extract(image)
            served += 1
        except ValueError:
            refused += 1
    assert served > 900 and refused > 300


def test_stages_are_timed(image):
    extractor = create_extractor('residual_rootsift_small', 50)
    extractor.extract_batch([image, image])
    counts = {name: len(times) for name, times in extractor.timings.ms.items() if times}
    assert counts == {'detect': 2, 'levels': 2, 'prepare': 1, 'h': 1, 'sample': 2, 'windows': 2,
                      'f': 2}
    assert extractor.timings.medians().keys() == counts.keys()
    assert min(extractor.timings.medians().values()) > 0
    extractor.timings.forget()
    assert not any(extractor.timings.ms.values())
