# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.vocabularies import random_rows

from training.vocabulary.store import LEFT_OUT, DescriptorStore

ORIGIN = {'method': 'orb', 'max_keypoints': 10}
NONE = np.zeros((0, 32), np.uint8)


def opened(folder, like=NONE, **changes):
    return DescriptorStore(folder, {**ORIGIN, **changes}, like)


@pytest.fixture
def filled(tmp_path, rng):
    """Return a store of four images, the third left out, and their rows."""
    rows = [random_rows(rng, 5), NONE, None, random_rows(rng, 3)]
    store = opened(tmp_path / 'work')
    for one in rows:
        store.add(one)
    return store, rows


def test_rows_are_those_of_the_images(filled, tmp_path):
    store, rows = filled
    for one in (store, opened(tmp_path / 'work')):
        assert len(one) == 4 and one.counts == [5, 0, LEFT_OUT, 3]
        assert [one.rows()[image].tolist() for image in one.images()] == [
            rows[0].tolist(), [], rows[3].tolist()]


def test_floats_are_kept_too(tmp_path, rng):
    rows = random_rows(rng, 4, 7, floats=True)
    opened(tmp_path / 'work', rows[:0]).add(rows[:, ::1])
    assert (opened(tmp_path / 'work', rows[:0]).rows() == rows).all()


@pytest.mark.parametrize('rows', [b'abc', b'x' * 64])
@pytest.mark.parametrize('counts', [b'', b'\5', b'\5\0\0\0'])
def test_an_image_that_was_cut_off_is_made_again(rows, counts, filled, tmp_path):
    store, kept = filled
    for name, more in (('rows.bin', rows), ('counts.bin', counts)):
        with (tmp_path / 'work' / name).open('ab') as file:
            file.write(more)
    again = opened(tmp_path / 'work')
    assert again.counts == store.counts
    again.add(kept[0])
    assert (opened(tmp_path / 'work').rows() == np.concatenate(
        [kept[0], kept[3], kept[0]])).all()


def test_images_whose_rows_are_lost_are_made_again(filled, tmp_path):
    path = tmp_path / 'work/rows.bin'
    path.write_bytes(path.read_bytes()[:200])
    again = opened(tmp_path / 'work')
    assert again.counts == [5, 0, LEFT_OUT] and len(again.rows()) == 5


def test_a_folder_of_other_settings_is_refused(filled, tmp_path):
    with pytest.raises(ValueError, match='left by a run with other images or settings'):
        opened(tmp_path / 'work', max_keypoints=20)


def test_an_empty_store_has_no_rows(tmp_path):
    assert opened(tmp_path / 'work').rows().shape == (0, 32)
