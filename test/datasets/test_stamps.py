# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.datasets.stamps import existing
from residual_features_ros.errors import DatasetError


def test_images_that_are_missing_or_have_the_stamp_of_another_are_told(tmp_path):
    for name in 'abc':
        (tmp_path / name).touch()
    listed = [(stamp, tmp_path / name) for stamp, name in [(30, 'c'), (10, 'a'), (10, 'b'),
                                                            (5, 'd')]]
    images, notes = existing(listed, tmp_path / 'rgb.txt')
    assert images == [(10, tmp_path / 'a'), (30, tmp_path / 'c')]
    assert '1 of 4 images named' in notes[0] and '1 images named' in notes[1]
    with pytest.raises(DatasetError, match='none of the 1 images that it names is there'):
        existing(listed[3:], tmp_path / 'rgb.txt')
