# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest

pytest.importorskip('matplotlib', reason='matplotlib is not installed')
from matplotlib.figure import Figure

from residual_features_ros.tools.evaluate_bag.gap_plots import draw, gap_plots, write_gap_plot
from residual_features_ros.tools.evaluate_bag.gap_plots import known_panels as known
from residual_features_ros.tools.evaluate_bag.gaps import GapResult

NAN = float('nan')


def results(shares):
    """Return results of two methods at gaps 1, 4, 32; the last one has no pairs."""
    found = {gap: {'a': {'inliers': 100 / gap, 'accurate_share': share},
                   'b': {'inliers': 50 / gap, 'accurate_share': share / 2}}
             for gap, share in zip((1, 4), shares, strict=True)}
    found[32] = {name: {'inliers': NAN, 'accurate_share': NAN} for name in 'ab'}
    return {gap: GapResult(methods, {}) for gap, methods in found.items()}


def test_each_method_is_a_line_over_the_gap():
    figure, given = Figure(layout='constrained'), results((1.0, 0.8))
    draw(figure, given, known(given))
    inliers, accurate = figure.axes
    assert [line.get_label() for line in accurate.lines] == ['a', 'b']
    assert accurate.lines[1].get_xdata().tolist() == [1, 4, 32]
    np.testing.assert_array_equal(accurate.lines[1].get_ydata(), [0.5, 0.4, NAN])
    np.testing.assert_array_equal(inliers.lines[0].get_ydata(), [100, 25, NAN])
    assert [tick.get_text() for tick in inliers.get_xticklabels()] == ['1', '4', '32']
    assert inliers.get_ylim()[0] == 0 and accurate.get_ylim() == (0, 1.02)


def test_pictures_of_what_is_known(tmp_path, capsys):
    assert list(gap_plots(results((1.0, 0.8)))) == ['Inliers by gap', 'Accurate poses by gap']
    plots = gap_plots(results((NAN, NAN)))  # no ground truth
    assert list(plots) == ['Inliers by gap']
    assert cv2.imdecode(np.frombuffer(plots['Inliers by gap'], np.uint8), 0).shape == (408, 600)
    write_gap_plot(tmp_path / 'gaps.png', results((1.0, 0.8)))
    assert cv2.imread(str(tmp_path / 'gaps.png')).shape == (480, 1200, 3)
    assert 'gaps.png' in capsys.readouterr().out


def test_of_nothing_there_is_no_picture(tmp_path):
    assert gap_plots({}) == {}
    write_gap_plot(tmp_path / 'gaps.png', {})
    assert not list(tmp_path.iterdir())
