# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import numpy as np
import pytest
from support.paths import ROOT
from support.pictures import textured

from training.__main__ import main
from training.benchmarks.seeds import groups, of_lines, summarise

RESULTS = ROOT / 'training' / 'results'
METHODS = ('sift', 'residual_sift', 'cnn_sift')


def write(path, recall, sha256, size=(640, 480), data='same', methods=METHODS):
    """Write a result of HPatches: sift, and two networks of one seed."""
    summary = {method: {'all': {'recall': recall + number / 10, 'correct': 10.0},
                        'v_scene': {'recall': 0.0}} for number, method in enumerate(methods)}
    networks = {method: {'weights_sha256': f'{method}{sha256}', 'steps': 59_000}
                for method in methods if method != 'sift'}
    path.write_text(json.dumps({
        'benchmark': 'hpatches', 'command': 'python -m training evaluate hpatches --root DIR',
        'environment': {'commit': f'commit{sha256}'},
        'protocol': {'size': size, 'max_keypoints': 1000, 'weights': 'DIR'},
        'methods': {**{method: {} for method in methods}, **networks}, 'data': {'what': data},
        'summary': summary}))
    return str(path)


def test_seeds_have_means_and_ranges(tmp_path, capsys):
    paths = [write(tmp_path / f'{seed}.json', recall, seed)
             for seed, recall in enumerate((0.2, 0.3, 0.7))]
    out = tmp_path / 'new' / 'seeds.json'
    assert main(['ablation', *paths, '--out', str(out), '--data', "The paper's schedule."]) == 0
    found = json.loads(out.read_text())
    assert (found['benchmark'], found['of']) == ('seeds', 'hpatches')
    assert found['command'] == ('python -m training ablation RESULTS/0.json RESULTS/1.json '
                                'RESULTS/2.json --out FILE')
    assert list(found['summary']) == ['all'] and found['trained'] == "The paper's schedule."
    assert found['summary']['all']['residual_sift']['recall'] == pytest.approx(
        {'mean': 0.5, 'least': 0.3, 'most': 0.8, 'seeds': 3})
    assert found['methods']['cnn_sift'] == {
        'steps': [59_000] * 3, 'weights_sha256': ['cnn_sift0', 'cnn_sift1', 'cnn_sift2']}
    assert found['methods']['sift'] == {'steps': [], 'weights_sha256': []}
    assert '0.500 (0.300 to 0.800)' in capsys.readouterr().out
    assert str(tmp_path) not in out.read_text()


def test_each_method_may_have_files_of_its_own(tmp_path):
    paths = [write(tmp_path / f'{seed}{method}.json', 0.1 * seed, seed, methods=(method,))
             for seed in range(2) for method in METHODS[1:]]
    out = tmp_path / 'seeds.json'
    assert main(['ablation', *paths, '--out', str(out)]) == 0
    found = json.loads(out.read_text())
    for method in METHODS[1:]:
        assert found['summary']['all'][method]['recall'] == pytest.approx(
            {'mean': 0.05, 'least': 0, 'most': 0.1, 'seeds': 2})
        assert len(found['methods'][method]['weights_sha256']) == 2
    assert main(['ablation', *paths, paths[-1], '--out', str(out)]) == 2


def test_what_cannot_be_compared_is_refused(tmp_path, capsys):
    one = write(tmp_path / 'one.json', 0.2, 1)
    (tmp_path / 'none.json').write_text('{}')
    out = ['--out', str(tmp_path / 'out.json')]
    for others, message in (
            ([write(tmp_path / 'size.json', 0.2, 2, size=(320, 240))], 'differ in protocol'),
            ([write(tmp_path / 'data.json', 0.2, 2, data='other')], 'differ in data'),
            ([write(tmp_path / 'same.json', 0.3, 1)], 'residual_sift: two of these results are'),
            ([str(tmp_path / 'none.json')], 'none.json: no result to compare'),
            ([str(tmp_path / 'missing.json')], 'missing.json: no result to compare'),
            ([str(tmp_path)], 'not of both')):
        assert main(['ablation', one, *others, *out]) == 2
        assert message in capsys.readouterr().err
    assert not (tmp_path / 'out.json').exists()


def test_lines_of_scenes_are_averaged_by_what_else_they_are_told_by():
    lines = [{'scene': scene, 'method': 'sift', 'images': images, 'ratio': 0.8,
              'track': float('nan') if scene == 'a' else track, 'mAA@5': number}
             for scene, images, track, number in (
                 ('a', '5', 1.0, 0.2), ('b', '5', 3.0, 0.4), ('a', '10', 4.0, 0.6))]
    found = of_lines(lines)
    assert found == {'all, 5': {'sift': pytest.approx({'ratio': 0.8, 'mAA@5': 0.3, 'track': 3})},
                     'all, 10': {'sift': {'ratio': 0.8, 'mAA@5': 0.6}}}


def test_a_number_that_a_seed_lacks_is_that_of_the_others():
    found = summarise([{'sift': {'track': 3.0, 'mAA@5': 0.5}}, {'sift': {'mAA@5': 0.7}}])
    assert found['sift']['track'] == {'mean': 3, 'least': 3, 'most': 3, 'seeds': 1}
    assert found['sift']['mAA@5'] == pytest.approx(
        {'mean': 0.6, 'least': 0.5, 'most': 0.7, 'seeds': 2})


@pytest.mark.parametrize(('name', 'expected'), [
    ('hpatches-oxford-640x480', {'all'}), ('validation-640x480', {'stills', 'exposure', 'video'}),
    ('stereo-posed-1240x480', {'all, essential', 'all, lmeds'}),
    ('multiview-posed-1240x480', {'all, 5', 'all, 10'}), ('localisation-posed-1240x480', {'all'}),
    ('reconstruction-posed-1240x480', {'all'})])
def test_the_results_of_each_benchmark_are_read(name, expected):
    result = json.loads((RESULTS / f'{name}.json').read_text())
    found = groups(result)
    assert expected <= set(found)
    for methods in found.values():
        assert set(methods) == set(result['methods']) and all(methods.values())


def test_from_images_to_the_table(tmp_path, capsys):
    scene, paths = tmp_path / 'scenes' / 'v_made', []
    scene.mkdir(parents=True)
    for number in range(1, 7):
        cv2.imwrite(str(scene / f'{number}.ppm'), textured(160, 120, seed=3))
        np.savetxt(scene / f'H_1_{number}', np.eye(3))
    for seed in range(2):
        paths.append(str(tmp_path / f'{seed}.json'))
        assert main(['evaluate', 'hpatches', '--root', str(tmp_path / 'scenes'), '--methods',
                     'orb', '--size', '160x120', '--max-keypoints', '60', '--brief',
                     '--out', paths[-1]]) == 0
    capsys.readouterr()
    assert main(['ablation', *paths, '--out', str(tmp_path / 'out.json')]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == 'all' and shown[3].split()[:3] == ['orb', '-', '-']
