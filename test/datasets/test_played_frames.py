# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import itertools

import cv2
import numpy as np
import pytest

from residual_features_ros.datasets.played_frames import IMAGES_HZ, PlayedFrames
from residual_features_ros.errors import DatasetError

LEVELS = (30, 120, 220)


def grey(level):
    return np.full((48, 64, 3), level, np.uint8)


@pytest.fixture
def folder(tmp_path):
    for number, level in enumerate(LEVELS, 9):  # 10 comes after 9
        cv2.imwrite(str(tmp_path / f'{number}.png'), grey(level))
    (tmp_path / 'notes.txt').write_text('no image')
    return tmp_path


@pytest.fixture
def video(tmp_path):
    path = tmp_path / 'clip.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*'MJPG'), 25, (64, 48))
    if not writer.isOpened():
        pytest.skip('this OpenCV writes no video')
    for level in LEVELS:
        writer.write(grey(level))
    writer.release()
    return path


def levels(frames):
    return [round(float(frame.mean()), -1) for frame in frames]


def test_the_images_of_a_folder_in_the_order_of_their_numbers(folder):
    frames = PlayedFrames(str(folder))
    assert frames.size == (64, 48) and frames.rate_hz == IMAGES_HZ
    assert levels(frames) == levels(frames) == list(LEVELS)
    assert levels(itertools.islice(frames.again_and_again(), 5)) == [30, 120, 220, 30, 120]


def test_one_image(folder):
    assert levels(PlayedFrames(str(folder / '9.png'))) == [30]


def test_a_video_has_its_own_rate(video):
    frames = PlayedFrames(str(video))
    assert frames.size == (64, 48) and frames.rate_hz == 25
    assert levels(frames) == levels(frames) == list(LEVELS)
    assert len(list(itertools.islice(frames.again_and_again(), 7))) == 7


def test_it_ends_where_the_source_is_there_no_more(video):
    frames = PlayedFrames(str(video))
    video.unlink()
    assert list(frames.again_and_again()) == []


@pytest.mark.parametrize(('name', 'words'), [
    ('empty', 'no image in this folder'), ('none.mp4', 'no such folder of images, or video file'),
    ('text.mp4', 'neither a folder of images nor a video of which OpenCV'),
    ('broken.png', 'not an image that OpenCV can read')])
def test_what_has_no_frame_is_refused(tmp_path, name, words):
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'text.mp4').write_text('no video')
    (tmp_path / 'broken.png').write_text('no image')
    with pytest.raises(DatasetError, match=words):
        PlayedFrames(str(tmp_path / name))
