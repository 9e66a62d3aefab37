# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest

from residual_features_ros.datasets.image_files import common_folder, find_images, read_image
from residual_features_ros.errors import CommandError
from residual_features_ros.image import fill
from residual_features_ros.tools.photographs import packaged_photographs


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
    with pytest.raises(CommandError, match='not an image that OpenCV can read'):
        read_image(tmp_path / 'cut.png')


@pytest.mark.parametrize('size', [(64, 48), (400, 100), (100, 400), (320, 240)])
def test_fill_covers_the_size_and_keeps_the_centre(image, size):
    filled = fill(image, size)
    assert filled.shape == (size[1], size[0], 3)
    assert np.ptp(filled) > 50


def test_photographs_come_with_a_package():
    pytest.importorskip('sklearn', reason='scikit-learn is not installed: make test installs it')
    assert [path.suffix for path in packaged_photographs()] == ['.jpg', '.jpg']


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(CommandError, match='pip install scikit-learn'):
        packaged_photographs()
