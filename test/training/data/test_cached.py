# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros.errors import ConfigError
from residual_features_ros.image import to_bgr
from training.config import override
from training.data.cached import CachedSamples
from training.data.sources.opening import open_sources
from training.methods.residual.data import open_dataset
from training.methods.residual.recipe import create


class Counted:
    """Sample n is n, and each making is counted."""

    def __init__(self):
        self.made = []

    def __len__(self):
        return 100

    def __getitem__(self, number):
        self.made.append(number)
        return {'number': np.array([number]), 'flag': np.array(True)}


def test_samples_repeat_and_are_made_once(tmp_path):
    dataset = Counted()
    kept = CachedSamples(dataset, tmp_path, 'key', 3)
    assert [int(kept[n]['number'][0]) for n in (0, 1, 2, 3, 4, 99)] == [0, 1, 2, 0, 1, 0]
    assert dataset.made == [0, 1, 2] and len(kept) == 100
    assert kept[0]['flag'].dtype == bool
    CachedSamples(dataset, tmp_path, 'another key', 3)[0]
    assert dataset.made == [0, 1, 2, 0]


@pytest.mark.parametrize('damage', [b'', b'not a zip file', None])
def test_a_damaged_file_is_made_again_and_that_is_said(tmp_path, caplog, damage):
    dataset = Counted()
    kept = CachedSamples(dataset, tmp_path, 'key', 3)
    kept[1]
    path = kept.folder / '1.npz'
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2] if damage is None else damage)
    assert kept[1]['number'] == [1] and dataset.made == [1, 1]
    assert 'made again' in caplog.text
    assert path.read_bytes() == content


def test_a_run_with_a_cache_reads_what_another_with_the_same_data_made(tmp_path):
    import cv2
    for number in range(3):
        cv2.imwrite(str(tmp_path / f'{number}.png'), to_bgr(textured(160, 120, number)))
    settings = [f'data.images={tmp_path}', f'data.cache={tmp_path / "cache"}', 'data.distinct=2',
                'data.size=(96, 64)', 'data.keypoints=20']
    config = override(create('residual_rootsift_small'), settings)
    first = open_dataset(open_sources(config.data)[0], config, 0, 10)[5]
    for change, files in (('data.workers=3', 1), ('seed=0', 1), ('data.keypoints=21', 2),
                          ('handcrafted=sift', 3)):
        other = override(config, [change])
        again = open_dataset(open_sources(other.data)[0], other, 0, 10)[1]
        assert len(list((tmp_path / 'cache').rglob('*.npz'))) == files
        if files == 1:
            assert all(np.array_equal(again[name], first[name]) for name in first)
    with pytest.raises(ConfigError, match='set data'):
        none = override(config, ['data.distinct=0'])
        open_dataset(open_sources(none.data)[0], none, 0, 10)
