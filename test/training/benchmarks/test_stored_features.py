# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.posed_scene import exact_views

from training.benchmarks import stored_features
from training.benchmarks.stored_features import HELD, StoredFeatures


def store(folder, count):
    """Return so many files of features, of different numbers of keypoints."""
    view, = exact_views(1)
    found = []
    for k in range(count):
        path = folder / f'{k}.npz'
        stored_features.save(path, f'made {k}', view.features.take(np.arange(k)))
        found.append(StoredFeatures(path, f'made {k}'))
    return found


def test_what_is_read_is_what_was_written_and_is_held(tmp_path):
    stored, = store(tmp_path, 1)
    view, = exact_views(1)
    stored_features.save(stored.path, stored.metadata, view.features)
    features = stored.read()
    np.testing.assert_array_equal(features.keypoints, view.features.keypoints)
    np.testing.assert_array_equal(features.descriptors, view.features.descriptors)
    assert features.image_size == view.features.image_size
    assert stored.read() is features


def test_those_read_last_are_held(tmp_path):
    stored = store(tmp_path, HELD + 1)
    read = [one.read() for one in stored]
    assert [len(features) for features in read] == list(range(HELD + 1))
    assert stored[-1].read() is read[-1] and stored[1].read() is read[1]
    assert stored[0].read() is not read[0]


@pytest.mark.parametrize('change', [lambda path: path.unlink(),
                                    lambda path: path.write_bytes(b'none')])
def test_a_file_that_has_gone_or_changed_is_a_sentence(tmp_path, change):
    stored, = store(tmp_path, 1)
    change(stored.path)
    with pytest.raises(ValueError, match='leave the folder of --cache alone'):
        stored.read()
