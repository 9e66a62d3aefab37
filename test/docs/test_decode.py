# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""docs/decode.cpp and decode.py read messages that our own conversions made."""
import subprocess
import sys
import time

import numpy as np
import pytest
from support.cpp_listings import compile_listing, dump, said
from support.paths import ROOT
from support.ros_nodes import PROFILE, TIMEOUT_S, needs_ros

from residual_features_ros.ros.conversions import (
    features_to_message,
    matches_to_message,
    message_to_rows,
)
from residual_features_ros.tools.harness import processes
from residual_features_ros.types import Features, Matches


@pytest.fixture(scope='module')
def decode(tmp_path_factory):
    return compile_listing('decode', tmp_path_factory.mktemp('decode'))


def features(descriptors):
    count = len(descriptors)
    rng = np.random.default_rng(count)
    return Features(rng.uniform(0, 640, (count, 2)).astype(np.float32),
                    rng.uniform(2, 30, count).astype(np.float32),
                    rng.uniform(0, 360, count).astype(np.float32),
                    rng.random(count).astype(np.float32),
                    np.arange(count, dtype=np.int32), descriptors, (640, 480))


@pytest.mark.parametrize('kind', ['uint8', 'float32', 'binary', 'matches', 'none'])
def test_every_value_is_read(decode, tmp_path, kind):
    messages = pytest.importorskip('std_msgs.msg', reason='std_msgs is not installed')
    rng = np.random.default_rng(0)
    descriptors = rng.integers(0, 256, (7, 32), dtype=np.uint8) if kind == 'binary' else \
        rng.normal(0, 0.1, (0 if kind == 'none' else 7, 20)).astype(np.float32)
    seen, header = features(descriptors), messages.Header()
    if kind == 'matches':
        pairs = Matches(np.array([[0, 3], [6, 1]], np.int32), np.array([0.5, 0.25], np.float32),
                        np.array([0.75, 0.125], np.float32))
        message = matches_to_message(pairs, seen, seen, header, (7, 4_000_000_000),
                                     np.array([11, 12]))
    else:
        message = features_to_message(seen, header, kind if kind == 'float32' else 'uint8',
                                      levels=seen.octaves)
    dump(message, tmp_path / 'message')
    done = said(decode, tmp_path / 'message')
    assert done.returncode == 0, done.stderr
    rows = message_to_rows(message)
    words = [line.split() for line in done.stdout.splitlines()]
    assert len(words) == len(rows) * len(message.fields)
    for (name, *values), (row, field) in zip(
            words, ((row, field) for row in rows for field in rows.dtype.names), strict=True):
        assert name == field
        np.testing.assert_array_equal(np.array(values, float).astype(np.atleast_1d(
            row[field]).dtype), np.atleast_1d(row[field]))


def test_a_message_cut_off_is_refused(decode, tmp_path):
    (tmp_path / 'm').write_bytes(b'fields 1\nx 0 7 1\n9 4\nabc')
    done = said(decode, tmp_path / 'm')
    assert done.returncode == 1 and 'too short' in done.stderr
    (tmp_path / 'm').write_bytes(b'fields 1\nx 2 7 1\n1 4\nabcd')
    assert 'outside its row' in said(decode, tmp_path / 'm').stderr


@needs_ros
def test_the_script_in_python_prints_the_strongest_keypoint(probe, tmp_path):
    from sensor_msgs.msg import PointCloud2
    from std_msgs.msg import Header
    some = features(np.full((3, 8), 0.25, np.float32))
    message = features_to_message(some, Header(frame_id='camera'), 'uint8')
    with subprocess.Popen([sys.executable, str(ROOT / 'docs' / 'decode.py'), '/seen'],
                          env=processes.environment(PROFILE, tmp_path), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as script:
        try:
            with probe.publisher(PointCloud2, '/seen') as publisher:
                until = time.monotonic() + TIMEOUT_S
                while script.poll() is None and time.monotonic() < until:
                    publisher.publish(message)
                    time.sleep(0.1)
        finally:
            script.kill()
        text, errors = script.communicate()
    assert script.returncode == 0, errors
    x, y = some.keypoints[np.argmax(some.responses)]
    assert f'3 keypoints, the strongest at ({x:.2f}, {y:.2f})' in text
    assert 'its descriptor, 8 of uint8' in text and '192 192' in text  # 0.25 * 254 + 128
