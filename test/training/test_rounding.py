# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import math

from training.rounding import rounded


def test_numbers_are_saved_with_six_digits_and_all_else_as_it_is():
    saved = {'recall': 0.4724993152212515, 'px': (1234567.89, 2e-11 / 3), 'count': 123456789,
             'text': '0.123456789', 'none': None, 'right': True}
    assert rounded(saved) == {'recall': 0.472499, 'px': [1234570.0, 6.66667e-12],
                            'count': 123456789, 'text': '0.123456789', 'none': None,
                            'right': True}
    assert math.isnan(rounded([math.nan])[0])
