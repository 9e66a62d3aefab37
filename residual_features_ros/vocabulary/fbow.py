# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""FBoW's binary files, as stella_vslam reads them (rmsalinas/fbow, src/fbow.h); written alone.

The file has a signature, the parameters, and a block for each node that has children: how many,
their descriptors, and for each the block of its own children, or a word and its weight.
"""
from __future__ import annotations

from pathlib import Path

import numpy as np

from residual_features_ros.vocabulary.tree import Vocabulary

SIGNATURE = np.uint64(55824124)
ALIGNMENT = 8  # bytes, of blocks and of the descriptors in them
IS_WORD = np.uint32(1 << 31)  # tells words from blocks
CV_8U, CV_32F = 0, 5
PARAMETERS = np.dtype([
    ('descriptor_name', 'S50'), ('alignment', 'u4'), ('blocks', 'u4'), ('padded_descriptor', 'u8'),
    ('block_bytes', 'u8'), ('first_descriptor', 'u8'), ('first_child', 'u8'), ('total', 'u8'),
    ('descriptor_type', 'i4'), ('descriptor_bytes', 'i4'), ('branching', 'u4')], align=True)


def write_fbow(vocabulary: Vocabulary, path: Path) -> None:
    """Write a vocabulary; words keep their numbers and weights."""
    rows = np.ascontiguousarray(vocabulary.children.descriptors).view(np.uint8)
    nodes, starts = vocabulary.children.nodes, vocabulary.children.starts
    has_children = vocabulary.word_of < 0
    block_of = np.cumsum(has_children) - 1  # the root, which is node 0, has block 0
    kind = block_type(vocabulary.branching, rows.shape[1])
    blocks = np.zeros(int(has_children.sum()), kind)
    blocks['count'], blocks['parent'] = np.diff(starts)[has_children], np.flatnonzero(has_children)
    parents = vocabulary.parents[nodes]
    places = block_of[parents], np.arange(len(nodes)) - starts[parents]  # (N - 1,) block and row
    blocks['descriptors'][(*places, slice(0, rows.shape[1]))] = rows
    words = vocabulary.word_of[nodes].astype(np.uint32) | IS_WORD
    blocks['children']['link'][places] = np.where(has_children[nodes], block_of[nodes], words)
    blocks['children']['weight'][places] = vocabulary.weights[nodes]
    blocks['all_words'] = ~np.isin(blocks['parent'], vocabulary.parents[has_children])
    offsets = {name: kind.fields[name][1]  # type: ignore[index]
               for name in kind.names}  # type: ignore[union-attr]
    parameters = np.array(
        (b'', ALIGNMENT, len(blocks), padded(rows.shape[1]), kind.itemsize,
         offsets['descriptors'], offsets['children'], blocks.nbytes,
         CV_8U if vocabulary.binary else CV_32F, rows.shape[1], vocabulary.branching), PARAMETERS)
    path.write_bytes(SIGNATURE.tobytes() + parameters.tobytes() + blocks.tobytes())


def block_type(branching: int, width: int) -> np.dtype:
    """Return what a block is: for so many children, of descriptors of `width` bytes."""
    fields = [('count', 'u2'), ('all_words', 'u2'), ('parent', 'u4'),
              ('descriptors', 'u1', (branching, padded(width))),
              ('children', [('link', 'u4'), ('weight', 'f4')], (branching,))]
    assert np.dtype(fields).itemsize % ALIGNMENT == 0
    return np.dtype(fields)


def padded(size: int) -> int:
    """Return `size` bytes with those that fill up to the alignment."""
    return -(-size // ALIGNMENT) * ALIGNMENT
