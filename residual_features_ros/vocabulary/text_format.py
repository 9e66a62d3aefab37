# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""DBoW2's text files, as loadFromTextFile of ORB-SLAM2 and 3 reads them.

The first line is "branching levels scoring weighting", the last two by DBoW2's numbers. Each other
line is a node, the first of them node 1: "parent is_leaf value ... value weight". Leaves are the
words, numbered in the order of their lines.
"""
from __future__ import annotations

import gzip
import itertools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

import numpy as np

from residual_features_ros.errors import VocabularyError
from residual_features_ros.vocabulary.tree import Vocabulary

SUFFIXES = ('.txt', '.txt.gz')
L1, TF_IDF = 0, 0  # DBoW2's numbers of the scoring and the weighting that are known here
MOST_BRANCHING, MOST_LEVELS = 20, 10  # that ORB-SLAM's reader takes
LINES = 4096  # that are read at once


def read_text_vocabulary(path: Path) -> Vocabulary:
    """Read a text file, or one packed by gzip; the arrays are all that grows with its size.

    Descriptors are bits where the values of the first node are bytes, and else float32. What a
    file says of the weight of a node that is no word counts for nothing.

    Raises:
        VocabularyError: names the file, and the line and what was expected in it.
    """
    if not path.is_file():
        raise VocabularyError(f'{path}: no such file')
    try:
        with open_text(path, 'rt') as file:
            lines = without_blank_end(file)
            branching, levels = read_header(path, next(lines, ''))
            parents, is_leaf, descriptors, weights = read_nodes(path, lines)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise VocabularyError(f'{path}: cannot be read as text ({error})') from error
    check_leaves(path, parents, is_leaf)
    try:
        return Vocabulary(branching, levels, parents, descriptors, weights * is_leaf)
    except VocabularyError as error:
        raise VocabularyError(f'{path}: {error}') from error


def open_text(path: Path, mode: str) -> IO[str]:
    """Open a text file, through gzip where its name ends so."""
    opener: Callable[..., IO[str]] = gzip.open if path.suffix == '.gz' else open
    return opener(path, mode, encoding='ascii')


def without_blank_end(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines save blank ones that no other follows."""
    blank = 0
    for line in lines:
        if line.isspace():
            blank += 1
        else:
            yield from itertools.repeat('', blank)
            blank = 0
            yield line


def read_header(path: Path, line: str) -> tuple[int, int]:
    """Return branching and levels."""
    try:
        branching, levels, scoring, weighting = map(int, line.split())
    except ValueError:
        raise malformed(path, 1, 'branching, levels, scoring and weighting', line) from None
    if not (0 < branching <= MOST_BRANCHING and 0 < levels <= MOST_LEVELS):
        raise malformed(path, 1, f'a branching of 1 to {MOST_BRANCHING} and 1 to {MOST_LEVELS} '
                        'levels', line)
    if (scoring, weighting) != (L1, TF_IDF):
        raise malformed(path, 1, f'scoring {L1} (L1) and weighting {TF_IDF} (tf-idf), the ones '
                        'that are known here', line)
    return branching, levels


def read_nodes(path: Path, lines: Iterator[str]) -> tuple[np.ndarray, ...]:
    """Return parents, which nodes are leaves, descriptors and weights, the root in row 0."""
    first = next(lines, '')
    width = len(first.split()) - 3
    if width < 1:
        raise malformed(path, 2, 'parent, is_leaf, values and weight of a node', first)
    is_binary = all(word.isdigit() and int(word) < 256 for word in first.split()[2:-1])
    kind = np.uint8 if is_binary else np.float32
    blocks = [(np.array([-1], np.int32), np.array([False]), np.zeros((1, width), kind),
               np.zeros(1, np.float32))]
    lines, number = itertools.chain([first], lines), 1  # number of the next node
    while block := list(itertools.islice(lines, LINES)):
        values = read_block(path, block, number, width, is_binary)
        blocks.append((values[:, 0].astype(np.int32), values[:, 1] == 1,
                       values[:, 2:-1].astype(kind), values[:, -1].astype(np.float32)))
        number += len(block)
    return tuple(map(np.concatenate, zip(*blocks, strict=True)))


def read_block(path: Path, block: list[str], number: int, width: int,
               is_binary: bool) -> np.ndarray:
    """Return the numbers (n, width + 3) float64 of the lines of nodes `number` and on."""
    rows = [line.split() for line in block]
    try:
        values = np.array([list(map(float, row)) for row in rows], np.float64)
    except ValueError:  # a word that is no number, or rows of several lengths
        bad = next(i for i, row in enumerate(rows) if len(row) != width + 3 or not numbers(row))
        raise malformed(path, number + bad + 1, node_words(width), block[bad]) from None
    if values.shape[1] != width + 3:
        raise malformed(path, number + 1, node_words(width), block[0])
    ids = np.arange(number, number + len(block))
    whole = values == np.floor(values)
    checks = {
        'finite numbers': np.isfinite(values).all(1),
        'a parent of an earlier line, or 0': whole[:, 0] & (values[:, 0] >= 0)
        & (values[:, 0] < ids),
        '0 or 1 for is_leaf': (values[:, 1] == 0) | (values[:, 1] == 1),
        'a weight of 0 or more': values[:, -1] >= 0}
    if is_binary:
        inside = values[:, 2:-1]
        checks['bytes, as in the first node'] = (
            whole[:, 2:-1] & (inside >= 0) & (inside < 256)).all(1)
    for expected, good in checks.items():
        if not good.all():
            bad = int(np.argmin(good))
            raise malformed(path, number + bad + 1, expected, block[bad])
    return values


def numbers(words: list[str]) -> bool:
    """Tell whether all words are numbers."""
    try:
        return bool(list(map(float, words)))
    except ValueError:
        return False


def node_words(width: int) -> str:
    """Return what the line of a node has."""
    return f'parent, is_leaf, {width} values as in the first node, and weight'


def check_leaves(path: Path, parents: np.ndarray, is_leaf: np.ndarray) -> None:
    """Raise VocabularyError where a leaf has children, or another node has none."""
    has_children = np.bincount(parents[1:], minlength=len(parents)) > 0
    wrong = np.flatnonzero(has_children == is_leaf)
    if len(wrong):
        node = int(wrong[0])
        raise VocabularyError(
            f'{path}:{node + 1}: expected is_leaf {int(not is_leaf[node])}, since node {node} '
            f'has {"" if has_children[node] else "no "}children')


def malformed(path: Path, line: int, expected: str, found: str) -> VocabularyError:
    """Return the error of a line."""
    words = found.split()
    shown = ' '.join(words[:4] + ['...'] + words[-2:] if len(words) > 7 else words)
    return VocabularyError(f'{path}:{line}: expected {expected}, found {len(words)} words: '
                           f'{shown!r}')


def write_text_vocabulary(vocabulary: Vocabulary, path: Path) -> None:
    """Write a text file, packed by gzip where `path` ends with .gz.

    Raises:
        VocabularyError: ORB-SLAM's reader does not take so large a branching or so many levels.
    """
    if vocabulary.branching > MOST_BRANCHING or vocabulary.levels > MOST_LEVELS:
        raise VocabularyError(
            f'{path}: ORB-SLAM reads a branching of {MOST_BRANCHING} and {MOST_LEVELS} levels at '
            f'most, the vocabulary has {vocabulary.branching} and {vocabulary.levels}')
    is_leaf = (vocabulary.word_of >= 0).astype(int)
    with open_text(path, 'wt') as file:
        file.write(f'{vocabulary.branching} {vocabulary.levels} {L1} {TF_IDF}')
        # No end of line behind the last: ORB-SLAM's reader takes an empty line for a node.
        for node in range(1, len(is_leaf)):
            values = ' '.join(map(str, vocabulary.descriptors[node]))
            file.write(f'\n{vocabulary.parents[node]} {is_leaf[node]} {values} '
                       f'{vocabulary.weights[node]!s}')
