# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Learn while it drives: rounds of listening to a topic and learning from what came.

A round that is stopped is gone on with by the same command where its frames are complete, and
begins anew where they are not. New weights are offered and never put in place.
"""
from __future__ import annotations

import contextlib
import itertools
import shlex
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import FrameType

import numpy as np

from residual_features_ros.datasets.calibration import camera_from_message
from residual_features_ros.errors import CameraError, DatasetError, OutputError
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.tools.evaluate_bag.inputs import is_rectified
from residual_features_ros.tools.harness.image_topic import ImageTopic, listening
from training.learn import frames as kept
from training.learn import run
from training.learn.background import say
from training.learn.options import LearnOptions
from training.learn.round_folder import (
    CAMERA,
    FRAMES,
    check_folder,
    discard,
    forget,
    is_collected,
    load_camera,
    named,
    save_camera,
    tidy,
)
from training.learn.run import Told
from training.learn.source import Source
from training.learn.state import RESULT, begin, settings_of, write_whole

NODE = 'learn'  # our own
INFO_S = 2.0  # after the last frame no CameraInfo is waited for any longer
TOLD_SHARES = 4


class SizeChangedError(Exception):
    """Images have another size than those before: a round is of one camera."""


@dataclass
class Images:
    """Images of a topic until enough of them are used. used: of them so far."""

    topic: ImageTopic
    most: int
    told: Told
    used: int = 0
    size: tuple[int, int] = (0, 0)

    def __iter__(self) -> Iterator[tuple[int, np.ndarray]]:
        """Yield stamps in ns and images; SizeChangedError where their size changes."""
        while self.used < self.most:
            stamp, image = self.topic.take()
            size = (image.shape[1], image.shape[0])
            if self.size not in ((0, 0), size):
                raise SizeChangedError('image size changed from {}x{} to {}x{}'.format(
                    *self.size, *size))
            self.size = size
            yield stamp, image

    def note(self, verdict: str) -> None:
        """Take what became of an image, and tell how far it is."""
        if verdict != 'used':
            return
        self.used += 1
        if self.used * TOLD_SHARES // self.most > (self.used - 1) * TOLD_SHARES // self.most:
            self.told(f'{self.used} of {self.most} frames')


def main(options: LearnOptions, told: Told = say) -> str:
    """Learn from a topic round after round; return a sentence once all rounds are done.

    Raises:
        ConfigError: no name of a topic, or a method that has no windows to learn with.
        DatasetError: no photographs.
        OutputError: the folder is not of this command, or has all its rounds already.
        KeyboardInterrupt: Ctrl-C or SIGTERM; says how to go on.
    """
    check_folder(options.out)
    # What cannot be had is told now, and not when the first frames are there.
    run.check(options)
    done = 0
    with terminable():
        for number in itertools.count(1):
            folder = options.out / named(number)
            before = (folder / RESULT).is_file()
            if before and number == options.rounds:
                raise OutputError(f'{options.out}: it has {number} rounds already; choose more '
                                  '--rounds or another --out')
            if not before:
                one_round(replace(options, out=folder), told)
                done += 1
            tidy(folder)
            if number == options.rounds:
                break
    return f'{done} of {number} rounds were learned now; see {options.out}'


def one_round(options: LearnOptions, told: Told) -> None:
    """Collect frames, unless they are there, learn from them, and tell what came of it."""
    name = options.out.name
    if not is_collected(options.out):
        discard(options.out)  # of a run that was killed
        begin(options.out, settings_of(options))
        try:
            collect(options, told)
        except BaseException as error:
            discard(options.out)
            if not isinstance(error, KeyboardInterrupt):
                raise
            raise KeyboardInterrupt(f'stopped while {name} collected frames; the same command '
                                    'begins it anew') from None
    camera = load_camera(options.out / CAMERA)
    try:
        said = run.main(options, told, Source((), 0, camera))
    except DatasetError as error:  # a wall, or the night: the next round sees something else
        said = f'no new weights: {error}'
        write_whole(options.out / RESULT, {'kept': False, 'why': str(error)})
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f'stopped while {name} learned; the same command goes on with '
                                'its frames') from None
    told(f'{name}: {said}')
    weights = options.out / 'weights'
    if weights.is_dir():
        told('nothing runs with them yet; while the node runs, this gives them to it:\n'
             f'  ros2 param set {options.node} weights {shlex.quote(str(weights.absolute()))}')


def collect(options: LearnOptions, told: Told) -> None:
    """Keep the frames of a round, and the camera; it begins anew where the size changes."""
    with listening(NODE, options.live, told) as topic:
        told(f'{options.out.name}: listening to {topic.topic} until {options.most} frames are '
             'used')
        while True:
            forget(options.out)
            images = Images(topic, options.most, told)
            source = Source(images, 0, counts=topic.counts)
            try:
                kept.gather(source, options.out / FRAMES, options.most, images.note)
            except SizeChangedError as error:
                told(f'{options.out.name} begins anew, {images.used} frames are lost: {error}')
                continue
            break
        save_camera(options.out / CAMERA, find_camera(topic, images.size, told))


def find_camera(topic: ImageTopic, size: tuple[int, int], told: Told) -> Camera | None:
    """Return the camera beside a topic, None where there is none for images of a size (w, h)."""
    message = topic.camera_info(INFO_S)
    try:
        if message is None:
            raise CameraError('nobody publishes it')
        camera = camera_from_message(message, is_rectified(topic.topic))
        if camera.size not in ((0, 0), size):
            raise CameraError('it is for images of {}x{}, these have {}x{}'.format(
                *camera.size, *size))
    except CameraError as error:
        told(f'{topic.info_topic}: {error}; pairs agree with a fundamental matrix instead')
        return None
    return camera


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM end all as Ctrl-C does, training behind its step."""
    def end(number: int, frame: FrameType | None) -> None:
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts jobs behind it
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
