# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from training.benchmarks.reports.pages.lfnet import FEW, fast, speed
from training.benchmarks.reports.pages.measured import Measured


def timed(milliseconds):
    parts = [{'benchmark': 'hpatches', 'size': size, 'keypoints': 9, 'summary': {},
              'cost': {'lfnet': {'milliseconds': milliseconds}}}
             for size in ([640, 480], [320, 240])]
    return Measured({'p': {'benchmark': 'papers', 'methods': {}, 'parts': parts}})


def test_the_speed_of_a_run_decides():
    assert fast(timed(10.0)).verdict == 'holds' and fast(timed(100.0)).verdict == 'no'
    assert fast(timed(None)).verdict == 'open'


def test_1024_keypoints_are_those_of_640x480():
    assert speed(timed(10.0), 'lfnet', FEW).numbers == {'640x480': 100, '320x240': 100}
    assert speed(timed(10.0), 'lfnet', '1024 keypoints').numbers == {'640x480': 100}
    assert speed(timed(None), 'lfnet', FEW) is None
