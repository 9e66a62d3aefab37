# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest

from residual_features_ros import create_extractor
from residual_features_ros.timings import Timings
from residual_features_ros.tools.bench.lanes import OPENCV_SIFT, Lane, create_lane, measure
from residual_features_ros.tools.bench.sequences import View
from residual_features_ros.tools.command_line import build_parser


class Recorder:
    """Stands in for extractor and matcher; notes whose turn it is."""

    backend_description = 'none needed'

    def __init__(self, name, turns):
        self.name, self.turns, self.timings = name, turns, Timings()

    def extract(self, image):
        self.turns.append((self.name, image))
        self.timings.note('detect', 1.0)
        return [image]

    def match(self, a, b):
        return []


def test_methods_take_turns_on_every_image_and_the_warm_up_is_not_counted():
    turns = []
    lanes = [Lane(Recorder(name, turns), Recorder(name, [])) for name in 'ab']
    measure(lanes, [View([1, 2], 2, 4), View([7], 1, 2)])
    assert turns[:4] == [('a', 1), ('b', 1), ('b', 2), ('a', 2)]
    assert [image for name, image in turns if name == 'a'] == [1, 2, 1, 2, 1, 2, 7, 7, 7]
    for lane in lanes:
        assert len(lane.extract_ms) == len(lane.match_ms) == len(lane.keypoints) == 6
        assert lane.stages_ms['detect'] == [1000.0] * 6


@pytest.fixture
def args():
    return build_parser().parse_args(['bench', '--methods', 'sift', '--keypoints', '200',
                                      '--set', 'sift_contrast_threshold=0.02'])


def test_opencv_sift_has_the_settings_of_ours(args, image):
    lane = create_lane(args, OPENCV_SIFT)
    points, descriptors = lane.extractor.extract(image)
    ours = create_extractor('sift', 200, sift_contrast_threshold=0.02).extract(image)
    assert descriptors.shape[1] == 128
    theirs = {tuple(np.float32(p.pt).tolist()) for p in points}
    shared = theirs & {tuple(place) for place in ours.keypoints.tolist()}
    assert len(shared) > 0.95 * len(theirs) > 100
    lane.take(image)
    lane.take(cv2.flip(image, 1))
    assert lane.keypoints[0] == len(points) and len(lane.match_ms) == 2


def test_opencv_sift_bears_an_image_without_structure(args, image):
    lane = create_lane(args, OPENCV_SIFT)
    for shown in (image, np.zeros_like(image), image):
        lane.take(shown)
    assert lane.keypoints[1] == 0
