# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""evaluate-bag --through-node: the messages of a real node, over real DDS, evaluated."""
import json

import numpy as np
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from support.bag_files import frames, infos, of_camera, stamp, truth, write
from support.rendered_scene import SIZE
from support.ros_nodes import needs_ros

from residual_features_ros.tools.bags.rosbag import IMAGE, image_message
from residual_features_ros.tools.command_line import main
from residual_features_ros.tools.evaluate_bag.through_node import losses, records_of
from residual_features_ros.tools.harness.recording import Frame

COUNT = 5
MATCH = np.dtype([('x', 'f4'), ('y', 'f4'), ('prev_x', 'f4'), ('prev_y', 'f4'), ('id', 'i4'),
                  ('prev_stamp_sec', 'i4'), ('prev_stamp_nanosec', 'u4')])


def evaluate(bag, out, *words):
    code = main(['evaluate-bag', str(bag), '--out', str(out), '--groundtruth', '/groundtruth',
                 '--methods', 'orb', '--max-keypoints', '300', *words])
    return code, json.loads((out / 'report.json').read_text())


@needs_ros
def test_the_node_scores_as_the_method_in_this_process(tmp_path, capsys):
    for name in ('evo', 'matplotlib'):  # whose absence is a note
        pytest.importorskip(name, reason=f'{name} is not installed: make test installs it')
    bag = write(tmp_path / 'bag', [*of_camera(), *infos(), *truth(COUNT), *frames(COUNT)],
                'MCAP')
    # A fifth of the speed, 2 Hz: a busy machine answers them all.
    code, through = evaluate(bag, tmp_path / 'node', '--through-node', '--rate', '0.2')
    assert code == 0 and through['notes'] == []
    assert through['settings']['way'] == 'through the node'
    _, here = evaluate(bag, tmp_path / 'here')
    found, expected = through['methods']['orb'], here['methods']['orb']
    untimed = [key for key in expected if not key.endswith(('_ms', '_p95')) or 'deg' in key]
    assert {key: found[key] for key in untimed} == pytest.approx(
        {key: expected[key] for key in untimed}, rel=1e-4)
    assert found['frames'] == COUNT and found['pairs_with_truth'] == COUNT - 1
    assert found['inlier_ratio'] > 0.5 and found['frame_ms'] > 0 and found['match_ms'] is None
    assert (tmp_path / 'node' / 'orb.tum').is_file()
    assert (tmp_path / 'node' / 'node' / 'orb' / 'recording' / 'metadata.yaml').is_file()
    assert 'image sent to features received' in capsys.readouterr().out
    assert 'Latency' in (tmp_path / 'node' / 'report.html').read_text()


@needs_ros
def test_masks_of_the_bag_go_through_the_node(tmp_path):
    allowed = np.zeros(SIZE[::-1], np.uint8)
    allowed[:SIZE[1] // 6] = 255
    masks = [('/seg/mask', IMAGE, stamp(i) + 9, image_message(allowed, stamp(i))) for i in (1, 3)]
    items = sorted([*infos(), *truth(COUNT), *frames(COUNT), *masks], key=lambda item: item[2])
    bag = write(tmp_path / 'bag', items, 'MCAP')
    code, through = evaluate(bag, tmp_path / 'node', '--mask-topic', '/seg/mask',
                             '--through-node', '--rate', '0.2')
    _, here = evaluate(bag, tmp_path / 'here', '--mask-topic', '/seg/mask')
    said = ('masks of /seg/mask: 2 images had the one of their stamp, 2 an older one (up to '
            '0.1 s), 1 none')
    assert code == 0 and said in through['notes'] and said in here['notes']
    found, expected = through['methods']['orb'], here['methods']['orb']
    for name in ('frames', 'keypoints', 'matches', 'inliers'):
        assert found[name] == expected[name]
    assert found['keypoints'] < 300


def answered(i, previous=None, rows=2):
    """Return a frame whose matches lead to image `previous`."""
    matches = np.zeros(rows, MATCH)
    matches['id'], matches['x'], matches['prev_x'] = np.arange(rows), 7, 5
    if previous is not None:
        matches['prev_stamp_sec'], matches['prev_stamp_nanosec'] = divmod(stamp(previous), 10**9)
    return Frame(stamp(i), 10, 10 + 2_000_000, np.zeros(9), matches)


def test_messages_become_records():
    lost = Frame(stamp(2), 10)
    first, second, fourth, fifth = records_of(
        [answered(0), answered(1, 0), lost, answered(3, 1), answered(4, rows=0)])
    assert first.previous_ns is None and not len(first.ids)  # it was matched to a probe
    assert second.previous_ns == stamp(0) and second.keypoints == 9
    assert second.now[:, 0].tolist() == [7, 7] and second.before[:, 0].tolist() == [5, 5]
    assert second.extract_ms == 2 and np.isnan(second.match_ms)
    assert (fourth.stamp_ns, fourth.previous_ns) == (stamp(3), stamp(1))
    assert fifth.previous_ns == stamp(3)  # without matches the one before


def test_images_without_an_answer_are_told():
    frames_sent = [answered(0), Frame(stamp(1), 10), Frame(stamp(2), 10)]
    said, = losses('orb', frames_sent, {'newer image': 1, 'no camera_info': 0})
    assert said.startswith('orb: 2 of 3 images had no answer (dropped by the node: 1 newer image; '
                           'lost on the way: 1)')
    assert losses('orb', [answered(0)], {}) == []
