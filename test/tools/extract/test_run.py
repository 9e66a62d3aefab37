# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The HDF5 file is read here as hloc reads it."""
import os

import cv2
import h5py
import numpy as np
import pytest

from residual_features_ros import create_extractor
from residual_features_ros.datasets.image_files import read_image
from residual_features_ros.tools.command_line import main


@pytest.fixture
def folder(tmp_path, image):
    (tmp_path / 'in' / 'left').mkdir(parents=True)
    cv2.imwrite(str(tmp_path / 'in' / 'left' / '1.png'), image)
    cv2.imwrite(str(tmp_path / 'in' / '2.png'), image[::-1])
    return tmp_path


def extract(folder, *more, method='rootsift'):
    return main(['extract', str(folder / 'in'), '--out', str(folder / 'f.h5'),
                 '--method', method, '--max-keypoints', '200', *more])


def names_in(file):
    names = set()
    file.visititems(lambda name, item: names.add(item.parent.name.strip('/'))
                    if isinstance(item, h5py.Dataset) else None)
    return sorted(names)


def test_groups_are_named_by_relative_path_and_hold_what_hloc_reads(folder, image):
    assert extract(folder) == 0
    expected = create_extractor('rootsift', 200).extract(image)
    with h5py.File(folder / 'f.h5') as file:
        assert names_in(file) == ['2.png', 'left/1.png']
        group = file['left/1.png']
        # hloc adds half a pixel for COLMAP, whose top-left pixel centre is (0.5, 0.5): so the
        # file must hold our convention unchanged, sub-pixel places included.
        np.testing.assert_array_equal(group['keypoints'].__array__(), expected.keypoints)
        np.testing.assert_allclose(group['descriptors'][()].T, expected.descriptors, atol=1e-3)
        np.testing.assert_array_equal(group['scores'], expected.responses)
        assert group['descriptors'].dtype == np.float16
        assert group['image_size'][()].tolist() == [320, 240]


def test_a_second_run_adds_only_what_is_missing(folder, image, capsys):
    extract(folder)
    cv2.imwrite(str(folder / 'in' / '3.png'), image[:, ::-1])
    capsys.readouterr()
    assert extract(folder) == 0
    assert '1 images by rootsift written, 2 were there' in capsys.readouterr().out


def test_other_settings_are_not_mixed_into_a_file(folder, capsys):
    extract(folder)
    assert extract(folder, method='sift') == 2
    assert 'was made with method rootsift, now asked for sift' in capsys.readouterr().err
    assert extract(folder, '--overwrite', method='sift') == 0


def test_a_file_of_another_program_is_left_alone(folder, capsys):
    with h5py.File(folder / 'f.h5', 'w') as file:
        file.create_group('photo.jpg')
    assert extract(folder) == 2
    with h5py.File(folder / 'f.h5') as file:
        assert list(file) == ['photo.jpg']


def test_dot_products_of_binary_descriptors_rank_as_hamming_does(folder):
    assert extract(folder, '--float32', method='orb') == 0
    binary = create_extractor('orb', 200).extract(read_image(folder / 'in' / '2.png')).descriptors
    bits = np.unpackbits(binary, axis=1).astype(int)
    hamming = (bits[:5, None] != bits[None]).sum(2)
    with h5py.File(folder / 'f.h5') as file:
        rows = file['2.png/descriptors'][()].T
    np.testing.assert_allclose(rows[:5] @ rows.T, 1 - 2 * hamming / 256, atol=1e-5)


def test_names_are_relative_to_root(folder):
    assert extract(folder, '--root', str(folder)) == 0
    with h5py.File(folder / 'f.h5') as file:
        assert names_in(file) == ['in/2.png', 'in/left/1.png']


def test_bad_images_are_named_and_the_others_done(folder, image, capsys):
    inside, whole = folder / 'in', (folder / 'in' / '2.png').read_bytes()
    cv2.imwrite(str(inside / 'tiny.png'), np.zeros((8, 8), np.uint8))
    (inside / 'cut.png').write_bytes(whole[:500])
    (inside / 'empty.png').write_bytes(b'')
    (inside / 'gone.png').symlink_to(folder / 'nowhere.png')
    (inside / '._2.png').write_bytes(b'Mac OS X')
    (inside / 'folder.png').mkdir()
    assert extract(folder) == 1
    said = capsys.readouterr().out
    assert '2 images by rootsift written' in said and '4 of 6 images were left out' in said
    for words in ('tiny.png: an image is at least 32x32', 'cut.png: not an image',
                  'empty.png: not an image', 'gone.png: No such file'):
        assert f'note: left out: {inside}/{words}' in said
    with h5py.File(folder / 'f.h5') as file:
        assert names_in(file) == ['2.png', 'left/1.png']


def test_not_one_image_is_an_error_and_leaves_no_file(folder, capsys):
    (folder / 'in' / '2.png').write_bytes(b'')
    (folder / 'in' / 'left' / '1.png').write_bytes(b'')
    assert extract(folder) == 2
    assert '2.png: not an image' in capsys.readouterr().err
    assert sorted(path.name for path in folder.iterdir()) == ['in']


def test_a_name_that_is_not_utf8_is_written_so_that_all_programs_read_it(folder, capsys):
    (folder / 'in' / '2.png').rename(folder / 'in' / os.fsdecode(b'caf\xe9.png'))
    (folder / 'in' / 'left').rename(folder / 'in' / 'Übersicht (1)')
    assert extract(folder) == 0
    assert r'caf\xe9.png stands for a name that is not UTF-8' in capsys.readouterr().out
    with h5py.File(folder / 'f.h5') as file:
        assert names_in(file) == [r'caf\xe9.png', 'Übersicht (1)/1.png']


def test_an_image_that_is_named_twice_is_written_once(folder):
    inside = folder / 'in'
    assert main(['extract', str(inside), str(inside / '2.png'), str(inside / '..' / 'in'),
                 '--out', str(folder / 'f.h5'), '--method', 'orb']) == 0
    with h5py.File(folder / 'f.h5') as file:
        assert names_in(file) == ['2.png', 'left/1.png']


def test_a_mask_is_a_part_of_what_a_file_was_made_with(folder, image, capsys):
    mask = np.zeros((240, 320), np.uint8)
    mask[:, :160] = 255
    cv2.imwrite(str(folder / 'mask.png'), mask)
    cv2.imwrite(str(folder / 'same.png'), mask)
    assert extract(folder, '--mask', str(folder / 'mask.png')) == 0
    with h5py.File(folder / 'f.h5') as file:
        points = file['left/1.png/keypoints'].__array__()
        assert len(points) > 100 and points[:, 0].max() <= 159
    assert extract(folder, '--mask', str(folder / 'same.png')) == 0
    assert extract(folder) == 2
    assert 'was made with mask_sha256' in capsys.readouterr().err
    assert extract(folder, '--overwrite') == 0
