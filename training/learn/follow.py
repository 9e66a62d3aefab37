# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What stood on the weights before: confidence and thresholds are fitted anew, the rest is named.

A descriptor of other weights is another descriptor, so that vocabularies, bits and attention that
were made for those before are none for these.
"""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from residual_features_ros.attention import read_card as read_attention
from residual_features_ros.environment import commit
from residual_features_ros.extractor import create_extractor
from residual_features_ros.model_card import card_path
from residual_features_ros.registry import METHODS
from residual_features_ros.vocabulary.files import SHIPPED_VOCABULARIES
from training.calibration.labelled import Matched
from training.calibration.pairs import SEEDS, ViewPair
from training.calibration.run import confidence_part, threshold_part, write
from training.config import DataConfig
from training.data.pairs.homography_pairs import HomographyPairs
from training.data.sources.sequence import SequencePart
from training.learn.frames import TRAINED, WATCHED, Frames

PAIRS = 12  # to fit, and as many to measure
DATA = "random homographies of the sequence's own frames, that f has not learned from"


def fit(frames: Frames, method: str, folder: Path) -> None:
    """Fit confidence and thresholds of new weights, and write them on their card.

    Args:
        frames: of the sequence; those that watched are fitted on, the unseen measured on.
        method: its name.
        folder: of the weights.

    Raises:
        ValueError: neighbours that have no thresholds, as of frames with nothing on them.
    """
    one = Matched(create_extractor(method, weights=str(folder)))
    for pair in view_pairs(frames):
        one.add(pair)
    source = {'command': f'python -m training learn --method {method}', 'commit': commit(),
              'data': DATA}
    limits, _ = threshold_part(one, source)
    model, _ = confidence_part(one, source)
    write(card_path(method, folder), method, model, limits)


def view_pairs(frames: Frames) -> Iterator[ViewPair]:
    """Yield PAIRS pairs of views of each part; the second is of another light."""
    height, width = frames.read(0).shape[:2]
    config = DataConfig(size=(width, height))
    names = [frame.name for frame in frames.frames]
    for part, numbers in (('fit', frames.part(TRAINED, WATCHED)),
                          ('measure', frames.part(WATCHED, 1))):
        own = SequencePart(frames.folder, tuple(names[number] for number in numbers), part)
        samples = HomographyPairs(own, config, SEEDS[part], PAIRS)
        for number in range(PAIRS):
            sample = samples[number]
            first, second = sample['images']
            yield ViewPair(part, 'photographs', (first, second),
                           sample['homography'].astype(np.float64))


def left_behind(method: str, folder: Path) -> list[str]:
    """Return sentences about what was made for the shipped weights and does not fit the new ones.

    Each names the command that makes it anew.
    """
    forms = [name for name, other in METHODS.items() if other.base == method]
    said = [f'{form}: its bits are those of the shipped {method}; "python -m training train '
            f'{form} pretrained={card_path(method, folder)}" learns them anew'
            for form in forms]
    said += [f'the vocabulary {path.name} is of the shipped weights, and is refused with '
             f'others; "python -m training vocabulary --images DIR --method {path.stem} '
             f'--weights {folder} --out FILE" makes one'
             for name in (method, *forms)
             if (path := SHIPPED_VOCABULARIES / f'{name}.npz').is_file()]
    if method in read_attention().methods:
        said.append('the matcher with attention has learned from the shipped weights, and is '
                    'refused with others')
    return said
