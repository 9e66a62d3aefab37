# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Learn from a sequence: read, chain, train, judge, keep or not; each part once, resumable."""
from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from residual_features_ros.datasets.image_files import find_images, read_image
from residual_features_ros.errors import ConfigError, DatasetError
from residual_features_ros.extractor import create_extractor
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.image import to_grey
from residual_features_ros.matcher import create_matcher
from residual_features_ros.model_card import load_card
from residual_features_ros.tools.photographs import packaged_photographs
from training import checkpoint, methods
from training.benchmarks.validation_pairs import spread
from training.config import override
from training.data.sources.sequence import (
    CHAINS,
    SequencePart,
    SharedPlaces,
    save_places,
)
from training.export import export
from training.learn import frames as kept
from training.learn.blend import SHARES, best_share, blend
from training.learn.chains import chain
from training.learn.examples import pictures
from training.learn.follow import fit, left_behind
from training.learn.frames import TRAINED, WATCHED, Frames
from training.learn.judge import (
    OTHERS,
    STILLS,
    Geometry,
    Judged,
    Scores,
    geometries,
    judge_frames,
    judge_stills,
    verdict,
)
from training.learn.options import METHOD, LearnOptions
from training.learn.report import write_report
from training.learn.source import Source, open_source
from training.learn.state import begin, begun_with, keep_result, note_spent, settings_of
from training.methods.residual.config import ResidualConfig
from training.recipes import configure
from training.train import train

JUDGED_SHARE = 0.25  # of the minutes, to choose a blend and to judge it
LEAST_SECONDS = 2.0  # of training, however little is left
STEP_SECONDS = 0.7  # of a pair at 640x480 on one core: what the rate's schedule is made for
Told = Callable[[str], None]


def main(options: LearnOptions, told: Told = print, source: Source | None = None) -> str:
    """Learn, and say whether there are new weights.

    Args:
        options: what was asked for.
        told: is told what is done.
        source: the sequence, None for what the options name.

    Raises:
        ConfigError: a method that has no windows to learn with.
        OutputError: the folder is of another sequence, or has a result already.
        DatasetError: too few frames, or none of which two share places.
    """
    begun = time.monotonic()
    check(options)
    source = source or open_source(options)
    settings = settings_of(options)
    spent = begin(options.out, settings)
    deadline = begun + options.minutes * 60 - spent
    frames, camera = read(options, told, source)
    note_spent(options.out, settings, spent + time.monotonic() - begun)
    left = max(deadline - time.monotonic(), 0.0)
    seconds = max(left - JUDGED_SHARE * options.minutes * 60, LEAST_SECONDS)
    told(f'training for {seconds:.0f} s, and judging in about '
         f'{JUDGED_SHARE * options.minutes * 60:.0f} s')
    last = train_on(frames, options, time.monotonic() + seconds)
    told('choosing how far to go from the weights before, where it watched')
    tried: list[str] = []
    share = choose_share(frames, camera, options, last, tried.append)
    told('\n'.join(tried))
    candidate = blended(options, last, share)
    told('judging on the unseen part and on photographs')
    pairs = geometries(frames, frames.part(WATCHED, 1), camera)
    scores = judged(frames, pairs, options, candidate)
    found = verdict(scores)
    notes = left_behind(options.method, options.out / 'weights') if found.kept else []
    if found.kept:
        told('fitting integers, confidence and thresholds of the new weights')
        notes += finish(frames, options, last, share)
    write_report(options, frames, found, scores, checkpoint.load(last).history, tried,
                 pictures(frames, scores, pairs, options.method, candidate), notes)
    if found.kept:
        shutil.rmtree(options.out / 'weights', ignore_errors=True)  # of a run that was cut off
        candidate.rename(options.out / 'weights')
    else:
        shutil.rmtree(candidate)
    keep_result(options, found, scores, share, last)
    what = options.out / 'weights' if found.kept else 'no new weights'
    return '\n'.join([f'{what}: {found.why}; see {options.out / "report.html"}', *notes])


def check(options: LearnOptions) -> None:
    """Raise for what cannot be had, before anything is read.

    Raises:
        ConfigError: a method without h and f of its own.
        ModelCardError: no such weights.
        DatasetError: no photographs.
    """
    config = methods.create(options.method)
    if not isinstance(config, ResidualConfig) or config.bits.count:
        raise ConfigError(f'learn takes a method whose descriptor f makes, such as {METHOD}, not '
                          f'{options.method}')
    load_card(options.method, options.weights)
    photograph_paths(options)


def read(options: LearnOptions, told: Told,
         source: Source) -> tuple[Frames, Camera | None]:
    """Return the frames to use, whose pairs are kept, and their camera where it is known."""
    for note in source.notes:
        told(note)
    frames = kept.load(options.out / 'frames')
    if frames is None:
        told(f'reading {source.expected} images')
        frames = kept.gather(source, options.out / 'frames', options.most, lambda _: None)
    told(', '.join(f'{count} {what}' for what, count in frames.counts.items()))
    camera = source.camera
    if camera is not None:
        height, width = frames.read(0).shape[:2]
        camera = camera.resized((width, height)) if any(camera.size) else None
    if not (frames.folder / CHAINS).is_file():
        told('matching neighbours and chaining')
        make_places(frames, options.method, options.weights, camera)
    return frames, camera


def make_places(frames: Frames, method: str, weights: str, camera: Camera | None) -> None:
    """Keep what pairs of frames share, of the part to train on and of that to watch by."""
    ours, matcher = create_extractor(method, weights=weights), create_matcher()
    parts = {}
    for part, numbers in (('trained', frames.part(0, TRAINED)),
                          ('watched', frames.part(TRAINED, WATCHED))):
        seen = [ours.extract(frames.read(number)) for number in numbers]
        stretches = [frames.frames[number].stretch for number in numbers]
        grey = [to_grey(frames.read(number)) for number in numbers]
        found = list(chain(seen, stretches, matcher.match, camera, images=grey))
        pairs = np.array([(a, b) for a, b, _ in found], np.int64).reshape(-1, 2) + numbers.start
        parts[part] = SharedPlaces(pairs, tuple(places for *_, places in found))
    if not parts['watched'].places:  # the run needs something to be watched by
        parts['watched'] = parts['trained']
    if not parts['trained'].places:
        raise DatasetError(f'{frames.folder}: no two frames share enough places to learn from')
    save_places(frames.folder, [frame.name for frame in frames.frames], parts)


def train_on(frames: Frames, options: LearnOptions, until: float) -> Path:
    """Train, or go on, up to a time of time.monotonic(); return the checkpoint."""
    height, width = frames.read(0).shape[:2]
    out = options.out / 'run'
    share = width * height / (640 * 480)
    steps = max(int(options.minutes * 60 * (1 - JUDGED_SHARE) / (STEP_SECONDS * share)), 8)
    config = configure(options.method, 'finetune', [
        f'pretrained={begun_with(options)}', 'data.kind=sequence',
        f'data.images={frames.folder}', f'data.size=({width}, {height})',
        'data.validation_pairs=8', f'validate_every={max(steps // 6, 1)}', 'checkpoint_every=25',
        f'optim.steps={steps}', f'optim.lr={options.lr}', 'optim.warmup_steps=20',
        'threads=1', f'seed={options.seed}'], out / 'last.pt')
    return train(override(config, ['data.workers=1']), out, until=until)


def choose_share(frames: Frames, camera: Camera | None, options: LearnOptions, last: Path,
                 told: Told) -> float:
    """Return how much of the way to the learned weights is best on the watched frames."""
    pairs = geometries(frames, frames.part(TRAINED, WATCHED), camera)
    stills = photographs(options)

    def scored(weights: str) -> tuple[Scores, Scores]:
        return (judge_frames(frames, pairs, options.method, weights),
                judge_stills(stills, options.method, weights, OTHERS))
    before = scored(options.weights)
    return best_share({share: scored(str(blended(options, last, share))) for share in SHARES},
                      before, told)


def finish(frames: Frames, options: LearnOptions, last: Path, share: float) -> list[str]:
    """Export weights that are kept in integers too, calibrate them, and say what is missing."""
    names = tuple(frames.frames[number].name for number in frames.part(0, TRAINED))
    notes = []
    try:
        folder = blended(options, last, share, SequencePart(frames.folder, names, 'trained'))
    except ValueError as error:
        notes = [f'the new weights have no integer networks: {error}']
        folder = blended(options, last, share)
    try:
        fit(frames, options.method, folder)
    except ValueError as error:
        notes.append(f'the new weights have no confidence and no thresholds: {error}')
    return notes


def blended(options: LearnOptions, last: Path, share: float,
            calibration: SequencePart | None = None) -> Path:
    """Export weights on the way to the learned ones, and return their folder."""
    candidate = options.out / 'candidate'
    shutil.rmtree(candidate, ignore_errors=True)  # made here, for another share
    begun = begun_with(options)
    mixed = blend(last, begun, share, last.with_name('blend.pt'))
    before = load_card(options.method, options.weights)
    export(mixed, candidate,
           f'as the images of the sequence and the weights before ({before.licence})',
           f"the user's own sequence; the weights before: {before.data}",
           f'{share:.0%} of the way from the weights of {begun} to learned ones', calibration,
           before.sources)
    return candidate


def photographs(options: LearnOptions) -> list[np.ndarray]:
    """Return the photographs on which the new weights must not be worse."""
    return [read_image(path) for path in photograph_paths(options)]


def photograph_paths(options: LearnOptions) -> list[Path]:
    """Return where they are; DatasetError where there are none."""
    paths = find_images([str(options.general)]) if options.general else packaged_photographs()
    return spread(list(paths), OTHERS.stop)


def judged(frames: Frames, pairs: Sequence[Geometry], options: LearnOptions,
           candidate: Path) -> Judged:
    """Return the scores of the new weights and of those before."""
    stills, folders = photographs(options), (str(candidate), options.weights)
    on_frames = [judge_frames(frames, pairs, options.method, folder) for folder in folders]
    on_stills = [judge_stills(stills, options.method, folder, STILLS) for folder in folders]
    return Judged(*on_frames, *on_stills)
