# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest
from support.pictures import textured
from support.posed_trees import write_image

from residual_features_ros import create_extractor
from residual_features_ros.vocabulary.bag import BagOfWords
from training.__main__ import main
from training.benchmarks import place_recognition as places
from training.benchmarks.place_sequences import Truth


def bag(*words):
    return BagOfWords(np.array(words, np.int32), np.full(len(words), 1 / len(words), np.float32))


def test_the_most_alike_allowed_image_is_the_answer():
    bags = [bag(1, 2), bag(3, 4), bag(1, 2), bag(1, 5), bag(9)]
    allowed = np.tri(5, 5, -2, bool)  # two frames before and more
    right = np.zeros((5, 5), bool)
    right[3, 0] = right[4, 1] = True
    doubtful = np.zeros((5, 5), bool)
    doubtful[2, 0] = doubtful[4, 0] = True
    rows = places.answers(places.ByWords(bags), Truth('neighbours', allowed, right, doubtful))
    assert [tuple(row.values()) for row in rows] == [
        (2, 0, 1.0, False, True, False), (3, 0, 0.5, True, False, True),
        (4, None, 0.0, False, False, True)]
    assert list(rows[0]) == ['image', 'answer', 'score', 'right', 'doubtful', 'possible']


def test_geometry_chooses_among_the_best_by_words():
    scene, stranger = (create_extractor('orb', 200).extract(textured(240, 180, seed=seed))
                       for seed in (1, 2))
    bags = [bag(1), bag(1, 2), bag(7), bag(1, 2)]
    asked = places.Checked(bags, [scene, stranger, stranger, scene])
    allowed = np.tri(4, 4, -2, bool)
    rows = places.answers(asked, Truth(
        'neighbours', allowed, allowed & (np.arange(4) == 0), np.zeros((4, 4), bool)))
    # By words image 1 is more alike; no earlier image shares a word with image 2.
    assert [(row['image'], row['answer'], row['right']) for row in rows] == [
        (2, None, False), (3, 0, True)]
    assert rows[1]['score'] > 100


def answer(score, right, possible=True, doubtful=False):
    return {'answer': 0 if score else None, 'score': score, 'right': right,
            'doubtful': doubtful, 'possible': possible}


def test_numbers_are_worked_out_by_hand():
    rows = [answer(0.9, True), answer(0.8, True), answer(0.7, False), answer(0.6, True),
            answer(0.0, False)]
    rows.append(answer(0.95, False, doubtful=True))  # counts for nothing
    found = places.numbers_of(rows)
    # Over 0.7 there are two right ones of five; three of five are right at all. Precision is 1, 1
    # and 3/4 where a right one comes, each a fifth of the recall.
    assert found == pytest.approx({'precision_1': 0.4, 'recall_1': 0.6, 'auc': 2.75 / 5})


def test_an_answer_where_none_is_right_is_wrong_but_no_image_that_should_be_answered():
    rows = [answer(0.9, False, possible=False), answer(0.8, True)]
    assert places.numbers_of(rows) == pytest.approx(
        {'precision_1': 0, 'recall_1': 1, 'auc': 0.5})


def test_answers_of_one_score_count_together():
    rows = [answer(0.9, True), answer(0.5, True), answer(0.5, False)]
    for order in (rows, rows[::-1]):
        assert places.numbers_of(order) == pytest.approx(
            {'precision_1': 1 / 3, 'recall_1': 2 / 3, 'auc': (1 + 2 / 3) / 3})


def test_no_answers_are_worth_nothing():
    nothing = dict.fromkeys(places.NUMBERS, 0.0)
    assert places.numbers_of([answer(0.0, False)]) == places.numbers_of([]) == nothing
    assert places.numbers_of([answer(0.9, False, possible=False)]) == nothing


@pytest.fixture(scope='module')
def drives(tmp_path_factory):
    """Return a folder of two drives along a street that show it again 5 frames later."""
    root = tmp_path_factory.mktemp('drives')
    for seed, name in enumerate(('a', 'b')):
        street = textured(600, 160, seed=seed)
        for number in range(14):
            write_image(root / name / f'{number:02}.png',
                        np.ascontiguousarray(street[:, 20 * number:20 * number + 240]))
    return root


def test_a_run_gives_numbers_by_sequence(drives, photographs, tmp_path, capsys):
    vocabulary = tmp_path / 'vocabularies/orb.npz'
    vocabulary.parent.mkdir()
    assert main(['vocabulary', '--images', str(photographs), '--method', 'orb', '--branching', '4',
                 '--levels', '3', '--held-out', '--out', str(vocabulary)]) == 0
    command = ['evaluate', 'place_recognition', '--root', str(drives), '--methods', 'orb',
               '--max-keypoints', '300', '--vocabularies', str(vocabulary.parent)]
    out = tmp_path / 'p.json'
    assert main([*command, '--out', str(out), '--cache', str(tmp_path / 'cache')]) == 0
    shown = capsys.readouterr().out
    assert 'recall at precision 1' in shown and 'neighbours' in shown and '28 made' in shown
    saved = json.loads(out.read_text())
    assert saved['summary']['orb']['a']['recall_1'] == 1  # all are within 20 frames
    assert saved['summary']['orb, checked']['a']['recall_1'] > 0.5
    assert saved['data']['sequences']['b'] == {'images': 14, 'truth': 'neighbours',
                                               'with_a_right_answer': 9}
    assert saved['vocabularies']['orb']['words'] > 30 and len(saved['answers']['orb']['a']) == 9
    assert '--vocabularies DIR' in saved['command'] and str(drives) not in out.read_text()
    assert main([*command, '--brief', '--out', str(tmp_path / 'q.json'), '--cache',
                 str(tmp_path / 'cache')]) == 0
    assert '28 read from' in capsys.readouterr().out
    assert 'answers' not in json.loads((tmp_path / 'q.json').read_text())


def test_a_method_without_a_vocabulary_is_told(drives, tmp_path, capsys):
    assert main(['evaluate', 'place_recognition', '--root', str(drives), '--methods', 'orb',
                 '--vocabularies', str(tmp_path)]) == 2
    assert 'orb.npz: no such file; make a vocabulary with' in capsys.readouterr().err
