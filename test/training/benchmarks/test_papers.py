# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import shutil

import numpy as np
import pytest
from support.homography_scenes import write_scene
from support.pictures import textured
from support.posed_trees import write_video

from residual_features_ros import create_extractor
from residual_features_ros.errors import ConfigError
from residual_features_ros.model_card import SHIPPED_WEIGHTS
from training.__main__ import main
from training.benchmarks import hpatches, papers
from training.benchmarks.coverage import harmonic_mean
from training.benchmarks.reports import published
from training.benchmarks.reports.papers import HOMOGRAPHIES, data_statement, tables
from training.benchmarks.weights import find_weights

METHOD = 'residual_rootsift_small'
DATA = {'scenes': ['v_a'], 'pairs': 5, 'what': 'made'}


def rows(text):
    """Return the cells of each Markdown table in a text: [table][row][cell]."""
    found = []
    for block in text.split('\n\n'):
        if block.startswith('| method |'):
            found.append([[cell.strip() for cell in line.strip('|').split('|')]
                          for line in block.strip().splitlines()])
    return found


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    """Return the saved result of one command over made scenes and a made video, and its text."""
    root = tmp_path_factory.mktemp('papers')
    for seed, name in enumerate(('i_dome', 'v_wall')):
        write_scene(root / 'scenes' / name, seed)
    write_video(root / 'videos' / 'wall', 10)
    results = root / 'results'
    assert main(['evaluate', 'papers', '--root', str(root / 'scenes'), '--videos',
                 str(root / 'videos'), '--methods', 'orb,rootsift', '--data', 'made pictures',
                 '--out', str(results / 'made.json')]) == 0
    return json.loads((results / 'made.json').read_text()), results


def test_one_command_has_all_methods_and_metrics(run):
    result, results = run
    assert [(part['benchmark'], part['size'], part['keypoints']) for part in result['parts']] == [
        ('hpatches', [640, 480], 1000), ('hpatches', [320, 240], 300), ('rgbd', [320, 240], 512)]
    assert result['command'] == ('python -m training evaluate papers --root DIR --videos DIR '
                                 '--methods orb,rootsift')
    assert result['data'] == {'what': 'made pictures', 'scenes': ['i_dome', 'v_wall'],
                              'pairs': 10, 'videos': 1, 'frames': 10}
    assert set(result) >= {'environment', 'protocol', 'methods'}
    for part in result['parts']:
        assert list(part['summary']) == ['orb', 'rootsift']
        costs = part['cost']['rootsift']
        assert 0 < costs['keypoints'] <= part['keypoints'] and costs['milliseconds'] > 0
    names = {name for names in HOMOGRAPHIES.values() for name in names}
    for part in result['parts'][:2]:
        groups = part['summary']['rootsift']
        assert list(groups) == ['all', 'illumination', 'viewpoint']
        assert set(groups['all']) == names - {'keypoints', 'milliseconds'}
        means = groups['all']
        assert all(0 < value <= 1 for value in means.values())
        assert means['rep@3'] <= means['rep@5'] and means['mma@3'] <= means['mma@5']
        assert means['coverage@3/20'] < means['coverage@3/25'] <= means['coverage@5/25']
        assert means['harmonic@5/20'] == pytest.approx(harmonic_mean(
            [means['rep@5'], means['mma@5'], means['coverage@5/20']]), abs=1e-4)
    assert list(result['parts'][2]['summary']['orb']) == ['1', '2', '4', '8', 'mean']
    text = results.joinpath('made.md').read_text()
    assert str(results.parent) not in json.dumps(result) + text


def test_scores_are_those_of_the_benchmarks_alone():
    pair, size = hpatches.Pair('v_x', 2, np.array([[1.0, 0, 4], [0, 1, 0], [0, 0, 1]])), (320, 240)
    picture = textured(330, 240, seed=2)
    extractor = create_extractor('orb', 300)
    first, second = (extractor.extract(picture[:, start:start + 320].copy()) for start in (4, 0))
    alone, numbers = (scores(pair, first, second, size)
                      for scores in (hpatches.score, papers.score))
    assert alone.items() <= numbers.items()
    assert numbers['rep@3'] == alone['rep'] and numbers['coverage@3/20'] == alone['coverage']


def test_the_papers_numbers_stand_below_ours(run, tmp_path):
    _, results = run
    assert main(['reproduction', '--results', str(results), '--out', str(tmp_path / 'a.md')]) == 0
    text = (tmp_path / 'a.md').read_text()
    section = text.split("## All methods, all papers' metrics")[1].split('\n## ')[0]
    assert "The data are not the papers'" in section and 'LF-Net has 312 videos' in section
    assert '`python -m training evaluate papers --root DIR --videos DIR' in section
    large, small, videos = rows(section)
    header = large[0]
    assert header[:3] == ['method', 'from', 'keypoints'] and header[2:] == list(HOMOGRAPHIES)
    assert [row[:2] for row in large[2:7]] == [
        ['orb', '**here**'], ['orb', '**here**, illumination'], ['orb', '**here**, viewpoint'],
        ['orb', 'Residual, Table 1'], ['rootsift', '**here**']]
    column = header.index('MS')
    assert large[5][column] == '.200' and 0 < float(large[2][column]) <= 1
    assert large[9][:2] == ['sift', 'Residual, Table 1']  # the counterpart of rootsift
    found = {(row[0], row[1].split(',')[0]): row for row in large}
    assert found['posfeat', 'PoSFeat'][header.index('MMA score')] == '.775 (.826 / .728)'
    assert found['goodpoint', 'GoodPoint'][header.index('coverage@3, 20 and 25 px')] == \
        '-; .60 / .41'
    assert len(small[0]) == len(header)
    assert videos[0][4:] == ['MS, gap 1', 'MS, gap 2', 'MS, gap 4', 'MS, gap 8', 'MS',
                             'rep@5', 'recall']
    assert videos[-1][:4] == ['lfnet', 'LF-Net, section 3.3, Titan X', '-', '16']


def test_every_published_number_has_a_column():
    columns = {name for names in HOMOGRAPHIES.values() for name in names}
    for row in (*published.LARGE, *published.SMALL):
        assert set(row.numbers) <= columns


def test_images_read_from_the_cache_have_no_time():
    part = {'benchmark': 'hpatches', 'size': (640, 480), 'keypoints': 1000,
            'summary': {'orb': {'all': {'ms': 0.5}}},
            'cost': {'orb': {'keypoints': 900.4, 'milliseconds': None}}}
    table = rows('\n\n'.join(tables({'data': DATA, 'parts': [part]})))[0]
    assert table[2][2:4] == ['900', '-'] and table[2][table[0].index('MS')] == '.500'


def test_on_hpatches_itself_the_data_are_the_papers():
    assert "not the papers'" in data_statement(DATA)
    assert "not the papers'" not in data_statement({**DATA, 'scenes': ['v_a'] * 116})


def test_a_folder_without_videos_is_named_at_once(tmp_path, capsys):
    (tmp_path / 'empty').mkdir()
    assert main(['evaluate', 'papers', '--root', 'nowhere', '--methods', 'orb', '--videos',
                 str(tmp_path / 'empty')]) == 2
    assert str(tmp_path / 'empty') in capsys.readouterr().err


def test_a_method_takes_the_first_folder_with_its_weights(tmp_path, caplog):
    first, second = tmp_path / 'first', tmp_path / 'second'
    for folder, method in ((first, 'cnn_surf'), (second, 'cnn_surf'), (second, 'cnn_sift')):
        folder.mkdir(exist_ok=True)
        (folder / f'{method}.json').write_text('{}')
    assert find_weights(['orb', 'cnn_surf', 'cnn_sift'], f'{first},{second}') == {
        'orb': '', 'cnn_surf': str(first), 'cnn_sift': str(second)}
    assert not caplog.records
    assert find_weights([METHOD, 'cnn_surf'], str(first)) == {METHOD: '', 'cnn_surf': str(first)}
    assert f'{METHOD}: not in the folders of --weights' in caplog.text
    with pytest.raises(ValueError, match=r'no weights of cnn_sift: name the folders'):
        find_weights(['orb', 'cnn_sift', 'cnn_surf'], str(first))
    with pytest.raises(ValueError, match='second: no weights of residual'):
        find_weights([METHOD], str(second))
    with pytest.raises(ConfigError, match='unknown method'):
        find_weights(['orbb'], '')


def test_a_method_without_weights_is_named_before_anything_runs(tmp_path, capsys):
    weights = shutil.copytree(SHIPPED_WEIGHTS, tmp_path / 'weights')
    write_scene(tmp_path / 'scenes' / 'v_a', 0)
    assert main(['evaluate', 'papers', '--root', str(tmp_path / 'scenes'), '--methods',
                 f'orb,{METHOD},cnn_sift,cnn_surf', '--weights', str(weights)]) == 2
    assert 'error: no weights of cnn_sift, cnn_surf: name the folders' in capsys.readouterr().err
