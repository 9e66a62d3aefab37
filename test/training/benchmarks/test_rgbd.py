# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import shutil

import numpy as np
import pytest
from support.posed_trees import wall_view, write_video

from training.__main__ import main
from training.benchmarks import rgbd
from training.data.rgbd_views import RgbdView


def test_the_matching_score_counts_right_neighbours_of_keypoints_that_are_seen():
    places = np.array([[10.0, 10], [20, 10], [30, 10], [40, 10]])
    partners = np.array([[13.0, 14], [20, 15.1], [30, 10], [40, 10]])  # 5 px, 5.1 px, 0, 0
    seen = np.array([True, True, True, False])
    assert rgbd.matching_score(partners, places, seen, 5) == pytest.approx(2 / 3)
    assert rgbd.matching_score(partners, places, seen & False, 5) == 0


def test_repeatability_asks_for_any_keypoint_near_the_true_place():
    places = np.array([[10.0, 10], [20, 10], [90, 90]])
    others = np.array([[13.0, 14], [90, 90]])
    assert rgbd.repeated(others, places, np.array([True, True, False]), 5) == 0.5
    assert rgbd.repeated(others[:0], places, np.array([True, True, True]), 5) == 0


def test_depth_and_pose_say_what_is_seen():
    views = wall_view(0.0), wall_view(0.5)
    points = np.array([[100.0, 70], [5, 70]], np.float32)
    places, seen = rgbd.visible(points, *views)
    # 0.5 to the right, the wall at 4, focal length 160: 20 px to the left
    assert places == pytest.approx(np.array([[80.0, 70], [-15, 70]]), abs=1e-6)
    assert seen.tolist() == [True, False]
    nearer = RgbdView(views[1].image, np.full_like(views[1].depth, 2.0), *(
        getattr(views[1], name) for name in 'KRt'))
    assert not rgbd.visible(points, views[0], nearer)[1].any()
    unknown = RgbdView(views[0].image, np.zeros_like(views[0].depth), *(
        getattr(views[0], name) for name in 'KRt'))
    assert not rgbd.visible(points, unknown, views[1])[1].any()


def test_pairs_that_share_too_little_are_left_out():
    assert rgbd.overlap(wall_view(0.0), wall_view(0.0)) == 1
    assert rgbd.overlap(wall_view(0.0), wall_view(2.5)) == pytest.approx(0.5, abs=0.03)
    assert rgbd.overlap(wall_view(0.0), wall_view(9.0)) == 0


def test_a_smaller_view_shows_the_same_rays():
    view = wall_view(0.0)
    small = rgbd.resized(view, (100, 50))
    assert small.image.shape == (50, 100, 3) and small.depth.shape == (50, 100)
    ray = np.linalg.inv(view.K) @ [40.0, 31.0, 1]
    assert small.K @ ray == pytest.approx(np.array([40.5 / 2 - 0.5, 31.5 / 3 - 0.5, 1]))


def test_gaps_are_averaged_by_themselves_and_then_together():
    rows = [{'gap': gap, 'ms': ms, 'rep': 1.0, 'recall': ms, 'seen': 9} for gap, ms in
            ((1, 0.8), (1, 0.6), (4, 0.1))]
    parts = rgbd.summarise({'orb': rows})['orb']
    assert {gap: part['ms'] for gap, part in parts.items()} == pytest.approx(
        {'1': 0.7, '4': 0.1, 'mean': 0.4})
    assert '| orb | 0.700 | 0.100 | 0.400 |' in rgbd.tables({'orb': parts})


def test_videos_without_depth_are_left_out(tmp_path):
    for name in ('one', 'two'):
        write_video(tmp_path / name, 3)
    shutil.rmtree(tmp_path / 'two' / 'depth')
    frames, = rgbd.videos(tmp_path, 'rgbd')
    assert [frame.name for frame in frames] == ['00.png', '01.png', '02.png']


def test_the_command_writes_scores_of_each_gap(tmp_path, capsys):
    write_video(tmp_path / 'videos' / 'wall', 10)
    out = tmp_path / 'rgbd.json'
    assert main(['evaluate', 'rgbd', '--root', str(tmp_path / 'videos'), '--methods', 'orb',
                 '--size', '160x120', '--max-keypoints', '100', '--out', str(out)]) == 0
    assert 'matching score at 5 px' in capsys.readouterr().out
    text = out.with_suffix('.md').read_text()
    best, *_, mean = (float(cell) for cell in text.splitlines()[4].split('|')[2:-1])
    assert 0.5 < best <= 1 and 0 < mean < best
    assert main(['evaluate', 'rgbd', '--root', str(tmp_path), '--methods', 'orb',
                 '--layout', 'tum']) == 2
