# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The report's page; in a browser it was looked at by eye."""
import re

from residual_features_ros.tools.evaluate_bag.gaps import GapResult
from residual_features_ros.tools.evaluate_bag.html import write_html
from residual_features_ros.tools.evaluate_bag.report import Report
from residual_features_ros.tools.evaluate_bag.sign_test import QUANTITIES, Split

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
    assert 'further apart' not in page


def test_the_best_of_each_gap_are_marked(tmp_path):
    gaps = {gap: GapResult({'a<b': {'pairs': 4, 'inliers': inliers, 'accurate_share': share},
                            'c': {'pairs': 4, 'inliers': 7.0, 'accurate_share': 0.75}},
                           {'c': {name: Split(1, 3) for name, *_ in QUANTITIES}})
            for gap, inliers, share in ((2, 9.0, 0.75), (8, 5.0, 0.5))}
    write_html(tmp_path / 'report.html', Report(
        'bag', {'a<b': {}, 'c': {}}, {}, {}, {}, [], gaps=gaps), {}, {})
    page = (tmp_path / 'report.html').read_text()
    assert re.findall('class=best>([^<]*)<', page) == ['9', '7', '0.750']
    for words in ('<h2>Pairs of images further apart</h2>', '<td>gap 2: a&lt;b</td>',
                  '<td>gap 8: than c</td><td>1 of 3, p 1.000</td>', 'less than 1 degree off'):
        assert words in page
