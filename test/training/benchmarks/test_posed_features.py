# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import itertools
import threading

import cv2
import numpy as np
import pytest
from support.held_features import held
from support.pictures import textured
from support.posed_scene import CAMERA, SIZE, exact_matches, pose, write_video

from residual_features_ros import create_extractor
from residual_features_ros.datasets.posed_images import PosedImage, Scene
from training.__main__ import main
from training.benchmarks import posed_features
from training.benchmarks.cache import Predictor
from training.benchmarks.posed_features import Matched, take
from training.benchmarks.stored_features import HELD, read_held

LESS = ['--size', '320x240', '--max-keypoints', '300', '--methods', 'rootsift,orb']


@pytest.mark.parametrize('words, sentence', [
    (['--tune', 'three'], '--tune three: no such scene, there are made'),
    (['--tune', 'others'], 'made is the only scene'),
    (['--tune', 'made'], 'none is left to evaluate')])
def test_scenes_that_cannot_be_tuned_on_are_named(tmp_path, words, sentence, capsys):
    write_video(tmp_path / 'made')
    assert main(['evaluate', 'stereo', '--root', str(tmp_path / 'made'), *LESS, *words]) == 2
    assert sentence in capsys.readouterr().err


def test_no_overlap_is_a_sentence(tmp_path, capsys):
    write_video(tmp_path / 'made')
    rows = np.loadtxt(tmp_path / 'made' / 'poses.txt')
    for k, row in enumerate(rows):  # each camera turned by 90 degrees more about the vertical
        turn = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]])
        row.reshape(4, 4)[:3, :3] = np.linalg.matrix_power(turn, k // 2)
    np.savetxt(tmp_path / 'made' / 'poses.txt', rows)
    assert main(['evaluate', 'stereo', '--root', str(tmp_path / 'made'), *LESS]) == 2
    assert 'no two of its 6 images overlap' in capsys.readouterr().err


def test_features_stay_on_disk_where_there_is_a_cache(tmp_path):
    read_held.cache_clear()
    images = []
    for k in range(HELD + 8):
        path = tmp_path / f'{k:02}.png'
        cv2.imwrite(str(path), textured(*SIZE, seed=k))
        images.append(PosedImage(path.name, path, CAMERA, *pose(0)))
    scene, most = Scene('made', tmp_path, tuple(images)), {}
    pairs = [(k, (7 * k + 1) % len(images)) for k in range(len(images))]
    for folder in (tmp_path / 'cache', None):
        before = held()
        predictor = Predictor(create_extractor('orb', 60), folder)
        views = take(scene, {'orb': predictor}, SIZE)['orb']
        assert held() - before == (0 if folder else len(images))
        matched = Matched(views, 1.0, predictor)
        most[folder] = max(held() - before for _ in matched.of(pairs))
        assert predictor.made == len(predictor.keypoints) == len(images)
    assert most == {tmp_path / 'cache': HELD, None: len(images)}


def test_the_matches_of_the_pairs_computed_last_are_kept(monkeypatch):
    monkeypatch.setattr(posed_features, 'MOST_KEPT', 2)
    matched = exact_matches()
    first, second, third = (matched.pair(0, k) for k in (1, 2, 3))
    assert list(matched.kept) == [(0, 2), (0, 3)]
    assert matched.pair(0, 2) is second and matched.pair(0, 3) is third
    again = matched.pair(0, 1)
    assert again is not first and again.indices.tolist() == first.indices.tolist()


def test_several_threads_match_the_same_in_the_same_order():
    pairs = list(itertools.permutations(range(6), 2))
    one, three = ([(a, b, indices.tolist()) for a, b, indices in
                   exact_matches(noise_px=0.2).of(pairs, threads)] for threads in (1, 3))
    assert one == three and [(a, b) for a, b, _ in one] == pairs


def test_threads_match_side_by_side():
    """Two wait for each other: one alone would wait for ever."""
    matched, both = exact_matches(), threading.Barrier(2)
    extractor = matched.predictor.extractor

    class Waiting(Predictor):
        def matcher(self, **settings):
            both.wait(timeout=30)
            return super().matcher(**settings)

    side_by_side = Matched(matched.views, 1.0, Waiting(extractor, None))
    assert len(list(side_by_side.of([(0, 1), (0, 2)], threads=2))) == 2
