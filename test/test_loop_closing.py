# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
from functools import cache

import cv2
import numpy as np
import pytest
from support.pictures import textured
from support.vocabularies import grown

from residual_features_ros import create_extractor
from residual_features_ros.config import LoopConfig
from residual_features_ros.loop_closing import LoopDetector, bytes_of, checked, packed
from residual_features_ros.matcher import made_up
from residual_features_ros.vocabulary.bag import score

METHODS = ['orb', 'rootsift']
SCENES = 8
CONFIG = LoopConfig(loop_min_gap_s=5.0)
extractor_of = cache(create_extractor)


@cache
def scene(method, seed):
    return extractor_of(method).extract(textured(seed=seed))


@cache
def vocabulary(method):
    return grown([scene(method, seed).descriptors for seed in range(100, 104)])


def bag_of(method, features):
    return vocabulary(method).transform(features.descriptors)


def seen_again(method, image, angle_deg=12, scale=0.9):
    """Return the features of an image turned and made smaller, darker."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle_deg, scale)
    turned = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
    return extractor_of(method).extract(cv2.convertScaleAbs(turned, alpha=0.8))


def show(detector, method, features, second, config=CONFIG, nanosecond=0):
    return detector.add((second, nanosecond), features, bag_of(method, features), config)


def filled(method, config=CONFIG, capacity=100):
    """Return a detector that has seen some scenes, a second each."""
    detector = LoopDetector(capacity)
    for second in range(SCENES):
        assert show(detector, method, scene(method, second), second, config).candidates == []
    return detector


@pytest.mark.parametrize('method', METHODS)
def test_a_place_that_is_seen_again_is_found_and_a_stranger_is_not(method):
    detector, again = filled(method), seen_again(method, textured(seed=3))
    found, = show(detector, method, again, 50).candidates
    assert found.stamp == (3, 0)
    assert found.matches >= found.inliers > 50
    earlier = bag_of(method, scene(method, 3))
    assert found.score == pytest.approx(score(bag_of(method, again), earlier))
    assert show(detector, method, scene(method, 77), 51).candidates == []


@pytest.mark.parametrize('method', METHODS)
def test_the_same_images_give_the_same_candidates(method):
    again = seen_again(method, textured(seed=3))
    assert show(filled(method), method, again, 50) == show(filled(method), method, again, 50)


def test_images_that_are_too_near_in_time_are_left_out():
    def candidates(second, nanosecond=0):
        detector = LoopDetector(10)
        show(detector, 'orb', scene('orb', 0), 3, nanosecond=7)
        return show(detector, 'orb', scene('orb', 0), second, nanosecond=nanosecond).candidates

    assert candidates(8, 6) == []
    assert [found.stamp for found in candidates(8, 7)] == [(3, 7)]


def test_the_best_come_first_and_no_more_than_are_asked_for():
    detector, picture = LoopDetector(10), textured(seed=0)
    for second, angle_deg in enumerate((25, 2, 50, 12)):
        show(detector, 'orb', seen_again('orb', picture, angle_deg), second)
    asked = seen_again('orb', picture, 0)
    found = show(detector, 'orb', asked, 60, dataclasses.replace(CONFIG, loop_count=4)).candidates
    inliers = [candidate.inliers for candidate in found]
    assert found[0].stamp == (1, 0) and inliers == sorted(inliers, reverse=True)
    assert len(found) == 4
    few = show(detector, 'orb', asked, 61, dataclasses.replace(CONFIG, loop_count=2)).candidates
    assert len(few) == 2
    sure = dataclasses.replace(CONFIG, loop_count=4, loop_min_inliers=inliers[1])
    assert len(show(detector, 'orb', asked, 62, sure).candidates) == 2


def test_one_of_every_so_many_images_is_kept():
    config = dataclasses.replace(CONFIG, loop_every=3)
    detector = filled('orb', config)
    assert len(detector) == 3  # images 0, 3 and 6
    for seed, stamps in ((3, [(3, 0)]), (4, [])):
        found = show(detector, 'orb', seen_again('orb', textured(seed=seed)), 50 + seed, config)
        assert [candidate.stamp for candidate in found.candidates] == stamps


def test_a_stamp_that_goes_back_begins_anew():
    detector = filled('orb')
    assert show(detector, 'orb', scene('orb', 0), 7).began_anew == ''  # the last stamp again
    answer = show(detector, 'orb', scene('orb', 1), 6, nanosecond=999)
    assert answer.began_anew == 'stamp went back from 7.000000000 s to 6.000000999 s'
    assert answer.candidates == [] and len(detector) == 1
    assert show(detector, 'orb', scene('orb', 3), 50).candidates == []
    found, = show(detector, 'orb', scene('orb', 1), 51).candidates
    assert found.stamp == (6, 999)


def test_an_image_without_keypoints_is_like_none():
    detector, nothing = filled('orb'), scene('orb', 0).take(slice(0))
    assert show(detector, 'orb', nothing, 50).candidates == [] and len(detector) == SCENES
    assert LoopDetector(3).nbytes == 0


@pytest.mark.parametrize(('method', 'width'), [('orb', 32), ('rootsift', 128)])
def test_what_many_images_take_is_bounded_and_as_stated(method, width):
    capacity, sizes = 50, []
    detector = LoopDetector(capacity)
    small = scene(method, 0).take(slice(20))
    rng = np.random.default_rng(0)
    for second in range(400):
        features = made_up(small, 20)
        rows = rng.permutation(features.descriptors.ravel()).reshape(20, width)
        features = dataclasses.replace(features, descriptors=rows)
        show(detector, method, features, second)
        sizes.append(detector.nbytes)
    assert len(detector) == capacity and len(detector._kept) == capacity
    kept = sum(bytes_of(features) for _, features in detector._kept)
    assert detector.nbytes == kept + detector._index.nbytes
    assert max(sizes) <= capacity * 20 * (24 + width + 20 + 300)
    assert max(sizes[capacity:]) <= 1.1 * sizes[capacity]
    assert not [stamp for stamp, _ in detector._kept if stamp[0] < 350]


def test_the_oldest_leave_and_are_not_found_again():
    config = dataclasses.replace(CONFIG, loop_count=1)
    for seed, stamps in ((2, []), (4, [(4, 0)])):
        found = show(filled('orb', capacity=5), 'orb', scene('orb', seed), 50, config)
        assert [candidate.stamp for candidate in found.candidates] == stamps


def test_float_descriptors_are_kept_as_bytes_and_found_as_before():
    before = scene('rootsift', 0)
    assert packed(before).descriptors.dtype == np.uint8
    again = seen_again('rootsift', textured(seed=0))
    found = checked(again, (0, 0), packed(before), 0.5)
    bits = scene('orb', 0)
    assert packed(bits) is bits
    assert found.inliers > 50 and checked(again, (0, 0), packed(before), 0.5, 10**4).inliers == 0


def test_photographs_are_found_again_and_none_for_another(data_root):
    paths = sorted((data_root / 'stills' / 'coco').glob('*.jpg'))[:20]
    if not paths:
        pytest.skip(f'{data_root}/stills/coco has no photographs')
    images = [cv2.resize(cv2.imread(str(path)), (480, 360)) for path in paths]
    extractor, config = extractor_of('rootsift'), LoopConfig(loop_min_gap_s=100.0)
    shown = [extractor.extract(image) for image in images]
    tree, detector = grown([features.descriptors for features in shown]), LoopDetector(100)
    for second, features in enumerate(shown):
        found = detector.add((second, 0), features, tree.transform(features.descriptors),
                             dataclasses.replace(config, loop_min_gap_s=0.0))
        assert found.candidates == []
    for second, image in enumerate(images):
        again = seen_again('rootsift', image, 20, 0.8)
        found = detector.add((100 + second, 0), again, tree.transform(again.descriptors), config)
        assert [candidate.stamp for candidate in found.candidates] == [(second, 0)]
