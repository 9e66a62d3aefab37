# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import json

import numpy as np
import pytest
from support.posed_trees import (
    HEIGHT,
    WIDTH,
    K,
    wall_view,
    write_dense,
    write_image,
    write_phototourism,
    write_video,
)

from residual_features_ros import Features
from residual_features_ros.datasets.layouts import open_scenes
from residual_features_ros.datasets.posed_images import PosedImage
from residual_features_ros.geometry.camera import Camera
from training.__main__ import main
from training.benchmarks import matching_score, scenes
from training.benchmarks.posed_features import PosedFeatures

SIZE = (WIDTH, HEIGHT)
RIGHT = 0.5  # that the second camera stands of the first: 20 px of the wall
LESS = ['--methods', 'orb', '--max-keypoints', '150']


def features(pixels):
    """Return features at pixels (N, 2), the k-th of which have the k-th descriptor."""
    ones = np.ones(len(pixels), np.float32)
    return Features(np.array(pixels, np.float32), ones, 0 * ones, ones, ones.astype(np.int32),
                    np.eye(8, dtype=np.float32)[:len(pixels)], SIZE)


def views(pixels, others, depth=True):
    """Return two views of the wall by their keypoints, and what is seen there."""
    seen = wall_view(0.0), wall_view(RIGHT)
    made = [PosedFeatures(PosedImage('', None, Camera(K, SIZE), view.R, view.t), Camera(K, SIZE),
                          features(found), SIZE)
            for view, found in zip(seen, (pixels, others), strict=True)]
    return *made, *(seen if depth else (None, None))


FIRST = [[60, 40], [90, 50], [120, 60], [150, 70], [10, 80]]  # view 2 does not show the last
# 3 px beside the true place; 6 px along the line; 6 px off it; the true place; anywhere
SECOND = [[43, 40], [76, 50], [100, 66], [130, 70], [40, 120]]


def test_the_score_is_of_the_keypoints_that_depth_and_poses_show():
    numbers = matching_score.score(*views(FIRST, SECOND))
    assert (numbers['keypoints'], numbers['seen']) == (5, 4)
    assert (numbers['ms'], numbers['rep'], numbers['recall']) == (0.5, 0.5, 1)
    assert numbers['line'] == 3 / 5  # what is 6 px along the line cannot be told from poses


def test_poses_alone_tell_what_lies_on_the_lines():
    numbers = matching_score.score(*views(FIRST, SECOND, depth=False))
    assert numbers == {'keypoints': 5, 'line': 3 / 5, 'seen': None, 'ms': None, 'rep': None,
                       'recall': None}


def test_views_without_keypoints_have_no_right_ones():
    for pixels, others in ((FIRST, []), ([], SECOND)):
        numbers = matching_score.score(*views(np.reshape(pixels, (-1, 2)),
                                              np.reshape(others, (-1, 2))))
        assert numbers['ms'] == numbers['rep'] == numbers['line'] == 0


def test_pairs_that_share_too_little_are_left_out():
    first, second, seen, _ = views(FIRST, SECOND)
    assert matching_score.score(first, second, seen, wall_view(9.0)) is None


def test_depth_is_shrunk_with_its_photograph(tmp_path):
    write_video(tmp_path / 'wall', 3)
    scene, = open_scenes(tmp_path / 'wall')
    view = matching_score.rgbd_view(scene.images[1], (100, 100))
    assert view.size == (100, 75) and view.image.shape == (75, 100, 3)
    assert view.depth == pytest.approx(np.full((75, 100), 4.0), abs=1e-3)
    ray = np.linalg.inv(K) @ [40.0, 31.0, 1]
    assert view.K @ ray == pytest.approx(np.array([19.75, 15.25, 1]))
    without = dataclasses.replace(scene.images[1], depth=None)
    assert matching_score.rgbd_view(without, (100, 100)) is None


def test_scenes_are_averaged_by_themselves_and_then_together():
    def row(ms, line):
        return {'first': 'a', 'keypoints': 10, 'seen': 5, 'ms': ms, 'rep': ms, 'recall': 1.0,
                'line': line}

    results = {'one': {'orb': [row(0.25, 0.5), row(0.75, 0.5), row(0.5, 0.5)]},
               'two': {'orb': [row(0.25, 0.25)]}, 'three': {'orb': [row(None, 0.0)]}}
    lines = {line['scene']: line for line in matching_score.summarise(results)}
    assert {name: line['ms'] for name, line in lines.items()} == {
        'one': 0.5, 'two': 0.25, 'three': None, 'mean': 0.375}
    assert (lines['mean']['pairs'], lines['mean']['line']) == (5, 0.25)
    assert len(matching_score.summarise({'one': results['one']})) == 1


def test_the_command_scores_photographs_of_every_layout_with_depth(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(scenes, 'MOST_PAIRS', 1)
    seen = [wall_view(0.4 * k, 4.0 * k) for k in range(3)]
    write_phototourism(tmp_path / 'data', seen)
    write_dense(tmp_path / 'data', seen, [range(9)] * 3, without_depth=2)
    out = tmp_path / 'out.json'
    command = ['evaluate', 'matching_score', '--root', str(tmp_path / 'data'), *LESS, '--cache',
               str(tmp_path / 'cache'), '--out', str(out)]
    assert main([*command, '--pairs', 'all']) == 0
    saved = json.loads(out.read_text())
    lines = {line['scene']: line for line in saved['lines']}
    dense = next(name for name in lines if name.endswith('dense'))
    rows = saved['rows'][dense]['orb']
    assert [row['ms'] is None for row in rows] == [False, True, True]
    assert {lines[name]['pairs'] for name in lines if name != 'mean'} == {2, 3}
    for line in saved['lines']:
        assert 0.5 < line['ms'] <= 1 and line['line'] >= 0.5
    assert saved['correct_px'] == 5 and saved['command'].endswith(
        '--size 640x640 --max-keypoints 150 --methods orb --pairs all')
    assert 'recall' in capsys.readouterr().out
    out.unlink()
    assert main([*command, '--brief']) == 0
    saved = json.loads(out.read_text())
    assert 'rows' not in saved and {line['pairs'] for line in saved['lines']} == {1, 2}


def test_poses_are_enough_and_nothing_in_common_is_a_sentence(tmp_path, capsys):
    folder = tmp_path / 'wall'
    write_video(folder, 6)
    command = ['evaluate', 'matching_score', '--root', str(folder), *LESS]
    for path in (folder / 'depth').iterdir():
        write_image(path, np.zeros((HEIGHT, WIDTH), np.uint16))
    assert main(command) == 2
    assert 'none of 8 pairs shows 10% of the same' in capsys.readouterr().err
    for path in (folder / 'depth').iterdir():
        path.unlink()
    (folder / 'depth').rmdir()
    assert main(command) == 0
    assert capsys.readouterr().out.splitlines()[2].split()[4:8] == ['-', '-', '-', '-']
