# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import gzip

import numpy as np
import pytest
from support.vocabularies import by_hand, random_rows, random_tree

from residual_features_ros.errors import VocabularyError
from residual_features_ros.vocabulary.text_format import (
    read_text_vocabulary,
    write_text_vocabulary,
)

BY_HAND = ('2 2 0 0\n'
           '0 0 0 0.0\n'
           '0 1 255 1.0\n'
           '1 1 1 2.0\n'
           '1 1 192 0.5')


class OrbSlam:
    """A vocabulary as loadFromTextFile of ORB-SLAM2 and 3 reads it, word for word of its grammar.

    The file is taken line by line until its end, and so an empty last line is a node too. What
    C++ leaves as it was where a word is missing is 0 here.
    """

    def __init__(self, text, values):
        head, *lines = text.split('\n')
        self.branching, self.levels, self.scoring, self.weighting = map(int, head.split())
        self.parent, self.children, self.rows, self.weight = [None], [[]], [None], [0.0]
        self.words = []
        for line in lines:
            stream = iter(line.split())
            node = len(self.parent)
            parent, is_leaf = int(next(stream, 0)), int(next(stream, 0))
            self.parent.append(parent)
            self.children.append([])
            self.children[parent].append(node)
            self.rows.append(np.array([float(next(stream, 0)) for _ in range(values)]))
            self.weight.append(float(next(stream, 0)))
            if is_leaf > 0:
                self.words.append(node)

    def bag(self, rows, apart):
        found = {}
        for row in rows:
            at = 0
            while self.children[at]:
                at = min(self.children[at], key=lambda node: apart(row, self.rows[node]))
            word = self.words.index(at)
            found[word] = found.get(word, 0) + self.weight[at]
        total = sum(found.values())
        return {word: found[word] / total for word in sorted(found)}


def hamming(row, other):
    return np.unpackbits(row ^ other.astype(np.uint8)).sum()


def squared(row, other):
    return float(((row - other) ** 2).sum())


def same(one, other):
    return (one.branching, one.levels) == (other.branching, other.levels) and all(
        np.array_equal(getattr(one, name), getattr(other, name))
        and getattr(one, name).dtype == getattr(other, name).dtype
        for name in ('parents', 'descriptors', 'weights'))


def test_the_file_is_what_the_grammar_says(tmp_path):
    write_text_vocabulary(by_hand(), tmp_path / 'v.txt')
    assert (tmp_path / 'v.txt').read_text() == BY_HAND


@pytest.mark.parametrize('text', [
    BY_HAND, BY_HAND + '\n', BY_HAND + '\n \n\n', BY_HAND.replace('\n', '\r\n'),
    BY_HAND.replace(' ', '  ').replace('\n', ' \n')])
def test_the_file_is_read(text, tmp_path):
    (tmp_path / 'v.txt').write_text(text, newline='')
    assert same(read_text_vocabulary(tmp_path / 'v.txt'), by_hand())


@pytest.mark.parametrize('name', ['v.txt', 'v.txt.gz'])
@pytest.mark.parametrize('floats', [False, True])
def test_what_was_written_is_read_to_the_last_bit(name, floats, tmp_path, monkeypatch):
    monkeypatch.setattr('residual_features_ros.vocabulary.text_format.LINES', 10)
    tree = random_tree(floats=floats)
    write_text_vocabulary(tree, tmp_path / name)
    assert same(read_text_vocabulary(tmp_path / name), tree)


@pytest.mark.parametrize(('floats', 'apart'), [(False, hamming), (True, squared)])
def test_orb_slam_s_reader_finds_the_same_words(floats, apart, tmp_path):
    tree = random_tree(floats=floats)
    write_text_vocabulary(tree, tmp_path / 'v.txt')
    theirs = OrbSlam((tmp_path / 'v.txt').read_text(), 32)
    assert (theirs.branching, theirs.levels, theirs.scoring, theirs.weighting) == (4, 3, 0, 0)
    assert theirs.words == tree.words.tolist() and len(theirs.parent) == len(tree.parents)
    rows = random_rows(np.random.default_rng(8), 60, floats=floats)
    ours, expected = tree.transform(rows), theirs.bag(rows, apart)
    assert ours.words.tolist() == list(expected)
    np.testing.assert_allclose(ours.weights, list(expected.values()), rtol=1e-5)


def test_weights_inside_the_tree_count_for_nothing(tmp_path):
    (tmp_path / 'v.txt').write_text(BY_HAND.replace('0 0 0 0.0', '0 0 0 7.5'))
    assert same(read_text_vocabulary(tmp_path / 'v.txt'), by_hand())


@pytest.mark.parametrize(('old', 'new', 'words'), [
    ('2 2 0 0', '', r':1: expected branching, levels, scoring and weighting, found 0 words'),
    ('2 2 0 0', '2 2 0', ':1: expected branching, levels'),
    ('2 2 0 0', '21 2 0 0', ':1: expected a branching of 1 to 20'),
    ('2 2 0 0', '2 11 0 0', ':1: expected a branching of 1 to 20 and 1 to 10 levels'),
    ('2 2 0 0', '2 2 1 0', r':1: expected scoring 0 \(L1\)'),
    ('2 2 0 0', '1 2 0 0', 'expected 1 children at most and 2 levels, found 2 and 2'),
    ('0 0 0 0.0', '0 0', ':2: expected parent, is_leaf, values and weight'),
    ('1 1 1 2.0', '1 1 1', ':4: expected parent, is_leaf, 1 values as in the first node'),
    ('1 1 1 2.0', '1 1 x 2.0', ':4: expected parent, is_leaf, 1 values'),
    ('1 1 1 2.0', '', ':4: expected parent, is_leaf, 1 values .* found 0 words'),
    ('1 1 1 2.0', '1 1 256 2.0', ':4: expected bytes'),
    ('1 1 1 2.0', '1 1 1.5 2.0', ':4: expected bytes'),
    ('1 1 1 2.0', '1 1 1 -2.0', ':4: expected a weight of 0 or more'),
    ('1 1 1 2.0', '1 1 1 nan', ':4: expected finite numbers'),
    ('1 1 1 2.0', '3 1 1 2.0', ':4: expected a parent of an earlier line'),
    ('1 1 1 2.0', '-1 1 1 2.0', ':4: expected a parent of an earlier line'),
    ('1 1 1 2.0', '1 2 1 2.0', ':4: expected 0 or 1 for is_leaf'),
    ('1 1 1 2.0', '1 0 1 2.0', ':4: expected is_leaf 1, since node 3 has no children'),
    ('0 0 0 0.0', '0 1 0 0.0', ':2: expected is_leaf 0, since node 1 has children')])
def test_a_malformed_line_is_named(old, new, words, tmp_path):
    (tmp_path / 'v.txt').write_text(BY_HAND.replace(old, new, 1))
    with pytest.raises(VocabularyError, match=f'v.txt:? ?{words}' if words[0] == ':'
                       else f'v.txt: {words}'):
        read_text_vocabulary(tmp_path / 'v.txt')


def test_a_line_that_is_short_beside_one_that_is_long_is_named(tmp_path):
    text = BY_HAND.replace('1 1 1 2.0', '1 1 1').replace('1 1 192 0.5', '1 1 192 3 0.5')
    (tmp_path / 'v.txt').write_text(text)
    with pytest.raises(VocabularyError, match=':4:'):
        read_text_vocabulary(tmp_path / 'v.txt')


def test_lines_are_counted_over_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr('residual_features_ros.vocabulary.text_format.LINES', 2)
    (tmp_path / 'v.txt').write_text(BY_HAND.replace('1 1 192 0.5', '1 1 192'))
    with pytest.raises(VocabularyError, match=':5: expected parent'):
        read_text_vocabulary(tmp_path / 'v.txt')


@pytest.mark.parametrize('content', [gzip.compress(BY_HAND.encode())[:30], b'no gzip at all',
                                     gzip.compress('ä'.encode())])
def test_a_file_that_cannot_be_read_is_named(content, tmp_path):
    (tmp_path / 'v.txt.gz').write_bytes(content)
    with pytest.raises(VocabularyError, match=r'v.txt.gz'):
        read_text_vocabulary(tmp_path / 'v.txt.gz')


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(VocabularyError, match=r'v.txt: no such file'):
        read_text_vocabulary(tmp_path / 'v.txt')


def test_what_orb_slam_does_not_read_is_not_written(tmp_path):
    with pytest.raises(VocabularyError, match='a branching of 20 and 10 levels at most'):
        write_text_vocabulary(random_tree(branching=21, levels=1), tmp_path / 'v.txt')
