# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of the hard pairs whose right matches rose most, and fell most."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2

from residual_features_ros.drawing import draw_matches
from training.learn.frames import Frames
from training.learn.judge import HARD_GAP, RIGHT_PX, Geometry, Judged, Key, extractor, found_in

SHOWN = 3  # pairs won, and as many lost


def won_and_lost(judged: Judged) -> list[Key]:
    """Return up to SHOWN pairs that were won, most first, and as many lost."""
    new, old = judged.new.right, judged.before.right
    hard = sorted((key for key in old if key[1] - key[0] >= HARD_GAP),
                  key=lambda key: old[key] - new[key])
    return [key for key in hard[:SHOWN] if new[key] > old[key]] + [
        key for key in hard[::-1][:SHOWN] if new[key] < old[key]]


def pictures(frames: Frames, judged: Judged, pairs: Sequence[Geometry], method: str,
             weights: Path) -> Iterator[tuple[str, bytes]]:
    """Yield a caption and a JPEG of each: the matches of the new weights, right ones green.

    Args:
        frames: of the sequence.
        judged: the scores.
        pairs: that were judged.
        method: its name.
        weights: folder of the new ones.
    """
    ours = extractor(method, str(weights))
    geometry = {(pair.first, pair.second): pair for pair in pairs}
    for key in won_and_lost(judged):
        images = frames.read(key[0]), frames.read(key[1])
        first, second = map(ours.extract, images)
        points, off = found_in(first, second, geometry[key].F)
        _, coded = cv2.imencode('.jpg', draw_matches(images, points, off < RIGHT_PX))
        yield (f'frames {key[0]} and {key[1]}: {judged.before.right[key]} right before, '
               f'{judged.new.right[key]} now'), coded.tobytes()
