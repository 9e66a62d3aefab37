# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
from support.held_features import held
from support.pictures import textured
from support.posed_scene import CAMERA, SIZE, pose

from residual_features_ros.datasets.posed_images import PosedImage, Scene
from residual_features_ros.vocabulary.bag import BagOfWords
from training.benchmarks.retrieval import bags_of, most_alike, pairs_of_alike


def bag(**weights):
    """Return the bag of words w1, w2, ..."""
    return BagOfWords(np.array([int(word[1:]) for word in weights], np.int32),
                      np.array([*weights.values()], np.float32))


BAGS = [bag(w1=0.5, w2=0.5), bag(w1=0.25, w3=0.75), bag(w1=0.5, w2=0.25, w4=0.25), bag(w5=1.0)]


def test_those_that_share_the_most_words_come_first_and_none_is_like_itself():
    every = range(4)
    assert most_alike(BAGS, every, every, 2) == {0: [2, 1], 1: [0, 2], 2: [0, 1], 3: []}
    assert most_alike(BAGS, every, every, 1) == {0: [2], 1: [0], 2: [0], 3: []}


def test_a_map_alone_answers():
    assert most_alike(BAGS, [0, 3], [1, 3], 5) == {0: [1], 3: []}
    assert most_alike(BAGS, [0], [1, 2], 1) == {0: [2]}


def test_a_pair_is_there_once():
    assert pairs_of_alike(BAGS, 1) == [(0, 1), (0, 2)]


def test_pictures_of_a_place_find_each_other(tmp_path):
    images = []
    for k in range(6):  # of two places by turns, seen from 30 px further right each time
        path, left = tmp_path / f'{k}.png', 30 * (k // 2)
        cv2.imwrite(str(path), textured(400, 240, seed=k % 2)[:, left:left + SIZE[0]])
        images.append(PosedImage(path.name, path, CAMERA, *pose(0)))
    before = held()
    bags = bags_of(Scene('made', tmp_path, tuple(images)), tmp_path / 'cache')
    assert pairs_of_alike(bags, 2) == [(0, 2), (0, 4), (1, 3), (1, 5), (2, 4), (3, 5)]
    assert held() == before and len([*(tmp_path / 'cache').rglob('*.npz')]) == 6
