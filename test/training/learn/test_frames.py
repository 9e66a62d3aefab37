# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from support.pictures import textured

from residual_features_ros.errors import DatasetError
from training.learn.frames import Chooser, gather, load
from training.learn.source import Source


def pan(count, step=8):
    wide = textured(320 + step * count, 240)
    return [(n, np.ascontiguousarray(wide[:, n * step:n * step + 320])) for n in range(count)]


def test_still_and_blurred_images_are_told():
    (_, first), (_, second) = pan(2)
    chooser = Chooser()
    assert [chooser.judge(image) for image in (
        first, first, cv2.GaussianBlur(second, (0, 0), 5), second)] == [
            'used', 'still', 'blurred', 'used']


def test_a_long_sequence_is_used_all_over(tmp_path):
    images = pan(60)
    frames = gather(Source(images, 60), tmp_path, 24, lambda _: None)
    assert len(frames.frames) == 24 and frames.frames[-1].stamp > 40
    assert load(tmp_path) == frames
    assert not {*frames.part(0, .65)} & {*frames.part(.75, 1)}


def test_too_few_frames_are_an_error_that_counts(tmp_path):
    with pytest.raises(DatasetError, match=r'1, 24 are the least \(1 used, 29 still\)'):
        gather(Source([pan(1)[0]] * 30, 30), tmp_path, 100, lambda _: None)
    assert load(tmp_path) is None
