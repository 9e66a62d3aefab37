# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The report's page; in a browser it was looked at by eye."""
import re

from residual_features_ros.tools.evaluate_bag.html import write_html
from residual_features_ros.tools.evaluate_bag.report import Report

METHODS = {'a<b': {'inliers': 12.2, 'rotation_deg': 0.1, 'keypoints': 9.0},
           'c': {'inliers': 11.8, 'rotation_deg': float('nan'), 'keypoints': 8.0},
           'd': {'inliers': 3.0, 'rotation_deg': 0.3, 'keypoints': 7.0}}


def test_the_best_numbers_are_those_that_look_best(tmp_path):
    report = Report('bag', METHODS, {'evaluated': 0, 'lost': 0}, {}, {}, ['a "note" & more'])
    write_html(tmp_path / 'report.html', report, {}, {})
    page = (tmp_path / 'report.html').read_text()
    assert re.findall('class=best>([^<]*)<', page) == ['12', '0.100', '12']
    assert 'a&lt;b' in page and 'a &quot;note&quot; &amp; more' in page
    assert '<td>evaluated</td><td>0</td>' in page and 'lost' not in page
