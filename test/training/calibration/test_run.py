# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import re
import shutil

import cv2
import pytest
from support.pictures import textured

from residual_features_ros import create_extractor, create_matcher
from residual_features_ros.model_card import SHIPPED_WEIGHTS, load_card
from training.__main__ import main

METHOD = 'residual_hessian_tiny'


@pytest.fixture(scope='module')
def photographs(tmp_path_factory):
    folder = tmp_path_factory.mktemp('data') / 'photographs'
    folder.mkdir()
    for number in range(160):
        cv2.imwrite(str(folder / f'{number:03}.jpg'), textured(400, 300, seed=number % 7))
    return folder


def words(photographs, *further):
    return ['calibrate', *further, '--images', str(photographs), '--pairs', '2', '--size',
            '320x240', '--max-keypoints', '200']


def test_methods_without_networks_share_a_file(photographs, tmp_path, capsys):
    out, plot, result = (tmp_path / name for name in ('c.json', 'new/p.png', 'new/r.json'))
    assert main([*words(photographs, 'rootsift'), '--out', str(out)]) == 0
    assert main([*words(photographs, 'orb'), '--out', str(out), '--plot', str(plot), '--result',
                 str(result)]) == 0
    out_words = capsys.readouterr().out
    assert 'precision at .5' in out_words and 'low  precision  recall' in out_words
    blocks = json.loads(out.read_text())
    assert list(blocks) == ['orb', 'rootsift']
    fit = blocks['orb']['fit']
    assert fit['command'] == ('python -m training calibrate orb --images DIR --pairs 2 '
                              '--size 320x240 --max-keypoints 200')
    assert 0 < fit['right'] < 1 and fit['matches'] > 50
    saved = json.loads(result.read_text())
    numbers = saved['results']['orb']
    assert numbers['all']['reliability'] == fit['reliability']
    assert {row['min_confidence'] for row in numbers['photographs']['thresholds']} == {
        0.0, 0.1, 0.3, 0.5, 0.7}
    limits = {key: blocks['orb']['thresholds'][key] for key in ('low', 'high', 'ratio')}
    assert numbers['match_thresholds'].items() >= limits.items()
    assert numbers['match_ms']['with'] > 0 and str(photographs) not in result.read_text()
    assert cv2.imread(str(plot)).shape[0] > 200
    shutil.copy(out, tmp_path / 'confidence.json')
    extractor = create_extractor('orb', 200, weights=str(tmp_path))
    assert extractor.thresholds.low == limits['low'] <= 256
    a, b = extractor.extract_batch([textured(seed=28), textured(seed=28)[:, 8:]])
    matches = create_matcher(confidence=extractor.confidence).match(a, b)
    assert ((matches.confidences >= 0) & (matches.confidences <= 1)).all()


def test_a_card_is_written_into_and_read_by_the_runtime(photographs, tmp_path):
    for path in SHIPPED_WEIGHTS.glob(f'{METHOD}.*'):
        shutil.copy(path, tmp_path)
    card = tmp_path / f'{METHOD}.json'
    before = json.loads(card.read_text())
    before.pop('confidence', None)
    before.pop('thresholds', None)
    card.write_text(json.dumps(before))
    assert create_extractor(METHOD, weights=str(tmp_path)).confidence is None
    assert main(words(photographs, str(card))) == 0
    after = json.loads(card.read_text())
    assert {key: after[key] for key in before} == before
    extractor = create_extractor(METHOD, weights=str(tmp_path))
    model = extractor.confidence
    assert model == load_card(METHOD, tmp_path).confidence and 'ratio' in model.terms
    assert extractor.thresholds == load_card(METHOD, tmp_path).thresholds
    assert 0 < extractor.thresholds.low <= extractor.thresholds.high < 2


def test_thresholds_alone_leave_everything_else_as_it_is(photographs, tmp_path, capsys):
    for path in (*SHIPPED_WEIGHTS.glob(f'{METHOD}.*'), SHIPPED_WEIGHTS / 'confidence.json'):
        shutil.copy(path, tmp_path)
    card, out, plot = (tmp_path / name for name in (f'{METHOD}.json', 'confidence.json', 't.png'))
    before, blocks = json.loads(card.read_text()), json.loads(out.read_text())
    further = ['--keep-confidence', '--threshold-plot', str(plot)]
    assert main([*words(photographs, str(card)), *further]) == 0
    assert 'AUC' not in capsys.readouterr().out and cv2.imread(str(plot)).shape[0] > 200
    after = json.loads(card.read_text())
    fit = after.pop('thresholds')['fit']
    before.pop('thresholds', None)
    assert after == before and list(after) == list(before)
    assert fit['command'].endswith('--max-keypoints 200 --keep-confidence')
    assert 0 < fit['low']['precision'] <= 1 and 0 < fit['ratio']['recall'] <= 1
    assert main([*words(photographs, 'orb'), '--out', str(out), '--keep-confidence']) == 0
    written = json.loads(out.read_text())
    written['orb'].pop('thresholds')
    blocks['orb'].pop('thresholds', None)
    assert written == blocks


@pytest.mark.parametrize(('further', 'message'), [
    (['obr'], 'did you mean orb'), (['orb', 'sift', '--out', 'x.json'], 'file of one method'),
    ([METHOD, '--out', 'x.json'], 'belongs on the card of its weights'),
    ([f'nowhere/{METHOD}.json'], 'no such file')])
def test_what_cannot_be_had(photographs, capsys, further, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words(photographs, *further)) == 2
    assert re.search(message, capsys.readouterr().err)


def test_files_of_results_are_not_replaced_and_pairs_are_some(photographs, tmp_path, capsys):
    mine = tmp_path / 'mine.png'
    mine.write_text('mine')
    assert main([*words(photographs, 'orb'), '--plot', str(mine)]) == 2
    assert 'choose another --plot' in capsys.readouterr().err and mine.read_text() == 'mine'
    assert main([*words(photographs, 'orb'), '--threshold-plot', str(mine)]) == 2
    assert 'choose another --threshold-plot' in capsys.readouterr().err
    assert main([*words(photographs, 'orb'), '--plot', 'x.png', '--keep-confidence']) == 2
    assert '--plot is of the confidence' in capsys.readouterr().err
    assert main([*words(photographs, 'orb'), '--pairs', '0']) == 2
    assert '--pairs must be 1 or more' in capsys.readouterr().err
