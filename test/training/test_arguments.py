# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import argparse

import pytest

from training.arguments import image_size, words


def test_words_and_sizes_are_read():
    assert words('orb,sift') == ('orb', 'sift')
    assert image_size('640x480') == (640, 480)


@pytest.mark.parametrize('text', ['640', 'a x b', '1x2x3', ''])
def test_what_is_no_size_is_told(text):
    with pytest.raises(argparse.ArgumentTypeError, match='expected WIDTHxHEIGHT'):
        image_size(text)
