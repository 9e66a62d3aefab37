# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import logging

import cv2
import numpy as np
import pytest
from support.pictures import textured

from training.data.sources.packed import write_pack
from training.vocabulary.photographs import Photographs


def images(photographs):
    return list(photographs.read_from(0))


def test_folders_and_packs_follow_each_other(photographs, tmp_path):
    write_pack(photographs / 'second', tmp_path / 'second.pack', (200, 150))
    both = Photographs([photographs / 'first', tmp_path / 'second.pack'], held_out=True)
    assert len(both) == len(images(both)) == 6
    assert (images(both)[1] == cv2.imread(str(photographs / 'first/1.png'))).all()
    assert len(list(both.read_from(4))) == 2


def test_what_training_holds_out_is_left_out(tmp_path):
    for number in range(120):
        cv2.imwrite(str(tmp_path / f'{number}.png'), np.zeros((32, 32), np.uint8))
    few, all_of_them = (Photographs([tmp_path], held_out) for held_out in (False, True))
    assert 0 < len(all_of_them) - len(few) < 10 and len(all_of_them) == 120
    assert few.fingerprint != all_of_them.fingerprint


def test_a_label_map_and_a_damaged_file_are_left_out(tmp_path, caplog):
    cv2.imwrite(str(tmp_path / '1.png'), textured(200, 150))
    (tmp_path / '2.png').write_bytes(b'no image')
    cv2.imwrite(str(tmp_path / '3.png'), np.repeat(np.uint8([[10, 200]]), 50, 1).repeat(80, 0))
    with caplog.at_level(logging.WARNING):
        found = images(Photographs([tmp_path], held_out=True))
    assert [one is None for one in found] == [False, True, True]
    assert 'left out' in caplog.text and '2.png' in caplog.text


def test_a_folder_without_images_is_told(tmp_path):
    with pytest.raises(ValueError, match='no images'):
        Photographs([tmp_path], held_out=False)
