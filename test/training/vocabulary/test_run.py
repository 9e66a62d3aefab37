# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import shutil
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest
from support.paths import ROOT
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.vocabulary.bag import score
from residual_features_ros.vocabulary.files import load_vocabulary
from training.__main__ import main


@pytest.fixture
def words(photographs, tmp_path):
    def of(method='orb', name='v.npz', *further):
        return ['vocabulary', '--images', str(photographs), '--method', method, '--branching',
                '4', '--levels', '3', '--max-keypoints', '150', '--out', str(tmp_path / name),
                *further]
    return of


@pytest.mark.parametrize(('method', 'name', 'binary'), [
    ('orb', 'v.npz', True), ('rootsift', 'v.txt.gz', False)])
def test_photographs_become_a_vocabulary(method, name, binary, words, photographs, tmp_path,
                                         capsys):
    assert main(words(method, name, '--also', str(tmp_path / 'text.txt'), '--data', 'made',
                      '--held-out')) == 0
    tree, card = load_vocabulary(method, tmp_path / name)
    assert (card.binary, card.branching, card.levels, card.words, card.data) == (
        binary, 4, 3, len(tree.words), 'made')
    assert 30 < card.words <= 64 and card.training['images'] == 6
    assert card.training['command'] == (
        f'python -m training vocabulary --images DIR --method {method} --branching 4 --levels 3 '
        '--max-keypoints 150 --held-out --out FILE')
    text, its_card = load_vocabulary(method, tmp_path / 'text.txt')
    assert its_card is None
    assert all((vars(text)[one] == vars(tree)[one]).all() for one in ('parents', 'weights'))
    assert not (tmp_path / f'{name}.work').exists()
    assert f'{card.words} words of {card.training["descriptors"]} descriptors' \
        in capsys.readouterr().out
    extractor = create_extractor(method, 150)
    pictures = [cv2.imread(str(path)) for path in sorted(photographs.rglob('*.png'))]
    bags = [tree.transform(extractor.extract(picture).descriptors) for picture in pictures]
    moved = tree.transform(extractor.extract(pictures[2][5:, 5:].copy()).descriptors)
    assert np.argmax([score(moved, bag) for bag in bags]) == 2


def test_weights_are_of_the_images_that_have_a_word(words, photographs, tmp_path):
    assert main(words('orb', 'v.npz', '--held-out')) == 0
    tree, _ = load_vocabulary('orb', tmp_path / 'v.npz')
    extractor = create_extractor('orb', 150)
    found = np.zeros(len(tree.parents))
    for path in photographs.rglob('*.png'):
        leaves = tree.leaves(extractor.extract(cv2.imread(str(path))).descriptors)
        found[np.unique(leaves)] += 1
    assert found[tree.words].min() >= 1
    np.testing.assert_allclose(tree.weights[tree.words], np.log(6 / found[tree.words]), rtol=1e-6)
    assert not tree.weights[tree.word_of < 0].any()


def test_a_run_that_was_killed_goes_on(words, photographs, tmp_path, monkeypatch):
    many = tmp_path / 'many'
    many.mkdir()
    for number in range(60):
        cv2.imwrite(str(many / f'{number:02}.png'), textured(400, 300, seed=number))
    command = [str(many) if word == str(photographs) else word for word in words()]
    run = subprocess.Popen([sys.executable, '-m', 'training', *command], cwd=ROOT,
                           stderr=subprocess.DEVNULL)
    counts, until = tmp_path / 'v.npz.work/counts.bin', time.monotonic() + 60
    while run.poll() is None and time.monotonic() < until and not (
            counts.exists() and counts.stat().st_size >= 20):
        time.sleep(0.002)
    run.kill()
    run.wait()
    assert 20 <= counts.stat().st_size < 240, 'not killed in the midst of the photographs'
    kept = counts.read_bytes()
    begun = []
    from training.vocabulary.photographs import Photographs
    read_from = Photographs.read_from
    monkeypatch.setattr(Photographs, 'read_from', lambda self, number: (
        begun.append(number), read_from(self, number))[1])
    assert main(command) == 0 and begun == [len(kept) // 4]
    assert main([word.replace('v.npz', 'whole.npz') for word in command]) == 0
    assert (tmp_path / 'v.npz').read_bytes() == (tmp_path / 'whole.npz').read_bytes()


def test_a_sample_is_grown_from_and_all_are_counted(words, tmp_path):
    assert main(words('orb', 'v.npz', '--memory-mb', '0.0064')) == 0
    training = json.loads((tmp_path / 'v.json').read_text())['training']
    assert training['grown_from'] == 200 < training['descriptors']
    assert '--memory-mb 0.0064' in training['command']


@pytest.mark.parametrize(('further', 'error'), [
    (['--branching', '1'], r'--branching must be in \[2, 20\], got 1'),
    (['--levels', '0'], '--levels must be'), (['--max-keypoints', '0'], '--max-keypoints must'),
    (['--also', 'v.bin'], '--also v.bin: must end with one of .npz, .txt, .txt.gz, .fbow'),
    (['--out', 'v.bin'], '--out v.bin: must end with one of .npz'),
    (['--method', 'orbb'], "unknown method 'orbb'"), (['--images', 'nowhere'], 'no such folder')])
def test_what_cannot_be_had_is_told(further, error, words, capsys):
    import re
    assert main([*words(), *further]) == 2
    assert re.search(error, capsys.readouterr().err)


@pytest.mark.parametrize('name', ['v.npz', 'v.json', 'text.txt'])
def test_what_is_there_is_not_replaced(name, words, tmp_path, capsys):
    (tmp_path / name).write_text('mine')
    assert main([*words(), '--also', str(tmp_path / 'text.txt')]) == 2
    assert f'{name}: there already' in capsys.readouterr().err
    assert (tmp_path / name).read_text() == 'mine'


def test_images_without_descriptors_are_told(tmp_path, capsys):
    cv2.imwrite(str(tmp_path / 'a.png'), np.zeros((64, 64), np.uint8))
    assert main(['vocabulary', '--images', str(tmp_path), '--method', 'orb', '--held-out', '--out',
                 str(tmp_path / 'v.npz')]) == 2
    assert '0 descriptors were found' in capsys.readouterr().err
    shutil.rmtree(tmp_path / 'v.npz.work')
