# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import pytest

from residual_features_ros.datasets.image_files import common_folder, find_images, read_image
from residual_features_ros.errors import DatasetError


def test_a_folder_stands_for_the_images_below_it(tmp_path):
    for name in ('b/2.JPG', 'a/1.png', 'notes.txt'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert find_images([str(tmp_path)]) == [tmp_path / 'a/1.png', tmp_path / 'b/2.JPG']
    assert find_images([str(tmp_path / 'a'), str(tmp_path / 'a/1.png')]) == [tmp_path / 'a/1.png']


def test_the_common_folder_holds_all(tmp_path):
    for name in ('a/x', 'b'):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / 'a/1.png').touch()
    assert common_folder([str(tmp_path / 'a/1.png')]) == tmp_path / 'a'
    assert common_folder([str(tmp_path / 'a/1.png'), str(tmp_path / 'b')]) == tmp_path


def test_a_truncated_image_is_named(tmp_path, image):
    whole = cv2.imencode('.png', image)[1].tobytes()
    (tmp_path / 'cut.png').write_bytes(whole[:20])
    with pytest.raises(DatasetError, match='not an image that OpenCV can read'):
        read_image(tmp_path / 'cut.png')
