# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera on a real topic, the command as a process of its own beside it."""
import contextlib
import dataclasses
import itertools
import json
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from support.learning import judge_little
from support.pictures import textured
from support.ros_nodes import PROFILE, TIMEOUT_S, needs_ros

pytest.importorskip('torch')
pytest.importorskip('rclpy', reason='rclpy is not installed')
from sensor_msgs.msg import CameraInfo, Image
from support.image_messages import ros_image

from residual_features_ros.certification import check_fit
from residual_features_ros.datasets.image_files import write_image
from residual_features_ros.errors import ConfigError, DatasetError, OutputError
from residual_features_ros.extractor import create_extractor
from residual_features_ros.tools.harness.processes import environment
from training.learn import judge, live, run
from training.learn.options import METHOD, LearnOptions

TOPIC, FRAMES = '/learned/image_raw', 24
STEP = 8  # px from image to image


def views(count, width=320):
    wide = textured(width + STEP * count, 240)
    return [np.ascontiguousarray(wide[:, n * STEP:n * STEP + width]) for n in range(count)]


@pytest.fixture
def camera(probe):
    """Publish what a camera sees that goes there and back, until the test ends."""
    images, ended = views(30), threading.Event()
    node = probe.node
    info = CameraInfo(width=320, height=240, k=[300., 0, 160, 0, 300, 120, 0, 0, 1])
    publishers = [node.create_publisher(Image, TOPIC, 10),
                  node.create_publisher(CameraInfo, '/learned/camera_info', 10)]

    def publish():
        for number, place in enumerate(itertools.cycle([*range(30), *range(28, 0, -1)])):
            if ended.wait(.05):
                return
            publishers[0].publish(ros_image(images[place], stamp=divmod(number * 10**8, 10**9)))
            publishers[1].publish(info)

    thread = threading.Thread(target=publish)
    thread.start()
    yield
    ended.set()
    thread.join()
    for publisher in publishers:
        node.destroy_publisher(publisher)


def stopped_upon(words, number, out, logs):
    """Start the command, send a signal once it says some words; return code and words."""
    process = subprocess.Popen(
        [sys.executable, '-m', 'training', 'learn', '--live', TOPIC, '--frames', str(FRAMES),
         '--minutes', '.5', '--node', '/left/extractor', '--out', str(out)],
        env={**environment(PROFILE, logs), 'OMP_NUM_THREADS': '1'}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    limit = threading.Timer(10 * TIMEOUT_S, process.kill)  # it has what the others leave
    limit.start()
    said = ''
    for line in process.stdout:
        said += line
        if words in line:
            assert os.getpriority(os.PRIO_PROCESS, process.pid) == 19
            process.send_signal(number)
            break
    said += process.communicate()[0]
    limit.cancel()
    return process.returncode, said


@needs_ros
def test_a_round_is_stopped_gone_on_with_and_offered(camera, tmp_path, monkeypatch):
    out, a_round = tmp_path / 'out', tmp_path / 'out/round-0001'
    code, said = stopped_upon('6 of 24 frames', signal.SIGINT, out, tmp_path)
    assert code == 130 and f'listening to {TOPIC}' in said
    assert said.splitlines()[-1] == ('stopped while round-0001 collected frames; the same command '
                                     'begins it anew')
    assert not a_round.exists()

    code, said = stopped_upon('training for', signal.SIGTERM, out, tmp_path)
    assert code == 130 and '24 used' in said and 'nobody publishes' not in said
    assert said.splitlines()[-1] == ('stopped while round-0001 learned; the same command goes on '
                                     'with its frames')
    assert 'Traceback' not in said
    assert len([*(a_round / 'frames').glob('*.png')]) == FRAMES
    assert live.load_camera(a_round / 'camera.json').focal_px == 300

    # Nothing is listened to any more: the frames are there. All weights are better than others.
    judge_little(monkeypatch)
    monkeypatch.setattr(run, 'verdict', lambda *scores: dataclasses.replace(
        judge.verdict(*scores), kept=True, why='made'))
    monkeypatch.setattr(live, 'collect', None)
    told = []
    options = LearnOptions(out, live=TOPIC, rounds=1, minutes=.02, most=FRAMES,
                           node='/left/extractor')
    assert live.main(options, told.append).startswith('1 of 1 rounds')
    weights = a_round / 'weights'
    assert told[-1].endswith(f'  ros2 param set /left/extractor weights {weights}')
    check_fit(str(weights), create_extractor(METHOD))
    assert sorted(path.name for path in a_round.iterdir()) == [
        'learn.json', 'report.html', 'result.json', 'weights']
    with pytest.raises(OutputError, match='it has 1 rounds already'):
        live.main(options, told.append)


class Topic:
    """Images from memory in the place of a topic."""

    topic, info_topic = TOPIC, '/learned/camera_info'

    def __init__(self, images):
        self._images = enumerate(images)

    def counts(self):
        return {'not in time': 7}

    def take(self):
        return next(self._images)

    def camera_info(self, seconds):
        return CameraInfo(width=999, height=240, k=[300., 0, 160, 0, 300, 120, 0, 0, 1])


def test_another_size_begins_the_round_anew(tmp_path, monkeypatch):
    images = [*views(10), *views(40, 300)]
    monkeypatch.setattr(live, 'listening', lambda *_: contextlib.nullcontext(Topic(images)))
    write_image(tmp_path / 'frames/99999.png', images[0])  # of a run that was killed
    told = []
    live.collect(LearnOptions(tmp_path, live=TOPIC, most=FRAMES), told.append)
    assert ('begins anew, 10 frames are lost: image size changed from 320x240 to 300x240'
            in ' '.join(told))
    assert 'it is for images of 999x240, these have 300x240' in told[-1]
    frames = live.kept.load(tmp_path / 'frames')
    assert len(frames.frames) == FRAMES and frames.read(0).shape == (240, 300, 3)
    assert frames.counts == {'used': FRAMES, 'not in time': 7}
    assert len([*(tmp_path / 'frames').glob('*.png')]) == FRAMES
    assert live.is_collected(tmp_path) and live.load_camera(tmp_path / 'camera.json') is None


def test_a_round_of_nothing_is_followed_by_the_next(tmp_path, monkeypatch):
    def nothing(options, told, source):
        raise DatasetError('no two frames share enough')

    monkeypatch.setattr(live, 'listening', lambda *_: contextlib.nullcontext(Topic(views(30))))
    monkeypatch.setattr(run, 'main', nothing)
    told = []
    live.main(LearnOptions(tmp_path, live=TOPIC, rounds=2, most=FRAMES), told.append)
    for name in ('round-0001', 'round-0002'):
        assert f'{name}: no new weights: no two frames share enough' in told
        assert not json.loads((tmp_path / name / 'result.json').read_text())['kept']
        assert not (tmp_path / name / 'frames').exists()


@needs_ros
def test_a_topic_that_is_none_leaves_nothing_behind(tmp_path, monkeypatch):
    def listening(name, topic, told):
        return contextlib.nullcontext(live.ImageTopic(name, topic, told))

    monkeypatch.setattr(live, 'listening', listening)  # the context of ROS is the probe's
    with pytest.raises(ConfigError, match='no name of a topic'):
        live.main(LearnOptions(tmp_path / 'out', live='a b', rounds=1), lambda _: None)
    assert not [*(tmp_path / 'out').iterdir()]


def test_what_cannot_be_had_is_told_before_anything_is_collected(tmp_path):
    with pytest.raises(ConfigError, match='unknown method'):
        live.main(LearnOptions(tmp_path, live=TOPIC, method='nix'))
    assert not [*tmp_path.iterdir()]
    (tmp_path / 'mine').mkdir()
    with pytest.raises(OutputError, match='mine'):
        live.main(LearnOptions(tmp_path, live=TOPIC))
