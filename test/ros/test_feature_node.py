# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Live settings, QoS of outputs, and images that overlap, with nodes as processes."""
import subprocess
import sys
import time

import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed')

import rclpy
from support.live_settings import EFFECTS, STARTED, RunningNode
from support.node_answers import diagnostics, latched_info
from support.overlapping import overlapping, shown
from support.paced_node import FAILS
from support.paths import ROOT
from support.ros_nodes import finish

CASES = sorted((kind, method, name) for kind, effects in EFFECTS.items()
               for name, (method, _) in effects.items())


@pytest.fixture(scope='module')
def running(probe, start_node, stop_node, tmp_path_factory):
    """Return a function that gives the node of a kind and a method; one runs at a time."""
    nodes = {}

    def stop_all():
        for node, process in nodes.values():
            node.close()
            code, log = stop_node(process)
            assert code == 0 and 'Traceback' not in log
        nodes.clear()

    def node_of(kind, method):
        if (kind, method) not in nodes:
            stop_all()
            namespace = f'/live_{kind}_{method}'
            given = STARTED[method](tmp_path_factory.mktemp(method)) if method in STARTED \
                else {'method': method}
            process = start_node(f'{kind}_node', namespace, image_qos='default', **given)
            nodes[kind, method] = RunningNode(probe, kind, namespace), process
        return nodes[kind, method][0]

    yield node_of
    stop_all()


@pytest.mark.parametrize('kind', EFFECTS)
def test_every_live_setting_of_a_node_has_an_effect_here(running, kind):
    assert running(kind, 'orb').live() == set(EFFECTS[kind])


@pytest.mark.parametrize(('kind', 'method', 'name'), CASES)
def test_a_live_setting_takes_effect_while_the_node_runs(running, kind, method, name):
    node = running(kind, method)
    default = node.get(name)
    try:
        EFFECTS[kind][name][1](node, name)
    finally:
        node.set(name, default)


def test_outputs_have_qos_overrides(probe, start_node, stop_node):
    process = start_node('extractor_node', '/overridden', method='orb', **{
        'qos_overrides./overridden/features.publisher.reliability': 'best_effort',
        'qos_overrides./overridden/featurs.publisher.depth': 1})
    found = probe.wait_for(
        lambda: probe.node.get_publishers_info_by_topic('/overridden/features'), 'features')
    assert found[0].qos_profile.reliability.name == 'BEST_EFFORT'
    latched_info(probe, '/overridden')
    diagnostics(probe, '/overridden', lambda *_: True)
    code, log = stop_node(process)
    assert code == 0 and "featurs.publisher.depth' is ignored" in log


def seconds(answers):
    return [second for second, _ in answers]


@pytest.mark.parametrize('workers', [2, 4])
def test_answers_keep_the_order_of_images_whatever_each_of_them_takes(probe, tmp_path, workers):
    count = workers + 1  # in work, and one that waits
    with overlapping(probe, f'/ordered_{workers}', tmp_path, workers=workers) as node:
        for begin in range(1, 4 * count, count):
            node.send(*(shown(second, 300 if second == begin else 0)
                        for second in range(begin, begin + count)))
            node.await_answer(begin + count - 1)
        features, matches = node.features, node.matches
        assert seconds(features) == seconds(matches) == list(range(1, 4 * count + 1))
        assert node.references() == {second: second - 1 for second in seconds(features)}
        assert node.drops() == {}


@pytest.mark.parametrize(('encoding', 'settings'), [
    ('bgr8', {}), ('mono16', {}),
    ('bgr8', {'method': 'residual_hessian_small', 'matcher': 'attention'}),
    ('bgr8', {'method': 'residual_hessian_small', 'matcher_fallback': 'attention',
              'fallback_matches': 50000})])
def test_one_worker_and_several_give_the_same_bytes(probe, tmp_path, encoding, settings):
    """The grey levels of mono16 follow the images before."""
    found = []
    for workers in (1, 2, 4):
        with overlapping(probe, f'/bytes_{workers}', tmp_path, workers=workers,
                         **{'method': 'residual_rootsift_small', **settings}) as node:
            for second in range(1, 9):
                if second > workers:  # or one might be dropped
                    node.await_answer(second - workers)
                node.send(shown(second, 100 if second % 3 == 1 else 0, encoding=encoding))
            features, matches = node.await_answer(8)
            found.append([(second, bytes(a.data), bytes(b.data)) for (second, a), (_, b) in
                          zip(features, matches, strict=True) if second > 0])
    assert seconds_and_sizes(found[0]) == [(second, True, True) for second in range(1, 9)]
    assert found[0] == found[1] == found[2]


def seconds_and_sizes(answers):
    return [(second, len(features) > 10**4, len(matches) > 10**3)
            for second, features, matches in answers]


@pytest.mark.parametrize('workers', [1, 2, 3])
def test_the_newest_of_those_that_wait_wins_and_the_others_are_counted(probe, tmp_path, workers):
    with overlapping(probe, f'/newest_{workers}', tmp_path, workers=workers) as node:
        count = workers + 4
        node.send(*(shown(second, 900) for second in range(1, workers + 1)))
        time.sleep(0.4)  # all of them have begun
        node.send(*(shown(second) for second in range(workers + 1, count + 1)))
        features, _ = node.await_answer(count)
        assert seconds(features) == [*range(1, workers + 1), count]
        assert node.references()[count] == workers
        assert node.drops() == {'newer image came': 3}


@pytest.mark.parametrize('workers', [1, 2])
def test_images_that_come_faster_than_attention_matches_are_counted(probe, tmp_path, workers):
    """None of the ten that DDS keeps is lost: each is answered, or counted as dropped."""
    with overlapping(probe, f'/hurried_{workers}', tmp_path, workers=workers, max_keypoints=1000,
                     method='residual_hessian_small', matcher='attention') as node:
        for image in [shown(second, size=(640, 480)) for second in range(1, 11)]:
            node.send(image)
            rclpy.spin_once(probe.node, timeout_sec=0.005)  # hears the answers so far
        _, matches = node.await_answer(10)
        answered = seconds(node.features)
        assert answered == seconds(matches) == sorted(set(answered))
        assert 1 < len(answered) < 10
        earlier = dict(zip(answered[1:], answered[:-1], strict=True))
        assert node.references() == {answered[0]: None, **earlier}  # the first: a new size
        assert node.drops() == {'newer image came': 10 - len(answered)}


def test_an_image_that_fails_is_counted_and_the_others_go_on(probe, tmp_path):
    with overlapping(probe, '/failing', tmp_path, workers=2) as node:
        bad = shown(5)
        bad.data = bad.data[:100]
        for images in ((shown(1, 300), shown(2, FAILS), shown(3)),
                       (shown(4, 300), bad, shown(6)), (shown(7, FAILS), shown(8))):
            node.send(*images)
            node.await_answer(images[-1].header.stamp.sec)
        assert seconds(node.features) == [1, 3, 4, 6, 8]
        assert node.references() == {1: 0, 3: 1, 4: 3, 6: 4, 8: 6}
        assert node.drops() == {'extraction failed': 2, 'bad image': 1}


def test_tracks_begin_anew_in_the_order_of_the_images(probe, tmp_path):
    small, large = (320, 240), (400, 240)
    with overlapping(probe, '/changing', tmp_path, workers=2) as node:
        node.send(shown(20, 300), shown(21, size=large), shown(22, size=large))
        node.await_answer(22)
        node.send(shown(23, 300, small), shown(3, 0, small), shown(4, 0, small))
        node.await_answer(4)
        assert seconds(node.features) == [20, 21, 22, 23, 3, 4]
        assert node.references() == {20: 0, 21: None, 22: 21, 23: None, 3: None, 4: 3}
        code, log = node.process.terminate() or finish(node.process)
    assert code == 0
    for words in ('image size changed from 320x240 to 400x240',  # the next so soon is not said
                  'stamp went back from 23.000000300 s to 3.000000000 s'):
        assert log.count(f'tracks begin anew: {words}') == 1


def test_an_image_keeps_the_settings_of_its_beginning(probe, tmp_path):
    with overlapping(probe, '/keeping', tmp_path, workers=2) as node:
        node.send(shown(1, 900))
        time.sleep(0.3)  # it has begun
        node.set('max_keypoints', 20)
        node.set('max_distance', 1.0)
        node.send(shown(2))
        features, matches = node.await_answer(2)
        assert dict(features)[1].width > 100 and dict(features)[2].width == 20
        assert dict(matches)[1].width > 50 and dict(matches)[2].width < 10


@pytest.mark.parametrize('workers', [1, 2])
def test_the_end_leaves_no_thread_and_tells_of_images_that_are_not_served(probe, tmp_path,
                                                                         workers):
    with overlapping(probe, f'/ending_{workers}', tmp_path, workers=workers,
                     method='residual_rootsift_small') as node:
        node.send(*(shown(second, 1500) for second in range(1, workers + 2)))
        time.sleep(0.7)  # all of them have come
        node.process.terminate()
        code, log = finish(node.process)
        assert code == 0 and 'Traceback' not in log and 'workers left: []' in log
        assert f'{workers + 1} images that came are not served: the node ends' in log


@pytest.mark.parametrize(('kind', 'name'), [('extractor', 'ExtractorNode'),
                                            ('stereo', 'StereoNode')])
def test_a_node_that_could_not_start_ends_without_a_word(kind, name):
    # rclpy ends what nodes are left when its context ends, those that an error holds among them.
    done = subprocess.run([sys.executable, '-c', f"""
import rclpy
from residual_features_ros.ros.{kind}_node import {name}
rclpy.init(args=['--ros-args', '-p', 'method:=residual_surf', '-p', 'weights:=/nowhere'])
try:
    {name}()
except RuntimeError as error:
    kept = error
rclpy.shutdown()
print(type(kept).__name__)
"""], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.split()[-1] == 'ModelCardError' and 'Traceback' not in done.stderr
