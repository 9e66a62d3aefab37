# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import pytest

from residual_features_ros.datasets.image_files import find_images
from residual_features_ros.datasets.readable_images import first_size, readable_images
from residual_features_ros.errors import DatasetError


@pytest.fixture
def folder(tmp_path, image):
    for i in range(3):
        cv2.imwrite(str(tmp_path / f'{i}.png'), image)
    return tmp_path


def test_bad_images_are_named_and_the_others_read(folder, image, caplog):
    whole = (folder / '0.png').read_bytes()
    (folder / '00.png').write_bytes(whole[:500])
    (folder / '1b.png').write_bytes(b'')
    (folder / '1c.png').symlink_to(folder / 'gone.png')
    paths = find_images([str(folder)])
    assert len(paths) == 6 and paths[0].name == '0.png'
    assert [found.shape for found in readable_images(paths)] == [image.shape] * 3
    *each, total = [record.getMessage() for record in caplog.records]
    assert [words.split(': ')[1].split('/')[-1] for words in each] == ['00.png', '1b.png',
                                                                       '1c.png']
    assert total == '3 of 6 images were left out'
    assert first_size(paths[1:]) == image.shape[1::-1]


def test_nothing_but_bad_images_is_an_error_with_the_first_reason(tmp_path):
    for name in 'ab':
        (tmp_path / f'{name}.png').write_bytes(b'no image')
    paths = find_images([str(tmp_path)])
    with pytest.raises(DatasetError, match=r'a\.png: not an image.*no other of 2'):
        list(readable_images(paths))
    with pytest.raises(DatasetError, match=r'a\.png: not an image'):
        first_size(paths)
    assert list(readable_images([])) == []
