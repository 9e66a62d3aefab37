# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from itertools import pairwise

import cv2
import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros.errors import DatasetError
from residual_features_ros.tools.bench.sequences import (
    WARM_UP,
    FrameSequence,
    moving_crops,
    open_sequences,
    there_and_back,
)


def test_there_and_back_never_jumps():
    assert [there_and_back(i, 3) for i in range(9)] == [0, 1, 2, 1, 0, 1, 2, 1, 0]
    assert [there_and_back(i, 2) for i in range(4)] == [0, 1, 0, 1]
    assert [there_and_back(i, 1) for i in range(3)] == [0, 0, 0]


def test_a_sequence_begins_with_its_warm_up():
    sequence = FrameSequence(['a', 'b'], warm_up=1, counted=3)
    assert len(sequence) == 4
    assert list(sequence.frames()) == [('a', False), ('b', True), ('a', True), ('b', True)]


def test_a_folder_is_one_sequence_in_the_order_of_its_names(tmp_path):
    for i in (2, 0, 1):
        cv2.imwrite(str(tmp_path / f'{i}.png'), np.full((64, 64, 3), 50 * i, np.uint8))
    sequence, = open_sequences(str(tmp_path), (48, 32), rounds=2)
    assert (sequence.warm_up, sequence.counted) == (3, 6)
    shown = [(int(image.mean()), counted) for image, counted in sequence.frames()]
    assert shown[:4] == [(0, False), (50, False), (100, False), (50, True)]
    assert sequence.images[0].shape == (32, 48, 3)


def test_without_a_folder_a_crop_moves_over_each_photograph():
    pytest.importorskip('sklearn', reason='scikit-learn has the photographs')
    sequences = open_sequences('', (96, 64), rounds=4)
    assert len(sequences) == 2
    assert {(sequence.warm_up, sequence.counted) for sequence in sequences} == {(WARM_UP, 4)}


def test_a_folder_without_images_is_refused(tmp_path):
    with pytest.raises(DatasetError, match='no image in this folder'):
        open_sequences(str(tmp_path), (64, 64), 1)


def test_crops_move_a_little_from_frame_to_frame():
    photograph = textured()
    crops = list(moving_crops([photograph, photograph[:, ::-1]], (160, 120), most=30))
    assert len(crops) == 30 and {crop.shape for crop in crops} == {(120, 160, 3)}
    near = [np.abs(a.astype(int) - b).mean() for a, b in pairwise(crops)]
    far = np.abs(crops[0].astype(int) - crops[-1]).mean()
    assert min(near) > 0 and np.mean(near) < far
    (dx, _), response = cv2.phaseCorrelate(*(crop[..., 0].astype(np.float32)
                                             for crop in crops[:2]))
    assert -3 < dx < -0.5 and response > 0.3  # a hundredth of the width to the left


def test_crops_end_at_the_right_end():
    photograph = np.zeros((120, 200, 3), np.uint8)
    assert 1 < len(list(moving_crops([photograph], (160, 120), most=1000))) < 60


def test_an_image_that_cannot_be_read_is_left_out_and_said(tmp_path, image, caplog):
    for i in (2, 10, 1):
        cv2.imwrite(str(tmp_path / f'{i}.png'), image + i)
    (tmp_path / '3.png').write_bytes(b'')
    sequence, = open_sequences(str(tmp_path), (320, 240), 1)
    assert [int(np.median(found - image)) for found in sequence.images] == [1, 2, 10]
    assert '3.png: not an image' in caplog.text and '1 of 4 images were left out' in caplog.text
