# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import struct

import numpy as np
import pytest
from support.vocabularies import by_hand, random_rows, random_tree

from residual_features_ros.vocabulary.fbow import write_fbow


class Fbow:
    """A file as fbow::Vocabulary reads it (rmsalinas/fbow, src/fbow.h and fbow.cpp)."""

    def __init__(self, content):
        assert struct.unpack_from('<Q', content) == (55824124,)
        # char[50], 2 uint32, 4 to align, 5 uint64, 2 int32, uint32, 4 to align: 120 bytes
        (_, alignment, self.count, self.descriptor, self.block, self.first_descriptor,
         self.first_child, total, self.kind, self.bytes, self.branching) = struct.unpack_from(
             '<50s2x2I4x5Q2iI4x', content, 8)
        self.data = content[128:]
        assert len(self.data) == total == self.count * self.block
        assert not self.block % alignment and not self.descriptor % alignment

    def children(self, block):
        """Yield descriptor, whether it is a word, number and weight of each child of a block."""
        start = block * self.block
        for number in range(struct.unpack_from('<H', self.data, start)[0]):
            at = start + self.first_descriptor + number * self.descriptor
            link, weight = struct.unpack_from('<If', self.data,
                                              start + self.first_child + 8 * number)
            yield (self.data[at:at + self.bytes], bool(link & 0x80000000), link & 0x7FFFFFFF,
                   weight)

    def word(self, row):
        block = 0
        while True:
            _, is_word, number, weight = min(self.children(block),
                                             key=lambda child: self.apart(row, child[0]))
            if is_word:
                return number, weight
            block = number

    def apart(self, row, other):
        if self.kind == 0:
            return int(np.unpackbits(row ^ np.frombuffer(other, np.uint8)).sum())
        return float(((row - np.frombuffer(other, np.float32)) ** 2).sum())


@pytest.mark.parametrize(('tree', 'floats', 'width'), [
    (random_tree(), False, 32), (random_tree(61), False, 61),
    (random_tree(7, floats=True), True, 7)])
def test_fbow_s_reader_finds_the_same_words(tree, floats, width, tmp_path):
    write_fbow(tree, tmp_path / 'v.fbow')
    theirs = Fbow((tmp_path / 'v.fbow').read_bytes())
    assert (theirs.kind, theirs.branching) == (5 if floats else 0, 4)
    rows = random_rows(np.random.default_rng(2), 50, width, floats)
    leaves = tree.leaves(rows)
    assert [theirs.word(row) for row in rows] == [
        (tree.word_of[leaf], tree.weights[leaf]) for leaf in leaves]


def test_blocks_are_worked_out_by_hand(tmp_path):
    write_fbow(by_hand(), tmp_path / 'v.fbow')
    theirs = Fbow((tmp_path / 'v.fbow').read_bytes())
    assert (theirs.count, theirs.descriptor, theirs.block, theirs.bytes) == (2, 8, 40, 1)
    assert list(theirs.children(0)) == [(b'\x00', False, 1, 0.0), (b'\xff', True, 0, 1.0)]
    assert list(theirs.children(1)) == [(b'\x01', True, 1, 2.0), (b'\xc0', True, 2, 0.5)]
    heads = [struct.unpack_from('<HHI', theirs.data, 40 * block) for block in (0, 1)]
    assert heads == [(2, 0, 0), (2, 1, 1)]  # children, whether all are words, node
