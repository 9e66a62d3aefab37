# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed: make test has it')
pytest.importorskip('PIL', reason='the package pillow is not installed')
from PIL import Image
from support.received_frames import match_rows

from residual_features_ros.errors import CommandError
from residual_features_ros.tools.bags.rosbag import IMAGE, ImageBag, timed_messages, write_images
from residual_features_ros.tools.demo.animation import write_animation
from residual_features_ros.tools.harness.recording import Frame


@pytest.fixture
def bag(tmp_path):
    images = [np.full((120, 160, 3), grey, np.uint8) for grey in (10, 90, 170, 250)]
    write_images(tmp_path / 'bag', '/image', IMAGE, timed_messages(images, 10))
    return ImageBag(tmp_path / 'bag', '')


@pytest.mark.parametrize('name', ['tracks.webp', 'new/tracks.gif'])
def test_answered_frames_are_shown_in_their_order(bag, tmp_path, name):
    stamps = [stamp for stamp, _ in bag.messages(4)]
    frames = [Frame(stamp, 0, number, np.zeros(1), match_rows(number)) if number != 2 else
              Frame(stamp, 0) for number, stamp in enumerate(stamps)]
    write_animation(bag, frames, tmp_path / name, 5)
    with Image.open(tmp_path / name) as shown:
        assert (shown.size, shown.n_frames) == ((400, 300), 3)
        levels = []
        for number in range(3):
            shown.seek(number)
            levels.append(float(np.median(shown.convert('L'))))
    assert levels == sorted(levels) and levels[-1] - levels[0] > 100


def test_no_answer_is_nothing_to_show(bag, tmp_path):
    with pytest.raises(CommandError, match='no frame was answered'):
        write_animation(bag, [], tmp_path / 'tracks.gif', 5)
