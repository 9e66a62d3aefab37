# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros.geometry.homography import resize_map
from training.__main__ import main
from training.benchmarks import metrics, rotation
from training.benchmarks.hpatches import table

SHIFT = np.array([[1, 0, 10], [0, 1, 0], [0, 0, 1.0]])
FIRST = np.array([[0.0, 0], [20, 20], [50, 50], [95, 50]])


def test_metrics_on_four_points():
    second = np.array([[10.0, 0], [34, 20], [60, 51], [95, 50]])
    assert metrics.transfer_errors(FIRST, second, SHIFT).tolist() == [0, 4, 1, 10]
    assert metrics.covisible(FIRST, SHIFT, (100, 100)).tolist() == [True, True, True, False]
    assert metrics.possible_matches(FIRST, second, SHIFT, 3.0) == 2
    assert metrics.possible_matches(FIRST, np.zeros((0, 2)), SHIFT, 3.0) == 0


def test_accuracy_repeatability_and_score_on_four_points():
    accuracy = metrics.mma(np.array([0.5, 1.5, 4.5, 20.0]))
    assert accuracy == [0.25, 0.5, 0.5, 0.5, *[0.75] * 6]
    weights = [2 - 0.1 * t for t in range(1, 11)]
    expected = sum(w * a for w, a in zip(weights, accuracy, strict=True)) / sum(weights)
    assert metrics.mma_score(accuracy) == pytest.approx(expected)
    assert metrics.mma(np.zeros(0)) == [0.0] * 10
    second = np.array([[10.0, 0], [31, 20], [90, 90]])
    # Two of four points of view 1, two of three of view 2.
    assert metrics.repeatability(FIRST, second, SHIFT, 3.0) == pytest.approx(4 / 7)
    assert metrics.repeatability(FIRST[:0], second, SHIFT, 3.0) == 0


def test_corner_error_is_zero_for_the_truth_and_infinite_for_nothing():
    points = np.random.default_rng(0).uniform(0, 100, (30, 2))
    assert max(metrics.corner_errors(points, points + [10, 0], SHIFT, (100, 100))) < 1e-3
    assert metrics.corner_errors(points, points + [13, 4], SHIFT, (100, 100)) == pytest.approx(
        [5] * metrics.RANSAC_DRAWS)
    assert set(metrics.corner_errors(points[:3], points[:3], SHIFT, (100, 100))) == {np.inf}


def test_resizing_maps_centres():
    half = resize_map((640, 480), (320, 240))
    assert (half @ [1.5, 0.5, 1]).tolist() == [0.5, 0, 1]


@pytest.fixture
def scenes(tmp_path):
    """A scene of HPatches layout: one picture under five known shifts."""
    picture = textured(200, 160, seed=5)
    folder = tmp_path / 'scenes' / 'v_shift'
    folder.mkdir(parents=True)
    for number in range(1, 7):
        homography = np.array([[1, 0, 4.0 * (number - 1)], [0, 1, 2.0], [0, 0, 1]])
        if number > 1:
            np.savetxt(folder / f'H_1_{number}', homography)
        moved = picture if number == 1 else cv2.warpPerspective(picture, homography, (200, 160))
        cv2.imwrite(str(folder / f'{number}.ppm'), moved)
    return folder.parent


def test_evaluation_of_a_made_scene(scenes, tmp_path, capsys):
    out = tmp_path / 'results.json'
    assert main(['evaluate', 'hpatches', '--root', str(scenes), '--size', '160x128',
                 '--max-keypoints', '100', '--methods', 'orb,rootsift', '--out', str(out)]) == 0
    saved = json.loads(out.read_text())
    assert saved['protocol']['max_keypoints'] == 100
    assert len(saved['pairs']['rootsift']) == 5
    summary = saved['summary']['rootsift']['all']
    assert saved['summary']['rootsift']['viewpoint'] == summary
    assert summary['recall'] > 0.6 and summary['mma@3'] > 0.8 and summary['cor@3'] == 1
    assert table(saved['pairs']).splitlines()[1].split()[0] == 'orb'
    assert 'v_shift' in capsys.readouterr().out


def test_real_scenes_beat_the_handcrafted_descriptor(data_root, tmp_path):
    out = tmp_path / 'results.json'
    assert main(['evaluate', 'hpatches', '--root', str(data_root / 'homography'), '--size',
                 '320x240', '--max-keypoints', '300', '--out', str(out)]) == 0
    summary = json.loads(out.read_text())['summary']
    assert summary['residual_rootsift_small']['all']['correct'] > \
        1.05 * summary['rootsift']['all']['correct']


def test_a_rotation_turns_about_the_centre():
    turn = rotation.rotation(90, (101, 51))
    np.testing.assert_allclose(turn @ [50, 25, 1], [50, 25, 1], atol=1e-9)
    np.testing.assert_allclose(turn @ [60, 25, 1], [50, 15, 1], atol=1e-9)


def test_rotation_curves(tmp_path, monkeypatch):
    monkeypatch.setattr(rotation, 'ANGLES_DEG', (0, 90))
    (tmp_path / 'images').mkdir()
    cv2.imwrite(str(tmp_path / 'images' / 'a.png'), textured(200, 200, seed=2))
    out = tmp_path / 'out' / 'rotation.json'
    assert main(['evaluate', 'rotation', '--root', str(tmp_path / 'images'), '--size', '200x200',
                 '--max-keypoints', '200', '--methods', 'rootsift,rootsift_upright', '--out',
                 str(out)]) == 0
    curves = json.loads(out.read_text())['recall']
    assert min(curves['rootsift']) > 0.6
    assert curves['rootsift_upright'][0] > 0.6 > 0.2 > curves['rootsift_upright'][1]
    assert cv2.imread(str(out.with_suffix('.png'))) is not None
