# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
from support.pictures import textured

from residual_features_ros.datasets.image_files import write_image
from training.config import DataConfig
from training.data.pairs.sequence_pairs import SequencePairs, carried
from training.data.sources.sequence import SequencePart, SharedPlaces, save_places


def test_keypoints_near_a_chain_follow_it_and_others_are_unknown():
    keypoints = np.array([[10, 10, 5, 0], [11, 10, 5, 0], [50, 50, 5, 0]], float)
    places, known = carried(keypoints, np.array([[10., 10]]), np.array([[30., 12]]))
    assert known.tolist() == [True, True, False]
    assert places[:2].tolist() == [[30, 12], [31, 12]]


class Recorded(SequencePart):
    """Remembers the names of the frames that were read."""

    def read(self, name):
        seen.add(name)
        return super().read(name)


seen = set()


def test_frames_that_others_are_judged_by_are_never_read(tmp_path):
    names = [f'{number:02d}.png' for number in range(12)]
    for name in names:
        write_image(tmp_path / name, textured(96, 72))
    places = np.full((30, 2), 40.0)
    shared = SharedPlaces(np.array([[0, 1], [1, 3], [0, 4]]), ((places, places),) * 3)
    save_places(tmp_path, names, {'trained': shared, 'watched': shared})
    source = Recorded(tmp_path, tuple(names), 'trained')
    pairs = SequencePairs(source, 'rootsift', DataConfig(size=(96, 72), keypoints=16), 0, 60)
    seen.clear()
    for number in range(len(pairs)):
        assert pairs[number]['images'].shape == (2, 72, 96, 3)
    assert seen == {'00.png', '01.png', '03.png', '04.png'}
