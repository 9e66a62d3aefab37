# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from residual_features_ros.text_table import table


def test_numbers_stand_right_also_where_some_are_not_known():
    assert table(['method', 'inliers', 'kind', 'p'],
                 [['orb', 9, '256 bits or so', '-'], ['rootsift', '-', 'float', '-']]) == \
        'method    inliers  kind            p\n' \
        '--------  -------  --------------  -\n' \
        'orb             9  256 bits or so  -\n' \
        'rootsift        -  float           -'
