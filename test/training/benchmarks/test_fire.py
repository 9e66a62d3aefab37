# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest
from support.retinas import write_pairs

from residual_features_ros.types import Features
from training.__main__ import main
from training.benchmarks import fire
from training.benchmarks.coverage import coverage

SHIFT = np.array([[1.0, 0, 10], [0, 1, 0], [0, 0, 1]])


def features(points, rows):
    count = len(points)
    return Features(np.array(points, np.float32), *np.ones((3, count), np.float32),
                    np.zeros(count, np.int32), np.array(rows, np.float32), (200, 150))


def test_the_numbers_of_a_pair_by_hand():
    e = np.eye(4)
    far = 0.6 * e[3] + 0.8 * e[2]  # sqrt(2 - 2 * .6) = .89 from e[3], .63 from e[2]
    first = features([[50, 50], [80, 50], [20, 70], [100, 100]], [e[0], e[1], e[2], e[3]])
    second = features([[64, 50], [86, 56], [30, 70], [110, 100]], [e[0], e[1], e[2], far])
    found = fire.score(SHIFT, first, second, 5, None)
    # There 2 of 3 are right, 4 px and 0 px off. Back far's neighbour, e[2], is wrong: 2 of 4.
    assert found['accuracy'] == pytest.approx((2 / 3 + 2 / 4) / 2)
    assert found['replication'] == pytest.approx(3 / 4)
    # Right mutual ones are the first and the third: far's neighbour is e[2], which has another.
    starts, ends = np.array([[50.0, 50], [20, 70]]), np.array([[64.0, 50], [30, 70]])
    assert found['coverage'] == pytest.approx(
        (coverage(starts, (200, 150), 25) + coverage(ends, (200, 150), 25)) / 2)
    assert fire.score(SHIFT, first, second, 3, None)['accuracy'] == pytest.approx(
        (1 / 3 + 1 / 4) / 2)


def test_what_is_off_the_retina_is_left_out():
    mask = np.zeros((150, 200), bool)
    mask[:, :100] = True
    seen = fire.on_retina(features([[99.4, 10], [99.6, 10], [0, 149.4]], np.eye(3)), mask)
    assert seen.keypoints[:, 0].tolist() == pytest.approx([99.4, 0])
    points = features([[50, 50]], [[1, 0]])
    moved = features([[60, 50]], [[1, 0]])
    assert fire.score(SHIFT, points, moved, 5, mask)['coverage'] == pytest.approx(
        2 * fire.score(SHIFT, points, moved, 5, None)['coverage'])


def test_harmonic_means_are_those_of_the_table():
    """GoodPoint's Table 3."""
    for numbers, mean in (((0.78, 0.66, 0.82), 0.75), ((0.79, 0.70, 0.82), 0.77),
                          ((0.84, 0.54, 0.86), 0.71)):
        rows = [dict(zip(fire.NUMBERS, numbers, strict=True))] * 2
        assert round(fire.summarise({'goodpoint': rows})['goodpoint']['harmonic'], 2) == mean


def test_the_command_evaluates_a_made_tree(tmp_path, capsys):
    write_pairs(tmp_path / 'FIRE')
    out = tmp_path / 'fire.json'
    words = ['evaluate', 'fire', '--root', str(tmp_path / 'FIRE'), '--methods', 'rootsift',
             '--size', '160x128', '--max-keypoints', '200']
    assert main([*words, '--out', str(out)]) == 0
    assert '| method | accuracy | coverage | replication | harmonic mean |' \
        in capsys.readouterr().out
    saved = json.loads(out.read_text())
    assert saved['data']['pairs'] == 2
    assert [row['pair'] for row in saved['pairs']['rootsift']] == ['A01', 'S02']
    numbers = saved['summary']['rootsift']
    assert all(0.5 < numbers[name] <= 1 for name in ('accuracy', 'replication', 'harmonic'))
    (tmp_path / 'FIRE' / 'Masks' / 'feature_mask.png').unlink()
    assert main([*words, '--out', str(tmp_path / 'whole.json'), '--brief']) == 0
    whole = json.loads((tmp_path / 'whole.json').read_text())
    assert whole['summary'] != saved['summary'] and 'pairs' not in whole
    assert main(['evaluate', 'fire', '--root', str(tmp_path), '--methods', 'orb']) == 2
    assert 'no FIRE there' in capsys.readouterr().err
