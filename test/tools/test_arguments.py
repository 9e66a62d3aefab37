# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import argparse
from dataclasses import dataclass

import pytest

from residual_features_ros.tools.arguments import (
    count,
    counts,
    increasing_counts,
    many_pixels,
    percentiles,
    pixels,
    select,
    unique_words,
    words,
)


def test_sizes_words_and_counts():
    assert pixels('640x480') == (640, 480)
    assert many_pixels('64x48,320x240') == ((64, 48), (320, 240))
    assert words('orb, sift,') == ('orb', 'sift')
    assert unique_words('orb,sift,orb') == ('orb', 'sift')
    assert count('3') == 3
    assert counts('3,5') == (3, 5)
    assert increasing_counts('8,1, 8') == (1, 8)
    for function, text in ((pixels, '640'), (pixels, '640x8'), (count, '0'), (count, 'x'),
                           (increasing_counts, ''), (increasing_counts, '1,0')):
        with pytest.raises(argparse.ArgumentTypeError):
            function(text)


def test_percentiles_are_numbers_up_to_100():
    assert percentiles('5,99.9') == (5.0, 99.9)
    for text in ('p95', '101', ''):
        with pytest.raises(argparse.ArgumentTypeError):
            percentiles(text)


def test_a_dataclass_takes_the_words_of_its_fields():
    @dataclass(frozen=True)
    class Size:
        width: int
        height: int

    assert select(Size, {'width': 4, 'depth': 9}, height=3) == Size(4, 3)
    with pytest.raises(KeyError, match='height'):
        select(Size, {'width': 4})
