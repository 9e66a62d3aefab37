# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import re

import cv2
import numpy as np
import pytest
from support.paths import ROOT
from support.pictures import textured

from training.__main__ import main
from training.benchmarks.reports import paper
from training.benchmarks.reports.reproduction import read_results, table_pages
from training.benchmarks.reports.sections import kind

RESULTS = ROOT / 'training' / 'results'
LARGE, SMALL = (f'tables/hpatches-oxford-{size}.md' for size in ('640x480', '320x240'))
STUDY = {
    'protocol': {'device': 'cpu', 'threads': 2, 'settings': {'optim': {'steps': 50}}},
    'runs': {'fused': {'steps': [0, 25, 50], 'seconds': [0, 3, 6.4], 'score': [0.5, 0.6, 0.7]},
             'no_fusion': {'steps': [0, 50], 'seconds': [0, 5.6], 'score': [0.0, 0.45]},
             'superpoint': {'steps': [0, 50], 'score': [0.0, 0.4]}},
    'factor': {'no_fusion': {'score': 0.45, 'steps': {'rival': 50, 'fused': 0, 'factor': None}},
               'superpoint': 12.5},
    'commit': 'abc1234', 'command': 'python -m training study data.images=DIR',
}


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a copy of the committed results."""
    results = tmp_path / 'results'
    results.mkdir()
    for path in RESULTS.glob('*.json'):
        (results / path.name).write_bytes(path.read_bytes())
    return results


def rows(text):
    """Return the first table of a text as lists of cells."""
    table = []
    for line in text.splitlines():
        if line.startswith('|'):
            table.append([cell.strip() for cell in line.strip('|').split('|')])
        elif table:
            return table
    return table


def test_the_document_is_what_the_committed_results_give(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    out, accuracy = tmp_path / 'new' / 'reproduction', tmp_path / 'accuracy.md'
    text = (ROOT / 'docs' / 'accuracy.md').read_text()
    accuracy.write_text(text)
    assert main(['reproduction', '--out', str(out), '--accuracy', str(accuracy)]) == 0
    assert f'from {len(list(RESULTS.glob("*.json")))} results' in capsys.readouterr().out
    there = ROOT / 'docs' / 'reproduction'
    made, saved = ({path.relative_to(folder).as_posix() for path in folder.rglob('*.md')}
                   for folder in (out, there))
    assert made == saved
    for page in made:
        assert (there / page).read_text() == (out / page).read_text(), \
            'run: python -m training reproduction'
    assert text == accuracy.read_text(), \
        'run: python -m training reproduction --accuracy docs/accuracy.md'
    accuracy.write_text('no marks')
    assert main(['reproduction', '--out', str(out), '--accuracy', str(accuracy)]) == 2


def test_the_document_skips_no_result_and_no_method():
    results = read_results(RESULTS)
    pages = table_pages(results)
    assert len(pages) == len(results) + 1
    for name, result in results.items():
        text = pages[f'tables/{name}.md']
        title = text.splitlines()[0].removeprefix('# ')
        assert f'\n- [{title}](tables/{name}.md)\n' in pages['tables.md']
        assert f'`training/results/{name}.json`' in text
        for method in result.get('methods', result.get('factor', ())):
            assert f'| {method} |' in text
    assert {kind(result) for result in results.values()} >= {'hpatches', 'rotation'}


def test_a_page_of_tables_has_one_title():
    for name, text in table_pages(read_results(RESULTS)).items():
        assert re.findall(r'^# .*', text, re.M) == text.splitlines()[:1], name


def test_a_page_says_what_its_own_data_and_deviations_are():
    pages = table_pages(read_results(RESULTS))
    assert 'HPatches was absent' in pages[LARGE] and '- **data**: ' in pages[LARGE]
    rotation = pages['tables/rotation-fountain-480x480.md']
    assert 'HPatches was absent' not in rotation
    assert re.findall(r'^- \*\*(\w+)\*\*', rotation, re.M) == ['rotation']
    assert '## Deviations' not in pages['tables/stereo-posed-1240x480.md']


@pytest.mark.parametrize('path', sorted(RESULTS.glob('*.json')), ids=lambda path: path.stem)
def test_committed_results_are_small_clean_and_without_paths(path):
    text = path.read_text()
    assert len(text) < 130_000 and '"pairs": {' not in text
    assert not re.search(r'"[^"]*(/work|/home|/tmp|/root)/', text)
    result = json.loads(text)
    assert 'dirty' not in result.get('environment', {}).get('commit', result.get('commit', ''))


def test_the_papers_rows_stand_beside_ours(folder):
    results = read_results(folder)
    table = rows(table_pages(results)[LARGE])
    assert table[0] == ['method', 'paper', 'ours', 'command', 'commit', 'deviations']
    found = {row[0]: row for row in table[2:]}
    assert set(paper.TABLE_1[640, 480, 1000]) <= set(found)
    assert found['residual_sift'][1] == '.547 .859 .933 .407 (1.41)'  # .407 / .289
    assert found['superpoint'][1] == '.509 .834 .900 .281'
    for method, numbers in results['hpatches-oxford-640x480']['summary'].items():
        if results['hpatches-oxford-640x480']['methods'][method].get('fusion') == 'windows':
            assert method not in found
            continue
        assert found[method][2].split()[3] == f'{numbers["all"]["ms"]:.3f}'.lstrip('0')
        assert found[method][3].endswith(f'--max-keypoints 1000 --methods {method}`')
        assert found[method][5].startswith('data, protocol')


def test_this_packages_own_models_stand_in_a_table_of_their_own(folder):
    path = folder / 'hpatches-oxford-320x240.json'
    result = json.loads(path.read_text())
    for part in ('summary', 'methods'):  # under a name of the paper
        result[part]['residual_sift'] = result[part]['residual_rootsift_small']
    path.write_text(json.dumps(result))
    text = table_pages(read_results(folder))[SMALL]
    found = {row[0]: row for row in rows(text)}
    assert found['residual_sift'][2] == 'not measured'
    assert found['rootsift'][1] == '-' and found['rootsift'][5] == 'data, protocol'
    made = {row[0]: row for row in rows(text.split('own model, which is no')[1])}
    assert made['residual_sift'][1] == '-' and 'windows' in made['residual_sift'][5]
    assert made['residual_sift'][2].startswith('.445 .820')


def test_what_another_hand_wrote_is_not_replaced(tmp_path, capsys):
    page = tmp_path / 'residual.md'
    page.write_text('mine')
    assert main(['reproduction', '--results', str(RESULTS), '--out', str(tmp_path)]) == 2
    assert f'{page}: not written by this command' in capsys.readouterr().err
    assert page.read_text() == 'mine' and list(tmp_path.iterdir()) == [page]


def test_on_hpatches_itself_the_data_is_no_deviation(folder):
    for path in folder.glob('*.json'):
        result = json.loads(path.read_text())
        if kind(result) != 'hpatches':
            path.unlink()
            continue
        result['data'] = {'what': 'HPatches', 'scenes': ['i_x'] * 57 + ['v_x'] * 59, 'pairs': 580}
        for parts in result['summary'].values():
            parts |= {'illumination': parts['all'], 'viewpoint': parts['all']}
        path.write_text(json.dumps(result))
    text = ''.join(table_pages(read_results(folder)).values())
    assert 'HPatches was absent' not in text and '**data**' not in text
    assert 'HPatches: 116 scenes, 580 pairs.' in text
    assert '| orb | illumination |' in text and '| orb | viewpoint |' in text


def test_a_study_is_shown(folder):
    (folder / 'study-convergence.json').write_text(json.dumps(STUDY))
    text = table_pages(read_results(folder))['tables/study-convergence.md']
    table = rows(text)
    assert table[2][:3] == ['no_fusion', '-',
                            'score 0.45, steps rival 50, steps fused 0, steps factor never']
    assert table[3][1:5] == [paper.CONVERGENCE, '12.5', f'`{STUDY["command"]}`', 'abc1234']
    assert '| fused | 0.500 | 0.600 | 0.700 | 6 |' in text
    assert '| superpoint | 0.000 | - | 0.400 | - |' in text
    assert 'device: cpu, threads: 2.' in text and '**convergence**' in text


def test_a_study_that_lacks_parts_is_shown_too(folder):
    (folder / 'study-convergence.json').write_text(json.dumps({'runs': {'fused': {}}}))
    page = table_pages(read_results(folder))['tables/study-convergence.md']
    assert 'Protocol not stated' in page


@pytest.mark.parametrize('content', ['', '{', '[]', '{}', '{"benchmark": "other"}'])
def test_a_file_that_is_no_result_is_an_error(folder, content, tmp_path, capsys):
    (folder / 'zz.json').write_text(content)
    assert main(['reproduction', '--results', str(folder), '--out', str(tmp_path / 'a')]) == 2
    assert f'error: {folder / "zz.json"}: not a saved result' in capsys.readouterr().err


def test_a_folder_without_results_is_an_error(tmp_path, capsys):
    assert main(['reproduction', '--results', str(tmp_path), '--out', str(tmp_path / 'a')]) == 2
    assert 'no results (*.json)' in capsys.readouterr().err


def test_from_images_to_the_document(tmp_path):
    scene, results = tmp_path / 'scenes' / 'v_made', tmp_path / 'results'
    scene.mkdir(parents=True)
    for number in range(1, 7):
        cv2.imwrite(str(scene / f'{number}.ppm'), textured(160, 120, seed=3))
        np.savetxt(scene / f'H_1_{number}', np.eye(3))
    assert main(['evaluate', 'hpatches', '--root', str(tmp_path / 'scenes'), '--methods', 'orb',
                 '--size', '160x120', '--max-keypoints', '60', '--brief', '--data', 'made',
                 '--out', str(results / 'made.json')]) == 0
    assert main(['reproduction', '--results', str(results), '--out', str(tmp_path / 'a')]) == 0
    text = (tmp_path / 'a' / 'tables' / 'made.md').read_text()
    assert "HPatches' layout, not a table of the paper, 160x120, 60 keypoints" in text
    assert 'made: 1 scenes, 5 pairs' in text and 'One pair moves Cor by 0.200' in text
