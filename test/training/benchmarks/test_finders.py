# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import importlib.util

import numpy as np
import pytest

from residual_features_ros.errors import ConfigError
from residual_features_ros.keypoints.table import DETECTORS
from residual_features_ros.mask import as_mask
from residual_features_ros.rows.pyramid import View
from training.benchmarks import finders
from training.benchmarks.finders import FINDERS, KAZE, OpenFinder, find_kaze

HAS_SURF = importlib.util.find_spec('mahotas')
KINDS = [name for name in FINDERS if name != 'surf' or HAS_SURF]


@pytest.fixture
def view(image):
    return View(np.ascontiguousarray(image[..., 1]))


def test_every_finder_of_the_table_of_detectors_is_compared():
    compared = [finder.detector for finder in FINDERS.values() if finder.detector != KAZE]
    assert {DETECTORS[name].finder for name in compared} == {
        row.finder for row in DETECTORS.values()}


@pytest.mark.parametrize('name', KINDS)
def test_a_finder_finds_with_and_without_describing(name, view):
    finder = OpenFinder(name, 150, {})
    found = finder.find(view)
    assert 50 < len(found) <= 150 and (np.diff(found.responses) <= 0).all()
    # What describes beside can be timed without it.
    assert bool(found.descriptors.shape[1]) == (finder.finder.alone is not None)
    finder.find_alone(view)


def test_first_octaves_are_settings_of_a_finder(view):
    for name, key in (('sift', 'sift_first_octave'), ('hessian', 'hessian_first_octave')):
        found = {dict(finder.settings)[key] for kind, finder in FINDERS.items()
                 if kind.startswith(name)}
        assert len(found) == 2
    least = [OpenFinder(name, 100, {}).find(view).octaves.min()
             for name in ('hessian_octave0', 'hessian_octave1')]
    assert least == [0, 1]


def test_kaze_obeys_a_mask(view):
    allowed = np.zeros(view.grey.shape, np.uint8)
    allowed[:, :160] = 1
    found = find_kaze(view, 100, OpenFinder('kaze', 100, {}).config, as_mask(allowed))
    assert 20 < len(found) <= 100 and found.keypoints[:, 0].max() < 160


def test_what_cannot_be_compared_is_said():
    with pytest.raises(ConfigError, match='did you mean akaze or kaze'):
        OpenFinder('akase', 100, {})
    with pytest.raises(ValueError, match='--set sift_first_octave: sift has its own'):
        OpenFinder('sift', 100, {'sift_first_octave': 0})
    assert OpenFinder('akaze', 100, {'akaze_threshold': 1e-3}).config.akaze_threshold == 1e-3


def test_a_package_that_is_not_there_is_named(monkeypatch):
    def missing(name):
        raise ImportError('pip install mahotas')

    monkeypatch.setattr(finders, 'create_detector', missing)
    with pytest.raises(ValueError, match='surf: pip install mahotas; or leave it out'):
        OpenFinder('surf', 100, {})
