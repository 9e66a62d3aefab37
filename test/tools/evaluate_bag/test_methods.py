# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A method on rendered images: what it keeps of them, and what it matches."""
import numpy as np
import pytest
from support.needs import need_backend
from support.rendered_scene import camera_path, view

from residual_features_ros.extractor import create_extractor
from residual_features_ros.matcher import create_matcher
from residual_features_ros.tools.evaluate_bag.methods import create_methods, process_all
from residual_features_ros.tools.method_options import MethodOptions

OPTIONS = MethodOptions(max_keypoints=200)


@pytest.fixture(scope='module')
def images():
    return [view(pose) for pose in camera_path(8, 3)]


class Counting:
    """An extractor that counts its images."""

    def __init__(self, extractor):
        self.extractor, self.mask, self.images = extractor, extractor.mask, 0

    def extract(self, image, mask=None):
        self.images += 1
        return self.extractor.extract(image, mask)


@pytest.mark.parametrize('name', ['orb', 'rootsift', 'residual_hessian_tiny'])
def test_images_further_apart_are_matched_as_if_they_were_alone(images, name):
    if name.startswith('residual'):
        need_backend('onnxruntime')
    method = create_methods([name], OPTIONS, (1, 2, 5))[name]
    method.extractor = Counting(method.extractor)
    assert method.gaps == (2, 5)
    extractor, matcher = create_extractor(name, max_keypoints=200), create_matcher()
    alone = [extractor.extract(image) for image in images]
    for i, image in enumerate(images):
        method.process(100 + i, image)
        found = list(method.match_gaps())
        assert [(m.gap, m.previous_ns, m.stamp_ns) for m in found] == \
            [(gap, 100 + i - gap, 100 + i) for gap in (2, 5) if gap <= i]
        for matches in found:
            earlier = alone[i - matches.gap]
            now, before = matcher.match(alone[i], earlier).indices.T
            np.testing.assert_array_equal(matches.now, alone[i].keypoints[now])
            np.testing.assert_array_equal(matches.before, earlier.keypoints[before])
            assert len(now) > 20
    assert method.extractor.images == len(images)


def test_no_more_images_are_kept_than_the_largest_gap_needs(images):
    method = create_methods(['orb'], OPTIONS, (1, 3))['orb']
    for i, image in enumerate(images):
        method.process(i, image)
        assert len(method._newest) == min(i + 1, 4)
    plain = create_methods(['orb'], OPTIONS)['orb']
    for i, image in enumerate(images[:3]):
        plain.process(i, image)
        assert list(plain.match_gaps()) == [] and len(plain._newest) == 1


def test_gaps_change_nothing_from_one_image_to_the_next(images):
    kinds = {gaps: create_methods(['orb'], OPTIONS, gaps) for gaps in ((1,), (2, 4))}
    rows = {}
    for gaps, methods in kinds.items():
        rows[gaps] = []
        for records in process_all(methods, ((i, image, None) for i, image in enumerate(images))):
            list(methods['orb'].match_gaps())
            rows[gaps].append(records['orb'])
    for plain, other in zip(*rows.values(), strict=True):
        assert (plain.previous_ns, plain.keypoints) == (other.previous_ns, other.keypoints)
        for name in ('before', 'now', 'ids'):
            np.testing.assert_array_equal(getattr(plain, name), getattr(other, name))


def test_a_method_may_have_a_matcher_of_its_own(images):
    need_backend('onnxruntime')
    names = ['residual_hessian_small', 'residual_hessian_small+attention', 'orb+guided']
    methods = create_methods(names, OPTIONS)
    assert list(methods) == names
    assert [method.matcher.config.matcher for method in methods.values()] == [
        'mutual_nearest', 'attention', 'guided']
    *_, last = process_all(methods, ((i, image, None) for i, image in enumerate(images[:3])))
    assert list(last) == names and min(len(found.now) for found in last.values()) > 20
