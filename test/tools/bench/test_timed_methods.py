# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import threading
import time

import cv2
import numpy as np

from residual_features_ros.timings import Timings
from residual_features_ros.tools.bench.opencv_sift import OpenCVSift
from residual_features_ros.tools.bench.options import OPENCV_SIFT
from residual_features_ros.tools.bench.sequences import FrameSequence
from residual_features_ros.tools.bench.timed_methods import TimedMethod, create_methods, measure
from residual_features_ros.tools.method_options import MethodOptions


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
    methods = [TimedMethod(Recorder(name, turns), Recorder(name, [])) for name in 'ab']
    measure(methods, [FrameSequence([1, 2], 2, 4), FrameSequence([7], 1, 2)])
    assert turns[:4] == [('a', 1), ('b', 1), ('b', 2), ('a', 2)]
    assert [image for name, image in turns if name == 'a'] == [1, 2, 1, 2, 1, 2, 7, 7, 7]
    for method in methods:
        assert len(method.extract_ms) == len(method.match_ms) == len(method.keypoints) == 6
        assert len(method.extract_core_ms) == len(method.match_core_ms) == 6
        assert method.stages_ms['detect'] == [1000.0] * 6


def test_methods_of_the_registry_and_of_opencv_are_timed(image):
    methods = create_methods((OPENCV_SIFT, 'orb'), MethodOptions(max_keypoints=200))
    assert isinstance(methods[OPENCV_SIFT].extractor, OpenCVSift)
    assert methods['orb'].extractor.config.max_keypoints == 200
    for method in methods.values():
        method.process(image)
        method.process(cv2.flip(image, 1))
        assert len(method.match_ms) == 2 and method.keypoints[0] > 100


def test_core_ms_are_those_of_all_threads():
    def compute():
        until = time.thread_time() + 0.05
        while time.thread_time() < until:
            pass

    def extract(image):
        threads = [threading.Thread(target=compute) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [image]

    recorder = Recorder('a', [])
    recorder.extract = extract
    method = TimedMethod(recorder, recorder)
    method.process('image')
    method.process('image')
    found = method.core_ms()
    assert found['extract'] >= 100 and found['match'] >= 0
    assert found['frame'] == found['extract'] + found['match']


def test_an_image_without_structure_is_timed_too(image):
    method = create_methods([OPENCV_SIFT], MethodOptions())[OPENCV_SIFT]
    for shown in (image, np.zeros_like(image), image):
        method.process(shown)
    assert method.keypoints[1] == 0
