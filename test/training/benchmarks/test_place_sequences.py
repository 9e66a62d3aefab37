# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
from pathlib import Path

import numpy as np
import pytest
from support.pictures import textured
from support.posed_trees import write_image, write_video

from residual_features_ros.errors import DatasetError
from training.benchmarks.place_sequences import (
    PlaceSequence,
    open_sequences,
    same_place,
    truth_of,
)


def sequence(count, centres=None, axes=None):
    return PlaceSequence('a', (Path('x'),) * count, np.arange(count), centres, axes)


def along_a_line(places, count=60):
    """Return a sequence of images that look the same way from places (count,) on a line."""
    centres = np.zeros((count, 3))
    centres[:, 0] = places
    return sequence(count, centres, np.tile([0.0, 0, 1], (count, 1)))


def test_without_poses_images_five_to_twenty_frames_before_are_right():
    truth = truth_of(sequence(40), (1, 30))
    assert truth.kind == 'neighbours'
    assert np.flatnonzero(truth.right[30]).tolist() == list(range(10, 26))
    assert np.flatnonzero(truth.allowed[30]).tolist() == list(range(26))
    assert np.flatnonzero(truth.doubtful[35]).tolist() == list(range(5, 15))  # 21 to 30 before
    assert not truth.allowed[:5].any()


def test_frames_that_are_left_out_count():
    numbers = np.arange(0, 120, 3)
    truth = truth_of(dataclasses.replace(sequence(40), numbers=numbers), (1, 30))
    assert np.flatnonzero(truth.right[20]).tolist() == [14, 15, 16, 17, 18]  # 60 - 42 ... 60 - 54


def test_a_camera_that_comes_back_is_judged_by_its_poses():
    there_and_back = np.concatenate([np.arange(30), np.arange(30)[::-1]]) * 2.0
    truth = truth_of(along_a_line(there_and_back), (1, 30))
    assert truth.kind == 'revisits'
    assert np.flatnonzero(truth.right[50]).tolist() == [9]  # 60 - 1 - 50
    assert np.flatnonzero(truth.allowed[50]).tolist() == list(range(30))  # 21 frames and more
    assert not truth.doubtful.any()  # up to 1.5 of 1, and images are 2 apart
    assert np.flatnonzero(truth.right[40]).tolist() == [19]
    assert not truth.right[39].any()  # 20 was only 19 frames before
    wider = truth_of(along_a_line(there_and_back), (3, 30))
    assert np.flatnonzero(wider.right[50]).tolist() == [8, 9, 10]
    assert np.flatnonzero(wider.doubtful[50]).tolist() == [7, 11]  # 4 of 3 to 4.5


def test_a_camera_that_does_not_come_back_is_judged_by_its_frames():
    assert truth_of(along_a_line(np.arange(60) * 2.0), (1, 30)).kind == 'neighbours'


def test_the_same_place_is_near_and_seen_the_same_way():
    centres = np.array([[0.0, 0, 0], [0, 0.9, 0], [0, 1.1, 0]])
    turned = np.sin(np.radians(29)), np.cos(np.radians(29))
    axes = np.array([[0.0, 0, 1], [turned[0], 0, turned[1]], [0, 0, 1]])
    assert same_place(centres, axes, 1, 30).tolist() == [
        [True, True, False], [True, True, True], [False, True, True]]
    assert same_place(centres, axes, 1, 28)[0].tolist() == [True, False, False]


@pytest.fixture
def root(tmp_path):
    """Return a folder with a posed video, two drives, and a folder of too few images."""
    write_video(tmp_path / 'rgbd' / 'room', 12)
    for name, count in (('b', 11), ('a', 10), ('few', 9)):
        for number in range(count):
            write_image(tmp_path / 'drives' / name / f'{number}.png', textured(64, 48))
    return tmp_path


def test_scenes_and_folders_are_found(root):
    posed, a, b = open_sequences(root, ['rgbd', 'drives'])
    assert [one.name for one in (posed, a, b)] == ['rgbd/room', 'drives/a', 'drives/b']
    assert len(posed) == 12 and posed.centres.shape == posed.axes.shape == (12, 3)
    assert np.linalg.norm(posed.axes, axis=1) == pytest.approx(1)
    assert (len(a), len(b), a.centres) == (10, 11, None)
    assert [path.name for path in b.paths[-2:]] == ['9.png', '10.png']
    assert [one.name for one in open_sequences(root / 'drives')] == ['a', 'b']
    assert [one.name for one in open_sequences(root / 'rgbd/room')] == ['room']


@pytest.mark.parametrize(('names', 'error'), [
    (['drives/few'], 'no posed scene in it, and no folder of 10 images'),
    (['nowhere'], 'nowhere: no such folder'),
    (['drives/a', 'drives'], 'several sequences drives')])
def test_what_is_no_sequence_is_told(names, error, root):
    with pytest.raises(DatasetError, match=error):
        open_sequences(root, names)
