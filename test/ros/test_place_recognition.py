# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The topics place and loop_candidates of a node that runs as a process of its own."""
import json
from contextlib import contextmanager

import numpy as np
import pytest
from support.image_messages import ros_image
from support.node_answers import diagnostics, latched_info, serve
from support.pictures import textured
from support.vocabularies import write_vocabulary

from residual_features_ros import create_extractor

pytest.importorskip('rclpy', reason='rclpy is not installed')

from lifecycle_msgs.msg import Transition
from rclpy.parameter import Parameter
from rclpy.parameter_client import AsyncParameterClient
from sensor_msgs.msg import Image, PointCloud2
from std_msgs.msg import String
from support.lifecycle_manager import Manager

from residual_features_ros.ros.place_messages import loops_from_message, place_from_message
from residual_features_ros.ros.place_recognition import KEPT, MEGABYTES

SCENES = 4
FINDING = {'loop_candidates': True, 'loop_min_gap_s': 5.0, 'image_qos': 'default'}


@pytest.fixture(scope='module')
def vocabularies(tmp_path_factory):
    """Return a folder with vocabularies of orb and rootsift, and their (tree, card) by method."""
    folder = tmp_path_factory.mktemp('vocabularies')
    return folder, {method: write_vocabulary(folder, method) for method in ('orb', 'rootsift')}


def picture(second, seed=None, size=(320, 240)):
    """Return the image of a second, of a scene of its own unless it shows that of a seed."""
    image = textured(*size, seed=second if seed is None else seed)
    return ros_image(image, stamp=(second, 5))


class Places:
    """A node, the camera before it, and what was heard of its topics."""

    def __init__(self, probe, camera, places, loops):
        self.probe, self._camera, self.places, self.loops = probe, camera, places, loops

    def show(self, image):
        """Return what came of an image: its bag and its loop candidates."""
        place, loops = serve(self.probe, self._camera, image, self.places, self.loops)
        assert place.header == loops.header == image.header
        return place_from_message(place), loops_from_message(loops)


@contextmanager
def heard(probe, namespace):
    """Listen to both topics of a node, which is shown what it can answer to."""
    with probe.listen(PointCloud2, f'{namespace}/place') as places, \
            probe.listen(PointCloud2, f'{namespace}/loop_candidates') as loops, \
            probe.publisher(Image, f'{namespace}/image_raw') as camera:
        yield Places(probe, camera, places, loops)


def set_parameter(probe, namespace, name, value):
    client = AsyncParameterClient(probe.node, f'{namespace}/extractor')
    probe.wait_for(client.services_are_ready, 'the parameter services')
    future = client.set_parameters([Parameter(name, value=value)])
    return probe.wait_for(lambda: future.result(), name).results[0]


def quiet_end(stop_node, process):
    """Stop a node, which must end well, and return its log."""
    code, log = stop_node(process)
    assert code == 0 and 'Traceback' not in log
    return log


@pytest.mark.parametrize('method', ['orb', 'rootsift'])
def test_words_and_loops_of_images(probe, start_node, stop_node, vocabularies, method):
    folder, written = vocabularies
    tree, card = written[method]
    namespace = f'/places_{method}'
    process = start_node('extractor_node', namespace, method=method, vocabulary=folder, **FINDING)
    extractor = create_extractor(method)
    with heard(probe, namespace) as node:
        for second in range(1, SCENES + 1):
            bag, loops = node.show(picture(second))
            expected = tree.transform(extractor.extract(textured(seed=second)).descriptors)
            np.testing.assert_array_equal(bag.words, expected.words)
            np.testing.assert_array_equal(bag.weights, expected.weights)
            assert loops == []
        _, (found,) = node.show(picture(20, seed=3))
        assert found.stamp == (3, 5) and found.score == pytest.approx(1)
        assert found.matches >= found.inliers > 100
        assert node.show(picture(21, seed=99))[1] == []
        blank = ros_image(np.full((240, 320, 3), 90, np.uint8), stamp=(22, 0))
        bag, loops = node.show(blank)
        assert len(bag) == 0 and loops == []
        info = latched_info(probe, namespace)
        assert info['vocabulary'] == {'words': len(tree.words), 'sha256': card.sha256}
        assert info['loops'] == {
            'loop_candidates': True, 'loop_count': 3, 'loop_min_gap_s': 5.0,
            'loop_min_inliers': 30, 'loop_memory': 2000, 'loop_every': 1}
        *_, values = diagnostics(probe, namespace, lambda _, values: values[KEPT] == '6')
        assert float(values[MEGABYTES]) > 0.1
        assert float(values['place p50 [ms]']) > 0 and float(values['loops p50 [ms]']) > 0
    log = quiet_end(stop_node, process)
    assert log.count(f'vocabulary of {len(tree.words)} words, read in') == 1


def test_memory_is_bounded_and_told(probe, start_node, stop_node, vocabularies):
    process = start_node('extractor_node', '/bounded', method='orb', vocabulary=vocabularies[0],
                         loop_memory=3, **FINDING)
    with heard(probe, '/bounded') as places:
        for second in range(100, 108):
            places.show(picture(second))
        diagnostics(probe, '/bounded', lambda _, values: values[KEPT] == '3')
        assert [loop.stamp for loop in places.show(picture(120, seed=107))[1]] == [(107, 5)]
        assert places.show(picture(121, seed=100))[1] == []
    quiet_end(stop_node, process)


def test_loops_begin_anew_where_time_goes_back(probe, start_node, stop_node, vocabularies):
    process = start_node('extractor_node', '/again', method='orb', vocabulary=vocabularies[0],
                         **FINDING)
    with heard(probe, '/again') as places:
        for second in (10, 30):
            places.show(picture(second))
        assert places.show(picture(5, seed=10))[1] == []
        diagnostics(probe, '/again', lambda _, values: values[KEPT] == '1')
        loop, = places.show(picture(40, seed=10))[1]
        assert loop.stamp == (5, 5)
    log = quiet_end(stop_node, process)
    assert log.count('loops begin anew: stamp went back from 30.000000005 s to 5.000000005 s') == 1


def test_each_is_worked_on_only_while_somebody_listens(probe, start_node, stop_node,
                                                       vocabularies):
    process = start_node('extractor_node', '/unheard', method='orb', vocabulary=vocabularies[0],
                         **FINDING)
    seconds = iter(range(1, 10**6))

    def stages(*topics):
        """Return the stages of a frame while somebody listens to some topics."""
        times = []
        with probe.listen(PointCloud2, '/unheard/features') as features, \
                probe.listen(PointCloud2, '/unheard/matches'), \
                probe.listen(String, '/unheard/extractor/frame_times') as told, \
                probe.publisher(Image, '/unheard/image_raw') as camera:
            others = [probe.node.create_subscription(PointCloud2, f'/unheard/{topic}',
                                                     times.append, 10) for topic in topics]
            try:
                serve(probe, camera, picture(next(seconds)), features)
                probe.wait_for(lambda: (told and len(times) >= len(others)) or camera.publish(
                    picture(next(seconds))), 'the times of a frame')
                return set(json.loads(told[-1].data)['ms']) & {'place', 'loops'}
            finally:
                for other in others:
                    probe.node.destroy_subscription(other)

    assert stages() == set()
    diagnostics(probe, '/unheard', lambda _, values: values[KEPT] == '0')
    assert latched_info(probe, '/unheard')['vocabulary']['words'] > 100  # read at the start
    assert stages('place') == {'place'}
    diagnostics(probe, '/unheard', lambda _, values: values[KEPT] == '0')
    assert stages('loop_candidates') == {'place', 'loops'}
    diagnostics(probe, '/unheard', lambda _, values: int(values[KEPT]) > 0)
    quiet_end(stop_node, process)


def test_without_a_vocabulary_place_is_a_warning_and_loops_are_refused(probe, start_node,
                                                                       stop_node, tmp_path):
    process = start_node('extractor_node', '/wordless', method='orb', vocabulary=tmp_path,
                         image_qos='default')
    with probe.listen(PointCloud2, '/wordless/place') as places, \
            probe.listen(PointCloud2, '/wordless/loop_candidates'), \
            probe.listen(PointCloud2, '/wordless/features') as features, \
            probe.publisher(Image, '/wordless/image_raw') as camera:
        for second in range(1, 4):
            serve(probe, camera, picture(second), features)
        level, words, values = diagnostics(
            probe, '/wordless', lambda status, _: 'nothing on place' in status.message
            or camera.publish(picture(9)))
        assert level == 1 and 'orb.npz: no such file; make a vocabulary with' in words
        assert 'loop_candidates, which are off: set loop_candidates to true' in words
        assert KEPT not in values and not places
        refused = set_parameter(probe, '/wordless', 'loop_candidates', True)
        assert not refused.successful and 'orb.npz: no such file' in refused.reason
        assert set_parameter(probe, '/wordless', 'max_keypoints', 200).successful
    assert latched_info(probe, '/wordless')['vocabulary'] is None
    log = quiet_end(stop_node, process)
    assert log.count('nothing on place') == log.count('which are off') == 1


@pytest.mark.parametrize('writes', ['nothing', 'of another method', 'of another width'])
def test_loops_that_cannot_be_had_end_the_start(start_node, stop_node, tmp_path, writes):
    words = 'orb.npz: no such file; make a vocabulary with'
    if writes != 'nothing':
        write_vocabulary(tmp_path, 'rootsift', of='orb')
        words = 'the vocabulary is of descriptors (N, 128) float32, got'
    if writes == 'of another method':
        card = tmp_path / 'orb.json'
        card.write_text(card.read_text().replace('"orb"', '"rootsift"'))
        words = 'expected a vocabulary of orb, found one of rootsift'
    process = start_node('extractor_node', '/refusing', method='orb', vocabulary=tmp_path,
                         loop_candidates=True)
    assert process.wait(60) == 1
    _, log = stop_node(process)
    assert 'loop_candidates: ' in log and words in log
    assert 'FATAL' in log and 'Traceback' not in log


def test_a_cleaned_up_node_has_forgotten_its_images(probe, start_node, stop_node, vocabularies):
    process = start_node('extractor_node', '/managed_loops', method='orb', lifecycle=True,
                         vocabulary=vocabularies[0], **FINDING)
    manager = Manager(probe, '/managed_loops/extractor')
    probe.wait_for(lambda: manager.state() == 'active', 'the state active')

    def candidates(second):
        with heard(probe, '/managed_loops') as places:
            return [loop.stamp[0] for loop in places.show(picture(second, seed=1))[1]]

    assert candidates(10) == []
    manager.change(Transition.TRANSITION_DEACTIVATE, 'inactive')
    manager.change(Transition.TRANSITION_ACTIVATE, 'active')
    assert candidates(20) == [10]
    manager.change(Transition.TRANSITION_DEACTIVATE, 'inactive')
    manager.change(Transition.TRANSITION_CLEANUP, 'unconfigured')
    manager.change(Transition.TRANSITION_CONFIGURE, 'inactive')
    manager.change(Transition.TRANSITION_ACTIVATE, 'active')
    assert candidates(40) == []
    quiet_end(stop_node, process)
