# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which frames of a sequence are used: the camera has moved, nothing is blurred, all of the time.

A long sequence is taken in stretches that are spread over it; the frames of one follow each other.
"""
from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from residual_features_ros.datasets.image_files import read_image, write_image
from residual_features_ros.errors import DatasetError
from residual_features_ros.image import to_grey
from training.benchmarks.validation_pairs import shrunk
from training.learn.options import LEAST
from training.learn.source import Source

LARGEST = (640, 480)  # frames are shrunk to fit
LOOKED_AT = 320  # px, the width at which motion and sharpness are measured
MOVED = 0.01  # of the width: the median shift from the frame used before
LOST = 0.5  # of the points: so many that are no longer found are motion too
BLURRED = 0.5  # of the median sharpness of the images around
REMEMBERED = 15  # images around
STRETCHES, SHORTEST = 12, 8  # at most so many, of so many frames at least: pairs are within one
TRAINED, WATCHED = 0.65, 0.75  # of the frames: to train on, up to where the run is watched
INDEX = 'frames.json'


@dataclass(frozen=True)
class Frame:
    """A frame that is used. name: of its file. stamp: ns, or a number. stretch: of the time."""

    name: str
    stamp: int
    stretch: int


@dataclass(frozen=True)
class Frames:
    """The frames of a sequence, in a folder.

    counts: images by what became of them.    scale: of the frames to the images.
    """

    folder: Path
    frames: tuple[Frame, ...]
    counts: dict[str, int]
    scale: float

    def read(self, number: int) -> np.ndarray:
        """Return frame `number`, (H, W, 3) BGR uint8."""
        return read_image(self.folder / self.frames[number].name)

    def part(self, first: float, last: float) -> range:
        """Return the numbers of the frames between two shares of the sequence."""
        count = len(self.frames)
        return range(round(first * count), round(last * count))


class Chooser:
    """Tells of each image whether it is used. Shift is measured by optical flow."""

    def __init__(self) -> None:
        """Begin a stretch."""
        self._last: np.ndarray | None = None
        self._points: np.ndarray = np.zeros((0, 1, 2), np.float32)
        self._sharpness: deque[float] = deque(maxlen=REMEMBERED)

    def judge(self, image: np.ndarray) -> str:
        """Return 'used', 'still' or 'blurred' of an image (H, W) or (H, W, 3)."""
        width = min(LOOKED_AT, image.shape[1])
        height = max(1, round(image.shape[0] * width / image.shape[1]))
        small = cv2.resize(to_grey(image), (width, height), interpolation=cv2.INTER_AREA)
        sharp = float(np.abs(cv2.Laplacian(small, cv2.CV_32F)).mean())
        usual = float(np.median(self._sharpness)) if self._sharpness else sharp
        self._sharpness.append(sharp)
        if sharp < BLURRED * usual:
            return 'blurred'
        if self._last is not None and not self._moved(small):
            return 'still'
        self._last = small
        found = cv2.goodFeaturesToTrack(small, 200, 0.01, 8)
        self._points = np.zeros((0, 1, 2), np.float32) if found is None \
            else np.asarray(found, np.float32)
        return 'used'

    def _moved(self, small: np.ndarray) -> bool:
        if self._last is None or not len(self._points):
            return True
        guess = self._points.copy()
        places, found, _ = cv2.calcOpticalFlowPyrLK(self._last, small, self._points, guess)
        kept = found.ravel() == 1
        if kept.mean() < LOST:
            return True
        shift = np.linalg.norm((places - self._points)[kept].reshape(-1, 2), axis=1)
        return bool(np.median(shift) > MOVED * small.shape[1])


def chosen(source: Source, most: int,
           told: Callable[[str], None]) -> Iterator[tuple[int, int, np.ndarray]]:
    """Yield stamp, stretch and image of the frames to use, in one pass over a sequence."""
    stretches = max(min(STRETCHES, most // SHORTEST), 1) if source.expected > most else 1
    length, room = max(source.expected / stretches, 1.0), most // stretches
    chooser, current, used = Chooser(), 0, 0
    for number, (stamp, image) in enumerate(source.images):
        stretch = min(int(number / length), stretches - 1)
        if stretch != current:
            chooser, current, used = Chooser(), stretch, 0
        verdict = 'not needed' if used >= room else chooser.judge(image)
        told(verdict)
        if verdict == 'used':
            used += 1
            yield stamp, stretch, image


def gather(source: Source, folder: Path, most: int, told: Callable[[str], None]) -> Frames:
    """Read a sequence once and keep the frames to use, as files.

    Args:
        source: the sequence.
        folder: of the files; complete where it has an index, which is written last.
        most: frames to use.
        told: is told of each image what became of it.

    Raises:
        DatasetError: too few frames are left to learn from.
    """
    counts: dict[str, int] = {}

    def count(verdict: str) -> None:
        counts[verdict] = counts.get(verdict, 0) + 1
        told(verdict)

    frames: list[Frame] = []
    scale = 1.0
    for stamp, stretch, image in chosen(source, most, count):
        frame = shrunk(image, LARGEST)
        scale = frame.shape[1] / image.shape[1]
        name = f'{len(frames):05d}.png'
        write_image(folder / name, frame)
        frames.append(Frame(name, stamp, stretch))
    counts.update(source.counts())
    if len(frames) < LEAST:
        words = ', '.join(f'{value} {what}' for what, value in counts.items()) or 'no images'
        raise DatasetError(f'too few frames to learn from: {len(frames)}, {LEAST} are the least '
                           f'({words})')
    index: dict[str, Any] = {'frames': [asdict(frame) for frame in frames], 'counts': counts,
                             'scale': scale}
    partial = folder / f'{INDEX}.partial'
    partial.write_text(json.dumps(index), encoding='utf-8')
    partial.replace(folder / INDEX)
    return Frames(folder, tuple(frames), counts, scale)


def load(folder: Path) -> Frames | None:
    """Return the frames that gather() has kept, None where it was not finished."""
    if not (folder / INDEX).is_file():
        return None
    index = json.loads((folder / INDEX).read_text(encoding='utf-8'))
    return Frames(folder, tuple(Frame(**frame) for frame in index['frames']), index['counts'],
                  index['scale'])
