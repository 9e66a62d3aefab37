# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest
from support.homography_scenes import write_scene
from support.markdown import read_tables
from support.pictures import textured

from residual_features_ros.types import Features
from training.__main__ import main
from training.benchmarks.detectors import blob_biases, look, score, timed
from training.benchmarks.finders import OpenFinder
from training.benchmarks.hpatches import Pair
from training.benchmarks.reports.detectors import COLUMNS

METHODS = ('sift', 'akaze', 'hessian_octave0')
SIZE = (200, 160)


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    """Return the saved result of a run over two made scenes, and its file."""
    root = tmp_path_factory.mktemp('detectors')
    for seed, name in enumerate(('i_dome', 'v_wall')):
        write_scene(root / 'scenes' / name, seed)
    out = root / 'results' / 'made.json'
    assert main(['evaluate', 'detectors', '--root', str(root / 'scenes'), '--methods',
                 ','.join(METHODS), '--size', '200x160', '--max-keypoints', '100', '--data',
                 'made pictures', '--out', str(out)]) == 0
    return json.loads(out.read_text()), out


def test_all_figures_are_there_and_consistent(run):
    result, _ = run
    assert list(result['summary']) == list(METHODS)
    for name, parts in result['summary'].items():
        assert list(parts) == ['all', 'illumination', 'viewpoint', 'i_dome', 'v_wall']
        for numbers in parts.values():
            assert set(numbers) == set(COLUMNS)
            assert 0 < numbers['rep@1'] <= numbers['rep@3'] <= 1
            assert all(0 < numbers[key] <= 1 for key in ('ms', 'mma@3', 'recall'))
            assert all(numbers[key] > 0 for key in ('find_ms', 'find_core_ms', 'rows_core_ms'))
            assert 0 <= numbers['error_px'] < 3 and 0 <= numbers['shared'] < 1
            assert 0 < numbers['keypoints'] <= 100
            assert numbers['bias_px'] == parts['all']['bias_px'] < 0.05
        assert len(result['pairs'][name]) == 10 and len(result['images'][name]) == 12
        correct = sum(row['correct'] for row in result['pairs'][name])
        assert parts['all']['correct'] == correct > 0
    assert result['summary']['sift']['all']['shared'] > 0
    assert result['summary']['hessian_octave0']['all']['shared'] == 0


def test_it_is_saved_what_it_was_made_by(run):
    result, out = run
    assert result['command'] == (
        'python -m training evaluate detectors --root DIR --size 200x160 --max-keypoints 100 '
        f'--methods {",".join(METHODS)}')
    assert result['data'] == {'what': 'made pictures', 'scenes': ['i_dome', 'v_wall'], 'pairs': 10}
    assert result['environment'].keys() >= {'commit', 'opencv', 'numpy', 'python', 'cpu'}
    assert result['methods']['sift'] == {'detector': 'rootsift',
                                         'settings': {'sift_first_octave': -1}}
    text = out.with_suffix('.md').read_text()
    tables = read_tables(text, 'detector')
    assert len(tables) == 5 and tables[0][0] == ['detector', *COLUMNS]
    assert [row[0] for row in tables[0][2:]] == list(METHODS)
    assert str(out.parent) not in out.read_text() + text


def features_at(points):
    """Return features at points (N, 2), each with a row of its own."""
    points, number = np.array(points, np.float32), len(points)
    return Features(points, np.full(number, 4, np.float32), np.zeros(number, np.float32),
                    np.ones(number, np.float32), np.zeros(number, np.int32),
                    np.eye(8, dtype=np.float32)[:number], SIZE)


def test_numbers_of_four_points():
    shift = Pair('v_x', 2, np.array([[1.0, 0, 20], [0, 1, 0], [0, 0, 1]]))
    first = features_at([[10, 10], [50, 50], [90, 90], [190, 90]])  # the last leaves the view
    second = features_at([[30, 10.5], [70, 52], [100, 140]])
    found = score(shift, first, second, SIZE)
    assert found['rep@1'] == pytest.approx(2 * 1 / 6) and found['rep@3'] == pytest.approx(4 / 6)
    assert found['error_px'] == pytest.approx((0.5 + 2) / 2)
    assert (found['correct'], found['recall']) == (2, 1.0)
    assert found['mma@3'] == pytest.approx(2 / 3)
    assert score(shift, first, features_at([[60, 140]]), SIZE)['error_px'] is None


def test_every_finder_gets_rows_of_the_same_kind():
    grey = np.ascontiguousarray(textured(*SIZE)[..., 1])
    for name in ('sift', 'orb', 'kaze', 'hessian_octave1'):
        features, numbers = look(OpenFinder(name, 60, {}), grey)
        assert features.descriptors.shape == (len(features), 128) and len(features) > 20
        np.testing.assert_allclose(np.linalg.norm(features.descriptors, axis=1), 1, atol=1e-5)
        assert (features.angles >= 0).all() and numbers['keypoints'] == len(features)


def test_a_flat_image_has_numbers_too():
    features, numbers = look(OpenFinder('sift', 60, {}), np.full((160, 200), 90, np.uint8))
    assert len(features) == 0 and numbers['shared'] == 0 and numbers['find_core_ms'] > 0


def test_blobs_are_found_where_they_are():
    finders = {name: OpenFinder(name, 1000, {}) for name in METHODS}
    assert max(blob_biases(finders, (640, 480)).values()) < 0.05


def test_a_call_is_timed():
    result, ms, core_ms = timed(lambda: sum(range(10_000)))
    assert result == 49_995_000 and ms > 0 and core_ms > 0


def test_an_unknown_detector_is_one_sentence(capsys):
    assert main(['evaluate', 'detectors', '--root', 'nowhere', '--methods', 'brisk']) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: unknown detector 'brisk'") and error.count('\n') == 1
