# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.errors import DatasetError
from training.data.held_out import drives, exposure_halves, halves


def make(folder, *names):
    """Make a folder with empty files; nothing here reads one."""
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).touch()


@pytest.mark.parametrize(('items', 'expected'), [
    ('', ('', '')), ('a', ('a', '')), ('ab', ('a', 'b')), ('abcde', ('abc', 'de'))])
def test_the_second_half_is_held_out_and_an_odd_one_trained_on(items, expected):
    assert halves(items) == expected


def test_the_second_half_of_exposure_pairs_is_held_out(tmp_path):
    for name in ('010', '001', '003'):  # gaps in the numbers, and any order on disk
        make(tmp_path / name, '2.jpg', '1.png')
    make(tmp_path / '.thumbnails')
    (tmp_path / 'README').touch()
    training, held_out = exposure_halves(tmp_path)
    assert list(training) == [(tmp_path / name / '1.png', tmp_path / name / '2.jpg')
                              for name in ('001', '003')]
    assert list(held_out) == [(tmp_path / '010' / '1.png', tmp_path / '010' / '2.jpg')]


def test_a_folder_of_other_images_is_named(tmp_path):
    make(tmp_path / '001', '1.jpg', '2.jpg')
    make(tmp_path / '002', '1.jpg', '3.jpg')
    with pytest.raises(DatasetError, match=r'002: not an exposure pair, its images are 1.jpg, 3'):
        exposure_halves(tmp_path)


def test_the_last_drive_by_name_is_held_out(tmp_path):
    for name in ('0016E5', 'Seq05VD', '0001TP'):
        make(tmp_path / name)
    training, held_out = drives(tmp_path)
    assert [path.name for path in training] == ['0001TP', '0016E5']
    assert held_out == tmp_path / 'Seq05VD'


@pytest.mark.parametrize(('split', 'what'), [(drives, 'drives'),
                                             (exposure_halves, 'exposure pairs')])
def test_too_few_to_hold_one_out_is_an_error(tmp_path, split, what):
    make(tmp_path / 'a', '1.jpg', '2.jpg')
    with pytest.raises(DatasetError, match=f'1 folders of {what}, two are the least'):
        split(tmp_path)


def test_what_is_held_out_of_the_real_data(data_root):
    if not (data_root / 'exposure').is_dir() or not (data_root / 'video' / 'camvid').is_dir():
        pytest.skip('RESIDUAL_FEATURES_DATA has no exposure or video/camvid')
    training, held_out = exposure_halves(data_root / 'exposure')
    assert (len(training), len(held_out)) == (29, 28)
    assert training[-1][0].parent.name < held_out[0][0].parent.name
    assert drives(data_root / 'video' / 'camvid')[1].name == 'Seq05VD'
