# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.ros.stamps import BACK, SAME, ZERO, StampWatch


@pytest.mark.parametrize(('stamps', 'kinds'), [
    ([(1, 0), (1, 5), (2, 0)], [None, None, None]),
    ([(0, 0), (0, 0), (0, 0)], [None, ZERO, ZERO]),
    ([(0, 0), (0, 5), (1, 0)], [None, None, None]),  # simulated time begins at zero
    ([(7, 5), (7, 5), (7, 6)], [None, SAME, None]),
    ([(7, 5), (7, 4), (7, 6)], [None, BACK, None]),
    ([(7, 5), (0, 0), (8, 0), (0, 0)], [None, BACK, None, BACK])])
def test_kinds(stamps, kinds):
    watch = StampWatch()
    assert [found and found[0] for found in map(watch.note, stamps)] == kinds


def test_words_name_the_stamps():
    watch = StampWatch()
    watch.note((12, 30))
    assert 'stamp 12.000000030 s came again' in watch.note((12, 30))[1]
    assert 'went back from 12.000000030 s to 3.500000000 s' in watch.note((3, 500_000_000))[1]
