# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import random
from pathlib import Path

import pytest

from residual_features_ros.datasets.natural_order import in_natural_order

ORDERS = [
    [f'{i}.png' for i in range(1, 13)], [f'frame_{i}.jpg' for i in range(1, 13)],
    [f'{i:06}.png' for i in range(13)], ['frame9.PNG', 'frame10.PNG', 'frame100.PNG'],
    ['cam0/2.png', 'cam0/10.png', 'cam2/1.png', 'cam10/1.png'],
    ['run1_frame2.png', 'run1_frame11.png', 'run2_frame1.png', 'run10_frame1.png'],
    ['1.25.png', '1.3.png', '1.9.png', '2.png', '2.05.png', '2.5.png', '10.5.png'],
    ['1305031102.175304.png', '1305031102.2.png', '1305031103.1.png'],
    ['01.png', '1.png', '002.png', '2.png'], ['IMG_1.jpg', 'IMG_1 (1).jpg', 'IMG_2.jpg'],
    ['a.png', 'a/1.png', 'b.png'], ['left1.png', 'left02.png', 'left3.png'], ['é1.png', 'é10.png'],
]


@pytest.mark.parametrize('names', ORDERS, ids=lambda names: names[-1])
def test_numbers_count_as_numbers(names):
    shuffled = list(map(Path, names))
    random.Random(0).shuffle(shuffled)
    assert [path.as_posix() for path in in_natural_order(shuffled)] == names
