# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed: make test has it')
from support.received_frames import POINTS, WRONG, match_rows

from residual_features_ros.drawing import draw_tails
from residual_features_ros.tools.demo.pictures import best_frame, tails
from residual_features_ros.tools.harness.recording import Frame


def test_tails_follow_track_ids_and_begin_anew_after_a_wrong_match():
    frames = [Frame(1, 0), Frame(2, 0, 1, np.zeros(1), match_rows(3)),
              Frame(3, 0, 1, np.zeros(1), match_rows(3))]
    assert best_frame(frames) == 2
    ways = tails(frames, 2)
    assert set(range(len(POINTS) - WRONG)) <= set(ways)
    assert len(ways) < len(POINTS)
    assert ways[0].shape == (3, 2)
    np.testing.assert_allclose(ways[0][0], POINTS[0])
    assert draw_tails(np.zeros((240, 320), np.uint8), ways, 2.0).shape == (480, 640, 3)


def test_nothing_matched_is_no_picture():
    assert best_frame([]) is None
    assert best_frame([Frame(1, 0)]) is None
    assert best_frame([Frame(1, 0, 1, np.zeros(1), match_rows(0)[:0])]) is None
    assert best_frame([Frame(1, 0), Frame(2, 0, 1, np.zeros(1), match_rows(0)[:0])]) is None
