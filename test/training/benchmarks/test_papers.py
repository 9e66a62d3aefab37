# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest
from support.homography_scenes import write_scene
from support.markdown import read_tables
from support.pictures import textured
from support.posed_trees import write_video

from residual_features_ros import create_extractor
from training.__main__ import main
from training.benchmarks import hpatches, papers
from training.benchmarks.coverage import harmonic_mean
from training.benchmarks.reports.papers import GOODPOINT, HOMOGRAPHIES

DATA = {'scenes': ['v_a'], 'pairs': 5, 'what': 'made'}


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
    names = {name for names in (*HOMOGRAPHIES.values(), *GOODPOINT.values()) for name in names}
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
        six = [groups[split][name] for split in ('illumination', 'viewpoint')
               for name in ('rep@3', 'accuracy@3', 'coverage@3/25')]
        assert means['harmonic of six@3/25'] == pytest.approx(harmonic_mean(six), abs=1e-4)
        assert not [name for name in groups['viewpoint'] if name.startswith('harmonic of six')]
    assert list(result['parts'][2]['summary']['orb']) == ['1', '2', '4', '8', 'mean']
    text = results.joinpath('made.md').read_text()
    assert str(results.parent) not in json.dumps(result) + text


def test_scores_are_those_of_the_benchmarks_alone():
    pair = hpatches.Pair('v_x', 2, np.array([[1.0, 0, 4], [0, 1, 0], [0, 0, 1]]))
    picture = textured(330, 240, seed=2)
    extractor = create_extractor('orb', 300)
    first, second = (extractor.extract(picture[:, start:start + 320].copy()) for start in (4, 0))
    alone, numbers = (scores(pair, first, second)
                      for scores in (hpatches.score, papers.score))
    assert alone.items() <= numbers.items()
    assert numbers['rep@3'] == alone['rep'] and numbers['coverage@3/20'] == alone['coverage']


def test_the_papers_numbers_stand_below_ours(run, tmp_path):
    _, results = run
    assert main(['reproduction', '--results', str(results), '--out', str(tmp_path / 'a')]) == 0
    section = (tmp_path / 'a' / 'tables' / 'made.md').read_text()
    assert section.startswith("# All methods, all papers' metrics\n")
    assert "The data are not the papers'" in section and 'LF-Net has 312 videos' in section
    assert '`python -m training evaluate papers --root DIR --videos DIR' in section
    large, large_goodpoint, small, small_goodpoint, videos = read_tables(section)
    header = large[0]
    assert header[:3] == ['method', 'from', 'keypoints'] and header[2:] == list(HOMOGRAPHIES)
    assert [row[:2] for row in large[2:7]] == [
        ['orb', '**here**'], ['orb', '**here**, illumination'], ['orb', '**here**, viewpoint'],
        ['orb', 'Residual, Table 1'], ['rootsift', '**here**']]
    column = header.index('MS')
    assert large[5][column] == '.200' and 0 < float(large[2][column]) <= 1
    assert large[9][:2] == ['sift', 'Residual, Table 1']  # the counterpart of rootsift
    found = {(row[0], row[1].split(',')[0]): row for row in large}
    scores = [row[header.index('MMA score')] for row in large if row[0] == 'posfeat']
    assert scores == ['.775 (.826 / .728)', '-']  # Table 1, Figure 5
    assert found['superpoint', 'PoSFeat'][header.index('MMA@3')] == '.645'  # the last, Figure 5
    own = {(row[0], row[1].split(',')[0]): row for row in large_goodpoint}
    assert large_goodpoint[0][2:] == list(GOODPOINT)
    assert own['goodpoint', 'GoodPoint'][large_goodpoint[0].index('coverage@3, 20 and 25 px')] \
        == '-; .60 / .41'
    assert own['goodpoint', 'GoodPoint'][large_goodpoint[0].index('accuracy@5')] == '.82 / .67'
    assert ('orb', 'Residual') not in own
    assert len(small[0]) == len(header) and len(small_goodpoint) == 8
    assert 'AirSim' in section and 'AirSim' not in section.split('## As printed')[0]
    assert videos[0][4:] == ['MS, gap 1', 'MS, gap 2', 'MS, gap 4', 'MS, gap 8', 'MS',
                             'rep@5', 'recall']
    assert videos[-1][0] == 'lfnet' and videos[-1][2:4] == ['-', '16']
    assert videos[-1][1].startswith('LF-Net, section 3.3: 512 keypoints, 62 frames per second')


def test_a_folder_without_videos_is_named_at_once(tmp_path, capsys):
    (tmp_path / 'empty').mkdir()
    assert main(['evaluate', 'papers', '--root', 'nowhere', '--methods', 'orb', '--videos',
                 str(tmp_path / 'empty')]) == 2
    assert str(tmp_path / 'empty') in capsys.readouterr().err
