# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import pytest
from support.paths import ROOT

from training.__main__ import main
from training.benchmarks.reports.speed_quality import Point, labels, points

QUALITY = {'data': {'pairs': 20}, 'summary': {
    name: {'all': {'correct': correct}} for name, correct in (
        ('orb', 50.0), ('superpoint', 60.0), ('residual_hessian', 90.0), ('akaze', 70.0))}}
SPEED = {'size': [640, 480], 'max_keypoints': 1000, 'reference': 'opencv_sift', 'methods': {
    name: {'figures': {'core_ms': {'frame': ms}}} for name, ms in (
        ('opencv_sift', 100.0), ('superpoint', 150.0), ('residual_hessian', 40.0), ('orb', 10.0),
        ('sift', 60.0))}}


@pytest.fixture
def saved(tmp_path):
    """Return the options that name two saved results."""
    words = []
    for name, result in (('quality', QUALITY), ('speed', SPEED)):
        path = tmp_path / f'{name}.json'
        path.write_text(json.dumps(result))
        words += [f'--{name}', str(path)]
    return words


def test_points_are_the_methods_of_both_results_over_the_reference():
    assert points(QUALITY, SPEED) == [
        Point('orb', 'hand-crafted', 0.1, 50.0),
        Point('residual_hessian', 'this package', 0.4, 90.0),
        Point('superpoint', 'learned whole', 1.5, 60.0)]
    across, up = labels(QUALITY, SPEED)
    assert 'opencv_sift (640x480, 1000 keypoints)' in across and '20 pairs' in up


def test_a_picture_is_drawn_and_not_replaced(saved, tmp_path, capsys):
    out = tmp_path / 'new' / 'plot.png'
    assert main(['speed-quality', *saved, '--out', str(out)]) == 0
    assert 'orb, residual_hessian, superpoint' in capsys.readouterr().out
    before = out.read_bytes()
    assert cv2.imread(str(out)).shape[1] > 900
    assert main(['speed-quality', *saved, '--out', str(out)]) == 2
    assert 'nothing is replaced' in capsys.readouterr().err and out.read_bytes() == before


@pytest.mark.parametrize(('result', 'words'), [
    ({}, "it has no 'reference'"), ([], "it has no 'reference'"),
    ({**SPEED, 'methods': {'opencv_sift': SPEED['methods']['opencv_sift']}},
     'no method in common')])
def test_what_does_not_fit_is_an_error(result, words, saved, tmp_path, capsys):
    (tmp_path / 'speed.json').write_text(json.dumps(result))
    assert main(['speed-quality', *saved, '--out', str(tmp_path / 'plot.png')]) == 2
    assert words in capsys.readouterr().err and not (tmp_path / 'plot.png').exists()


def test_the_shipped_results_are_the_defaults(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert main(['speed-quality', '--out', str(tmp_path / 'plot.png')]) == 0
    assert {'orb', 'rootsift', 'superpoint', 'residual_hessian_small'} <= set(
        capsys.readouterr().out.replace(',', '').split())
