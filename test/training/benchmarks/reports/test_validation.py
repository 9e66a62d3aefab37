# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from training.benchmarks.reports.validation import (
    OF_HOMOGRAPHIES,
    OF_VIDEOS,
    groups,
    markdown,
    section,
    sign_tests,
    summarise,
    text,
)


def frames(source, **numbers):
    """Return the row of a pair of frames; what is not given is None."""
    return {'sources': (source,), **dict.fromkeys(OF_VIDEOS), **numbers}


# With poses epi@3 and rotation are known; inliers are everywhere.
FIRST = [frames('posed', inliers=10, rotation_deg=1, **{'epi@3': 0.5}),
         frames('posed', inliers=20, rotation_deg=2, **{'epi@3': 0.7}),
         frames('posed', inliers=30, rotation_deg=9, **{'epi@3': 0.9}), frames('drive', inliers=8)]
SECOND = [frames('posed', inliers=11, rotation_deg=1, **{'epi@3': 0.6}),
          frames('posed', inliers=20, rotation_deg=2, **{'epi@3': 0.6}),
          frames('posed', inliers=33, rotation_deg=9, **{'epi@3': 1.0}),
          frames('drive', inliers=4)]


def results(kind, rows):
    return {'summary': {kind: summarise(rows)}, 'sign_tests': {kind: sign_tests(kind, rows)}}


def test_means_and_medians_of_what_is_known():
    summary = summarise({'a': FIRST})['a']
    assert list(summary) == ['all', 'posed', 'drive']
    assert summary['all'] == {'pairs': 4, 'inliers': 17, 'epi@3': pytest.approx(0.7),
                              'rotation_deg': 2}
    assert summary['drive'] == {'pairs': 1, 'inliers': 8}


def test_a_pair_counts_in_all_its_sources():
    rows = [{'sources': ('video', 'video, gap 1')}, {'sources': ('video', 'video, gap 2')}]
    assert {name: len(found) for name, found in groups(rows).items()} == {
        'all': 2, 'video': 2, 'video, gap 1': 1, 'video, gap 2': 1}


def test_each_method_is_compared_with_the_first():
    tests = sign_tests('video', {'a': FIRST, 'b': SECOND})
    assert list(tests) == ['b']
    assert tests['b']['inliers'] == {'better': 2, 'pairs': 3, 'p': 1.0}  # 20 and 20 are equal
    assert tests['b']['epi@3'] == {'better': 2, 'pairs': 3, 'p': 1.0}  # the drive has none
    assert tests['b']['mAA@10'] == {'better': 0, 'pairs': 0, 'p': 1.0}


def test_tables_in_text_and_markdown():
    made = results('video', {'a': FIRST, 'b': SECOND})
    shown = text(made)
    assert 'video: 4 pairs' in shown and 'posed (3)  drive (1)' in shown
    assert 'video: pairs in which a method is better than a' in shown
    assert '2 of 3, p 1.000' in shown
    written = markdown(made, 'A title')
    assert written.startswith('# A title\n') and '## video: 4 pairs' in written
    assert '| a | - | - | 17 | 0.700 | 2.000 | - | - | - |' in written
    assert '| b | 21.3 | 4.000 |' in written


def test_one_method_alone_has_no_sign_test():
    row = {'sources': ('made',), **dict.fromkeys(OF_HOMOGRAPHIES, 0.5)}
    made = results('stills', {'a': [row]})
    assert made['sign_tests'] == {'stills': {}} and 'better than' not in text(made)


def test_a_section_says_what_where_and_how():
    made = section({**results('video', {'a': FIRST, 'b': SECOND}), 'command': 'the command',
                    'protocol': {'size': [640, 480], 'max_keypoints': 1000},
                    'data': {'what': 'some frames'}, 'environment': {'commit': 'abc'}})
    assert made[0] == '## Validation, 640x480, 1000 keypoints'
    assert made[1].startswith('some frames; no table of the paper.')
    assert made[-1] == '`the command`, commit abc.'
