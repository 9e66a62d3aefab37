# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of bits, places and maps in back-ends.md and decisions are those of the saved runs."""
import json
import statistics

import numpy as np
import pytest
from support.paths import ROOT

from residual_features_ros.config import LoopConfig
from residual_features_ros.keypoints.table import DETECTORS
from residual_features_ros.loop_closing import LoopDetector
from residual_features_ros.model_card import load_card, load_thresholds
from residual_features_ros.registry import METHODS
from residual_features_ros.types import Features
from residual_features_ros.vocabulary.bag import BagOfWords
from residual_features_ros.vocabulary.files import load_vocabulary

USE = (ROOT / 'docs/back-ends.md').read_text()
BITS = (ROOT / 'docs/decisions/bits.md').read_text()
MAPS = (ROOT / 'docs/decisions/maps.md').read_text()
WORDS = (ROOT / 'docs/decisions/vocabularies.md').read_text()
BINARY = 'residual_hessian_small_binary'


def read(path):
    return json.loads((ROOT / path).read_text())


OXFORD = {method: parts['all'] for method, parts in read(
    'docs/results/binary-oxford-640x480.json')['summary'].items()}
HELD_OUT = read('docs/results/binary-validation-640x480.json')['summary']
PLACES = read('docs/results/places-640x480.json')['summary']


def share(value):
    return f'{value:.3f}'.removeprefix('0')


@pytest.mark.parametrize('method', OXFORD)
def test_bits_beside_others(method):
    found = OXFORD[method]
    assert (f'| {method} | {found["correct"]:.0f} | {share(found["recall"])} | '
            f'{share(found["mma@3"])} |') in USE
    photographs, exposures = (HELD_OUT[kind][method]['all'] for kind in ('stills', 'exposure'))
    row = ' | '.join([f'{found["correct"]:.0f}, {share(found["mma@3"])}, {share(found["recall"])}',
                      *(f'{some["correct"]:.0f}, {share(some["mma@3"])}, {share(some["recall"])}'
                        for some in (photographs, exposures))])
    assert f'| {method} | {row} |' in BITS


def test_what_bits_keep():
    kept = OXFORD[BINARY]['recall'] / OXFORD['residual_hessian_small']['recall']
    assert f'32 bytes keep {100 * kept:.0f} %' in USE


def test_what_a_back_end_reads():
    card, orb = load_card(BINARY), load_thresholds('orb')
    levels = DETECTORS[METHODS[BINARY].detector].levels
    assert (f'| {levels.count}, {levels.factor} | {DETECTORS["orb"].levels.count}, '
            f'{DETECTORS["orb"].levels.factor}, its own octave |') in USE
    cells = [f'{one.low:.0f}, {one.high:.0f}, {share(one.ratio)}'
             for one in (card.thresholds, orb)]
    assert f'| TH_LOW, TH_HIGH, ratio | `match_thresholds` | {cells[0]} | {cells[1]} |' in USE
    vocabulary, _ = load_vocabulary(BINARY)
    assert (f'shipped, {vocabulary.branching} x {vocabulary.levels} levels, '
            f'{len(vocabulary.words):,} words') in USE


def test_places_that_are_known_again():
    checked, words = (share(PLACES[f'{BINARY}{kind}']['mean']['precision_1'])
                      for kind in (', checked', ''))
    orb_checked, orb_words = (share(PLACES[f'orb{kind}']['mean']['precision_1'])
                              for kind in (', checked', ''))
    assert f'answers {checked} of the revisits' in USE
    assert f'the same way {orb_checked}' in ' '.join(USE.split())
    assert f'(by words alone {words} and {orb_words};' in USE
    for method, parts in PLACES.items():
        row = ' | '.join(share(numbers['precision_1']) for numbers in parts.values())
        assert f'| {method} | {row} |' in WORDS


def bytes_of_an_image(descriptors):
    """Return how many an image of 1000 keypoints and 970 words adds to those before."""
    loops, sizes, column = LoopDetector(9), [], np.zeros(1000, np.float32)
    bag = BagOfWords(np.arange(970, dtype=np.int32), np.full(970, 1 / 970, np.float32))
    image = Features(np.zeros((1000, 2), np.float32), column, column, column,
                     np.zeros(1000, np.int32), descriptors, (640, 480))
    for stamp in range(2):
        loops.add((stamp, 0), image, bag, LoopConfig())
        sizes.append(loops.nbytes)
    return sizes[1] - sizes[0]


def test_what_images_that_are_kept_take():
    floats = bytes_of_an_image(np.zeros((1000, 128), np.float32))
    bits = bytes_of_an_image(np.zeros((1000, 32), np.uint8))
    assert f'{bits / 1e3:.0f} kB with 32 bytes and {floats / 1e3:.0f} kB with 128' in MAPS
    shares = [f'{size / 1e6:.2f}' for size in (floats, bits)]
    words = f'{shares[0]} MB with 128 values, {shares[1]} MB with 32 bytes'
    assert words in (ROOT / 'config/extractor.yaml').read_text()
    assert (f'{shares[0][1:]} MB each with 128 values, {shares[1][1:]} MB with 32 bytes') in USE


@pytest.mark.parametrize('name', ['kitti', 'hololens', 'seven'])
def test_maps(name):
    trials = read(f'docs/results/slam-{name}.json')['trials']
    for method in dict.fromkeys(trial['method'] for trial in trials):
        light = [trial for trial in trials
                 if trial['method'] == method and not trial['black_s']]
        errors = [trial['ate'] for trial in light if trial['ate'] is not None]
        posed = statistics.median(100 * trial['posed'] / trial['images'] for trial in light)
        cell = (f'{posed:.0f} %, {statistics.median(errors):.3f} ({min(errors):.3f} to '
                f'{max(errors):.3f})')
        row = next(line for line in MAPS.splitlines() if line.strip().startswith(f'| {method} |')
                   and ' %, ' in line)
        assert cell in row, (method, cell)
