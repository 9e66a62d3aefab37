# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import gc

import cv2
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
from residual_features_ros.mask import Mask
from residual_features_ros.registry import METHODS

FIELDS = dataclasses.fields(ExtractorConfig)
# Each live setting: a method that it means something to, and another value than its default.
LIVE = {'max_keypoints': ('sift', 20), 'max_size': ('residual_rootsift_small', 160),
        'sift_contrast_threshold': ('rootsift_upright', 0.2), 'sift_first_octave': ('sift', 0),
        'network_shrink': ('residual_rootsift_small', 4), 'orb_fast_threshold': ('orb', 60),
        'score_threshold': ('superpoint', 0.1), 'nms_radius': ('superpoint', 20),
        'spread': ('hessian_rootsift', 1.0), 'sift_rows': ('rootsift', 'cv2'),
        'orientations': ('rootsift', 1),
        'hessian_first_octave': ('hessian_rootsift', 1),
        'places': ('residual_hessian_small', 'detected'),
        'hessian_threshold': ('hessian_rootsift', 3e-3), 'akaze_threshold': ('akaze', 1e-2)}
DEFAULTS = {field.name: field.default for field in FIELDS} | {'max_keypoints': 150}
FIXED = {'method': 'sift', 'backend': ('openvino',), 'threads': 2, 'precision': 'fp32',
         'weights': 'elsewhere', 'mask': 'mask.png', 'surf_hessian_threshold': 50.0,
         'front_end': 'whole'}
WORKING = ['orb', 'orb_beblid', 'orb_teblid', 'sift', 'rootsift', 'rootsift_upright', 'surf',
           'akaze', 'akaze_rootsift', 'hessian_rootsift', 'residual_rootsift_small']


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
    plain = create_extractor('rootsift', 200, orientations=1).extract(image)
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
    assert counts == {'levels': 2, 'detect': 2, 'choose': 2, 'describe': 2, 'prepare': 1, 'h': 1,
                      'sample': 2, 'windows': 2, 'f': 2}
    assert extractor.timings.medians().keys() == counts.keys()
    assert min(extractor.timings.medians().values()) > 0
    extractor.timings.forget()
    assert not any(extractor.timings.ms.values())


def on(mask, features):
    """Return how many keypoints lie on what the mask (H, W) keeps off, however one rounds."""
    return sum(int((mask[y, x] == 0).sum()) for x, y in (
        rounded(features.keypoints).astype(int).T for rounded in (np.rint, np.floor, np.ceil)))


def masks():
    """Return masks of a 320x240 image: the lower third off, and all but a middle."""
    below, middle = np.full((240, 320), 255, np.uint8), np.zeros((240, 320), np.uint8)
    below[160:], middle[70:190, 80:250] = 0, 1
    return below, middle


@pytest.mark.parametrize('size', [0, 200])
@pytest.mark.parametrize('octave', [-1, 0])
def test_no_keypoint_is_on_a_mask_and_the_number_is_filled(size, octave, image):
    for name in (*WORKING, 'superpoint', 'lfnet'):
        if name == 'surf' and not surf():
            continue
        settings = {'max_size': size, 'sift_first_octave': octave, 'network_shrink': 0}
        free = create_extractor(name, 5000, **settings).extract(image)
        extractor = create_extractor(name, 60, **settings)
        for mask in masks():
            found = extractor.extract(image, mask)
            assert on(mask, found) == 0, name
            there = (mask[tuple(np.rint(free.keypoints).astype(int).T[::-1])] > 0).sum()
            assert len(found) >= min(60, 0.9 * there) and len(found) > 20, name


@pytest.mark.parametrize('name', ['sift', 'rootsift_upright', 'superpoint', 'surf'])
def test_a_mask_chooses_among_the_keypoints_and_changes_none(name, image):
    if name == 'surf' and not surf():
        pytest.skip('SURF is not installed')
    for mask in masks():
        found = create_extractor(name, 50).extract(image, mask)
        free = create_extractor(name, 5000).extract(image)
        rows = [np.flatnonzero((free.keypoints == point).all(1) & (free.responses == response)
                               & (free.angles == angle) & (free.sizes == size))
                for point, response, angle, size in zip(
                    found.keypoints, found.responses, found.angles, found.sizes, strict=True)]
        chosen = np.array([row[0] for row in rows])
        np.testing.assert_array_equal(found.descriptors, free.descriptors[chosen])
        allowed = Mask(mask > 0).allows(free.keypoints)
        np.testing.assert_array_equal(np.sort(chosen), np.flatnonzero(allowed)[:50])


def test_a_mask_that_keeps_nothing_off_is_none(extractors, image):
    for name, extractor in extractors.items():
        for mask in (np.ones((240, 320), np.uint8), None):
            assert_same(extractor.extract(image, mask), extractor.extract(image)), name


def test_the_mask_of_the_settings_is_that_of_all_images(tmp_path, image):
    below, middle = masks()
    cv2.imwrite(str(tmp_path / 'mask.png'), below)
    extractor = create_extractor('rootsift', 100, mask=str(tmp_path / 'mask.png'))
    plain = create_extractor('rootsift', 100)
    assert_same(extractor.extract(image), plain.extract(image, below))
    left, right = extractor.extract_batch([image, image], [None, middle])
    assert_same(left, plain.extract(image, below))
    assert_same(right, plain.extract(image, middle))
    assert len(extractor.warm_up()) == 0


def test_a_mask_that_does_not_fit_or_cannot_be_read_is_told(tmp_path, image):
    path = tmp_path / 'mask.png'
    with pytest.raises(ConfigError, match=f'mask {path}: No such file'):
        create_extractor('orb', 10, mask=str(path))
    cv2.imwrite(str(path), np.eye(64, dtype=np.uint8))
    with pytest.raises(ConfigError, match=f'mask {path} is 64x64, the image 320x240'):
        create_extractor('orb', 10, mask=str(path)).extract(image)
    with pytest.raises(ConfigError, match='the mask is 64x64, the image 320x240'):
        create_extractor('orb', 10).extract(image, np.eye(64))


@pytest.mark.parametrize('name', WORKING)
def test_what_came_before_changes_no_byte(name, image):
    if name == 'surf' and not surf():
        pytest.skip('SURF is not installed')
    before = [textured(seed=28), np.full((240, 320), 90, np.uint8), image // 3 + 60, image]
    extractor, expected = create_extractor(name, 200), create_extractor(name, 200).extract(image)
    for picture in before:
        extractor.extract(picture, masks()[1])
        assert_identical(extractor.extract(image), expected)


def assert_identical(a, b):
    for field in dataclasses.fields(a):
        if field.name != 'image_size':
            assert getattr(a, field.name).tobytes() == getattr(b, field.name).tobytes()


@pytest.mark.parametrize('settings', [{}, {'max_size': 160}, {'network_shrink': 2}])
def test_a_learned_method_describes_its_own_keypoints_as_it_does_by_itself(settings, image):
    extractor = create_extractor('posfeat', 100, **settings)
    found = extractor.extract(image)
    bare = dataclasses.replace(found, descriptors=np.zeros((len(found), 0), np.float32))
    assert len(found) > 20
    # At 1 / 2 of its size pixels are rounded to float32 on the way back.
    np.testing.assert_allclose(extractor.describe(image, bare).descriptors, found.descriptors,
                               atol=1e-5 if 'max_size' not in settings else 1e-3)


def test_a_learned_method_describes_the_keypoints_of_others(image):
    sift, posfeat = create_extractor('sift', 80), create_extractor('posfeat', 80)
    found = sift.extract(image)
    described = posfeat.describe(image, found)
    np.testing.assert_array_equal(described.keypoints, found.keypoints)
    assert described.descriptors.shape == (len(found), posfeat.card.dim)
    assert len(posfeat.describe(image, found.take(slice(0, 0))).descriptors) == 0
    for name in ('orb', 'residual_rootsift_small'):
        with pytest.raises(ConfigError, match=f'{name} describes its own keypoints alone'):
            create_extractor(name, 80).describe(image, found)


@pytest.mark.parametrize('method', ['residual_rootsift_small', 'residual_hessian_small_binary',
                                    'superpoint', 'lfnet'])
def test_networks_go_with_the_extractor_and_wait_for_no_collector(method):
    def sessions():
        return sum(type(each).__name__ == 'InferenceSession' for each in gc.get_objects())

    gc.collect()
    before = sessions()
    gc.disable()  # what runtimes hold outside of Python's heap does not hurry it
    try:
        extractor = create_extractor(method, backend='onnxruntime', max_keypoints=50)
        extractor.extract(textured(160, 120))
        assert sessions() > before
        del extractor
        assert sessions() == before
    finally:
        gc.enable()
