# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The same images give the same bytes: again, on any number of threads, in any order of cameras.

python -m pytest test/test_determinism.py; RESIDUAL_FEATURES_DATA adds real photographs.
"""
import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from support.bag_files import frames, infos, truth, write
from support.paths import ROOT
from support.pictures import textured
from support.ros_nodes import needs_ros

from residual_features_ros import create_extractor, create_matcher
from residual_features_ros.ros.conversions import quantise
from residual_features_ros.tools.bags.images import BagImages
from residual_features_ros.tools.bags.rosbag import IMAGE, ImageBag, timed_messages, write_images
from residual_features_ros.tools.command_line import main
from residual_features_ros.tools.harness.playback import node_arguments, play
from residual_features_ros.tools.harness.processes import dds_profile
from residual_features_ros.tools.harness.recording import read_recording
from residual_features_ros.tools.method_options import MethodOptions

METHODS = ['orb', 'rootsift', 'rootsift_upright', 'residual_rootsift_small',
           'residual_hessian_small', 'superpoint']
COUNT = 5
KEYPOINTS = 300
# Prints what `all_digests` gives, on so many threads of OpenCV, of BLAS and of the network.
SCRIPT = """
import json, sys
import cv2, threadpoolctl
sys.path.insert(0, 'test')
from test_determinism import all_digests
threads = int(sys.argv[2])
cv2.setNumThreads(threads)
with threadpoolctl.threadpool_limits(threads, user_api='blas'):
    print(json.dumps(all_digests(sys.argv[1], threads=threads)))
"""


def digest(*arrays):
    """Return what tells arrays apart, bit by bit."""
    words = hashlib.sha256()
    for array in arrays:
        words.update(f'{array.dtype} {array.shape}'.encode())
        words.update(np.ascontiguousarray(array).tobytes())
    return words.hexdigest()


def of_features(features):
    return digest(*(getattr(features, field.name) for field in dataclasses.fields(features)
                    if field.name != 'image_size'))


def of_matches(matches):
    confidences = () if matches.confidences is None else (matches.confidences,)
    return digest(matches.indices, matches.distances, *confidences)


def all_digests(bag, **settings):
    """Return what tells features of a bag's images, and their matches in time, apart."""
    return {method: digests(bag, method, **settings) for method in METHODS}


def digests(bag, method, **settings):
    """Return the digests of one method."""
    extractor = create_extractor(method, KEYPOINTS, **settings)
    matcher = create_matcher(confidence=extractor.confidence)
    found, previous = [], None
    for _, image in BagImages(ImageBag(Path(bag), '')):
        features = extractor.extract(image)
        assert len(features) > 50
        found += [of_features(features), of_matches(matcher.match(features, previous or features))]
        previous = features
    return found


@pytest.fixture(scope='module')
def bag(tmp_path_factory):
    """Return a bag of a rendered scene, with what evaluate-bag needs."""
    return write(tmp_path_factory.mktemp('same') / 'bag',
                 [*infos(), *truth(COUNT), *frames(COUNT)], 'MCAP')


@pytest.fixture(scope='module')
def drive(data_root, tmp_path_factory):
    """Return a bag of a real drive."""
    paths = sorted((data_root / 'kitti' / 'sequence_1' / 'image_l').glob('*'))[:COUNT]
    if not paths:
        pytest.skip('no KITTI frames below RESIDUAL_FEATURES_DATA')
    folder = tmp_path_factory.mktemp('drive') / 'bag'
    write_images(folder, '/cam/image_raw', IMAGE,
                 timed_messages((cv2.imread(str(path)) for path in paths), 10))
    return folder


@pytest.mark.parametrize('scene', ['bag', 'drive'])
def test_three_runs_on_one_two_and_four_threads_give_the_same_bytes(scene, request):
    folder = str(request.getfixturevalue(scene))
    expected = all_digests(folder)
    for threads in (1, 2, 4):
        done = subprocess.run(
            [sys.executable, '-c', SCRIPT, folder, str(threads)], capture_output=True,
            text=True, cwd=ROOT, check=True,
            env={**os.environ, 'PYTHONPATH': f'{ROOT}{os.pathsep}{ROOT / "test"}'})
        assert json.loads(done.stdout) == expected


@pytest.mark.parametrize('method', METHODS)
def test_both_orders_of_cameras_give_the_same_bytes(method):
    ways = [create_extractor(method, KEYPOINTS) for _ in range(2)]
    single = create_extractor(method, KEYPOINTS)
    matcher = create_matcher('stereo_rectified', confidence=single.confidence)
    for seed in (28, 3, 28):
        wide = textured(340, 240, seed)
        pair = [np.ascontiguousarray(wide[:, :320]), np.ascontiguousarray(wide[:, 20:])]
        there = ways[0].extract_batch(pair)
        back = ways[1].extract_batch(pair[::-1])[::-1]
        crossed = ways[0].extract_batch(pair[::-1])[::-1]  # a camera after the other one's images
        alone = [single.extract(image) for image in pair]
        expected = [of_features(features) for features in there]
        for other in (back, crossed, alone):
            assert [of_features(features) for features in other] == expected
        assert of_matches(matcher.match(*back)) == of_matches(matcher.match(*there))


@pytest.mark.parametrize('method', METHODS)
def test_images_matched_in_both_directions_give_the_same_pairs(method):
    a, b = create_extractor(method, KEYPOINTS).extract_batch([textured(seed=28),
                                                              textured(seed=28)[:, 8:]])
    there, back = create_matcher().match(a, b), create_matcher().match(b, a)
    order = np.lexsort(back.indices.T)
    assert len(there) > 30
    np.testing.assert_array_equal(there.indices, back.indices[order][:, ::-1])
    assert there.distances.tobytes() == back.distances[order].tobytes()


def test_a_keypoint_of_an_equal_response_has_its_place_on_any_number_of_threads():
    tile = textured(60, 60, 5)
    image = np.tile(tile, (4, 4, 1))  # each keypoint sixteen times, of one response
    found = []
    for threads in (1, 2, 4):
        cv2.setNumThreads(threads)
        found += [[of_features(create_extractor(method, 150).extract(image))
                   for method in ('orb', 'sift', 'rootsift_upright')] for _ in range(3)]
    cv2.setNumThreads(-1)
    assert all(one == found[0] for one in found)


def test_evaluate_bag_three_times_in_both_orders_of_methods_gives_the_same_numbers(bag, tmp_path):
    reports, trajectories = [], []
    for number, methods in enumerate(('orb,rootsift', 'rootsift,orb', 'orb,rootsift')):
        out = tmp_path / str(number)
        assert main(['evaluate-bag', str(bag), '--out', str(out), '--methods', methods,
                     '--groundtruth', '/groundtruth', '--max-keypoints', str(KEYPOINTS)]) == 0
        report = json.loads((out / 'report.json').read_text())
        reports.append({method: {key: value for key, value in values.items()
                                 if not key.endswith(('_ms', '_ms_p95'))}
                        for method, values in sorted(report['methods'].items())})
        trajectories.append([(out / f'{method}.tum').read_bytes()
                             for method in ('orb', 'rootsift')])
    assert reports[0] == reports[1] == reports[2]
    assert trajectories[0] == trajectories[1] == trajectories[2]


@needs_ros
def test_the_node_three_times_gives_the_bytes_of_the_extractor(bag, tmp_path):
    method = 'residual_rootsift_small'
    folder, images = tmp_path / 'played', BagImages(ImageBag(Path(bag), ''))
    write_images(folder, '/demo/image_raw', IMAGE, timed_messages(
        (image for _, image in images), 10))
    local = create_extractor(method, KEYPOINTS)
    expected = [local.extract(image) for _, image in images]
    runs = []
    for threads in (0, 1, 2):
        options = MethodOptions(KEYPOINTS, settings=(f'threads={threads}',))
        recording = play(folder, tmp_path / str(threads), node_arguments(method, options, IMAGE),
                         dds_profile(''), rate=0.2)
        answers = read_recording(recording)
        assert [frame.answered for frame in answers] == [True] * COUNT
        runs.append([(frame.features.tobytes(), frame.matches.tobytes()) for frame in answers])
        for frame, features in zip(answers, expected, strict=True):
            assert frame.features['x'].tobytes() == features.keypoints[:, 0].tobytes()
            assert frame.features['response'].tobytes() == features.responses.tobytes()
            assert frame.features['descriptor'].tobytes() == \
                quantise(features.descriptors).tobytes()
    assert [frame[0] for frame in runs[1]] == [frame[0] for frame in runs[0]]
    assert runs[0][1:] == runs[1][1:] == runs[2][1:]  # the first is matched to a player's probe
