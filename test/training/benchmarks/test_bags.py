# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.posed_scene import exact_matches

from residual_features_ros import Matches
from residual_features_ros.datasets.posed_images import Scene
from training.benchmarks import bags, posed_features
from training.benchmarks.posed_features import split
from training.benchmarks.posed_options import MultiviewOptions
from training.benchmarks.protocol import Files, Protocol


def test_bags_are_connected_and_the_same_again(tmp_path):
    pairs = np.array([[k, k + 1] for k in range(11)] + [[20, 21]])
    scene = Scene('made', tmp_path, (None,) * 22, pairs)
    found = bags.bags(scene)
    assert set(found) == {5, 10} and found == bags.bags(scene)
    for bag in found[5] + found[10]:
        assert np.diff(bag).tolist() == [1] * (len(bag) - 1)  # a chain has no other bags
    with pytest.raises(ValueError, match='too few images, no 5'):
        bags.bags(Scene('made', tmp_path, (None,) * 4, pairs[:3]))


def test_the_numbers_of_a_bag_of_exact_matches():
    """matches is NM: of two photographs, before COLMAP verifies them."""
    matched = exact_matches(noise_px=0.2)
    matched.kept[0, 1] = Matches(np.zeros((0, 2), np.int32), np.zeros(0, np.float32))
    numbers = bags.score(matched, [0, 1, 2, 3, 4])
    assert numbers['matches'] == 150 * 9 / 10
    assert numbers['registered'] == 5 and numbers['landmarks'] == 150
    assert numbers['mAA@5'] == numbers['mAA@10'] == 1


def test_the_best_ratio_is_that_of_all_scenes_then_of_the_most_landmarks():
    one = {0.8: (0.25, 9), 0.9: (0.5, 5), 1.0: (0.5, 8)}
    two = {0.8: (1.0, 9), 0.9: (0.75, 9), 1.0: (0.5, 9)}
    assert bags.best_ratio([one]) == 1.0 and bags.best_ratio([two]) == 0.8
    assert bags.best_ratio([one, two]) == 0.8  # 0.625 as 0.9, and more landmarks


def test_each_scene_has_the_ratio_that_the_others_chose(tmp_path, monkeypatch):
    scenes = [Scene(name, tmp_path, (), ()) for name in 'abc']
    scores = {'a': {0.8: (1, 1), 1.0: (0, 1)}, 'b': {0.8: (0, 1), 1.0: (0.5, 1)},
              'c': {0.8: (0.1, 1), 1.0: (0, 1)}}
    monkeypatch.setattr(posed_features, 'take', lambda scene, *_: {'orb': scene.name})
    monkeypatch.setattr(bags, 'try_all', lambda scene, taken, *_, **settings: scores[taken])
    options = MultiviewOptions(tmp_path, Protocol(('orb',)), Files(), tune=('others',))
    assert split(scenes, options.tune) == (scenes, scenes)
    assert bags.choose_ratios(scenes, scenes, {'orb': None}, (1, 1), options) == {
        'a': {'orb': 1.0}, 'b': {'orb': 0.8}, 'c': {'orb': 0.8}}
