# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Settings as frozen dataclasses: default, unit, range and meaning stand at the field.

The node's parameters, the YAML files and the command line are all made from these fields, so
that a setting exists once. An unknown key or a value of the wrong type is an error that names
what is known.
"""
from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from residual_features_ros.errors import ConfigError, unknown
from residual_features_ros.registry import METHODS

MATCHERS = ('mutual_nearest', 'stereo_rectified', 'guided', 'attention', 'attention_guided')
ANYWHERE = ('onnxruntime', 'opencv')  # runtimes of networks; the second needs no other package
FREE = 'free'  # weights: those that learned from photographs with free licences alone
NAMED = {'method': '--method', 'max_keypoints': '--max-keypoints', 'backend': '--backend'}


def split_method(name: str) -> tuple[str, dict[str, Any]]:
    """Return the method of METHOD[+MATCHER[+FALLBACK]], and the settings of the matcher.

    Raises:
        ConfigError: an unknown matcher, or too many words.
    """
    method, *matchers = name.split('+')
    for matcher in matchers:
        if matcher not in MATCHERS:
            raise unknown('matcher', matcher, MATCHERS)
    if len(matchers) > 2:
        raise ConfigError(f'{name}: expected METHOD+MATCHER or METHOD+MATCHER+FALLBACK')
    return method, dict(zip(('matcher', 'matcher_fallback'), matchers, strict=False))


def method_and_folder(source: str) -> tuple[str, str]:
    """Return the method and the folder of weights of METHOD ('') or DIR/METHOD.json (DIR)."""
    path = Path(source)
    if path.suffix != '.json':
        return source, ''
    folder = str(path.parent)
    return path.stem, f'./{folder}' if folder == FREE else folder


def read_settings(pairs: Iterable[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sort key=value words into settings of the extractor and of the matcher.

    Raises:
        ConfigError: a word without '=', an unknown key or a value of the wrong type.
    """
    extractor, matcher = ({field.name: field for field in dataclasses.fields(kind)}
                          for kind in (ExtractorConfig, MatcherConfig))
    values: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for pair in pairs:
        key, equals, text = pair.partition('=')
        if not equals:
            raise ConfigError(f'--set takes key=value, got {pair!r}')
        if key in NAMED:
            raise ConfigError(f'--set {key}: use {NAMED[key]}')
        if key not in extractor and key not in matcher:
            raise unknown('setting', key, [*extractor, *matcher])
        home = 0 if key in extractor else 1
        values[home][key] = _parse((extractor, matcher)[home][key], text)
    return values


def _parse(field: dataclasses.Field[Any], text: str) -> Any:
    kind: type = type(field.default)
    try:
        return kind(text)
    except ValueError as error:
        raise ConfigError(f'{field.name} must be {kind.__name__}, got {text!r}') from error


ConfigT = TypeVar('ConfigT')


def setting(default: Any, meaning: str, *, low: float | None = None, high: float | None = None,
            choices: Iterable[str] = (), live: bool = False, swapped: bool = False) -> Any:
    """Declare one setting.

    Args:
        default: its default value, whose type is the setting's type.
        meaning: one sentence with the unit.
        low: the least number allowed.
        high: the largest number allowed.
        choices: the allowed words.
        live: whether it is read for every image, so that a running node may change it.
        swapped: whether a running node may change it by loading another extractor beside its own.
    """
    return dataclasses.field(default=default, metadata={
        'meaning': meaning, 'low': low, 'high': high, 'live': live, 'swapped': swapped,
        # A table stays what it is: methods may be registered later.
        'choices': choices if isinstance(choices, Mapping) else tuple(choices)})


@dataclass(frozen=True)
class ExtractorConfig:
    """What turns an image into Features."""

    method: str = setting(
        'residual_hessian_small', 'How keypoints are found and described: residual_*_small has '
        'a network made for CPUs.', choices=METHODS)
    max_keypoints: int = setting(1000, 'Most keypoints per image, the strongest are kept.',
                                 low=1, high=50000, live=True)
    backend: tuple[str, ...] = setting(
        ANYWHERE, 'Runtimes for the networks in the order to try: the next one '
        'goes on where one cannot start or fails; behind those of a node stand onnxruntime and '
        'opencv, which needs no package but OpenCV.')
    threads: int = setting(0, 'CPU threads of the network runtime, 0 = its own choice.',
                           low=0, high=256)
    precision: str = setting(
        'auto', 'Numbers of the networks: int8 takes the quantised ones, auto too where there are '
        'such, and else what the runtime is fastest in.',
        choices=('auto', 'int8', 'bf16', 'fp16', 'fp32'))
    weights: str = setting(
        '', 'Folder of the card and networks, empty = the shipped ones, free = those of them that '
        'learned from photographs with free licences alone; while a node runs, others '
        'are loaded beside them and tried, and take their place between two images.',
        swapped=True)
    front_end: str = setting(
        'split', 'Who finds and describes: split = the CPU and networks beside each other; whole '
        '= one network, for images of its size, which "python -m training export --whole" writes '
        'into the folder that weights names; images of other sizes are split. Masks choose among '
        'what it found.', choices=('split', 'whole'))
    max_size: int = setting(2048, 'Longest image side worked on in pixels, larger images are '
                            'shrunk and keypoints mapped back, 0 = no limit.', low=0, high=16384,
                            live=True)
    sift_contrast_threshold: float = setting(
        0.005, 'SIFT contrast threshold, 0.005 as in the Residual paper.', low=0.0, high=1.0,
        live=True)
    sift_first_octave: int = setting(
        -1, 'First octave of SIFT: -1 upsamples the image by 2 as Lowe does, 0 does not and takes '
        'less than half the time.', low=-1, high=0, live=True)
    sift_rows: str = setting(
        'pyramid', "Who describes SIFT's keypoints: cv2, or this package, which describes those "
        'alone that were chosen.', choices=('pyramid', 'cv2'), live=True)
    hessian_first_octave: int = setting(
        0, 'First octave of hessian: 0 begins in the image, 1 in the one of half the size, which '
        'takes less than half the time and places keypoints less exactly.', low=0, high=1,
        live=True)
    hessian_threshold: float = setting(
        1e-6, 'Least determinant of the Hessian of a keypoint, for grey levels in [0, 1].',
        low=0.0, high=1.0, live=True)
    akaze_threshold: float = setting(
        1e-5, 'Response threshold of AKAZE.', low=0.0, high=1.0, live=True)
    places: str = setting(
        'learned', 'Where keypoints are: learned moves them to where a network sees them, if the '
        'weights have one, detected leaves them where the detector found them.',
        choices=('learned', 'detected'), live=True)
    spread: float = setting(
        0.0, 'Share of the keypoints that are chosen evenly over the image, the others are the '
        'strongest.', low=0.0, high=1.0, live=True)
    orientations: int = setting(
        0, 'Most keypoints of one place where SIFT finds several dominant orientations; 0 = one '
        'with a network and all without.', low=0, high=4, live=True)
    network_shrink: int = setting(
        0, 'The network sees images at 1 / this of their size, keypoints keep theirs; 0 = as the '
        'weights say.', low=0, high=8, live=True)
    surf_hessian_threshold: float = setting(
        30.0, 'SURF Hessian threshold of OpenCV, 30 as in the Residual paper.', low=0.0, high=1e6)
    orb_fast_threshold: int = setting(
        7, 'FAST threshold of ORB in grey levels.', low=1, high=255, live=True)
    mask: str = setting(
        '', 'Image file of the size of the images that keeps keypoints off, the robot itself for '
        'example: where it is 0; where it is not 0 they are allowed, as in OpenCV; empty = none.')
    score_threshold: float = setting(
        -1.0, 'Keypoints of a learned detector have a score above it, -1 = as the weights say.',
        low=-1.0, high=1e6, live=True)
    nms_radius: int = setting(
        -1, 'A keypoint of a learned detector has the largest score of the square of this '
        'half-width in pixels of what the network sees: 3 is 7x7; -1 = as the weights say.',
        low=-1, high=64, live=True)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


@dataclass(frozen=True)
class MatcherConfig:
    """What turns two Features into Matches; zero switches a threshold off."""

    matcher: str = setting(
        'mutual_nearest', 'How descriptors are paired: mutual_nearest = by who is nearest; guided '
        '= by who is nearest where the geometry of the first matches allows it; attention = by a '
        'network that looks at all keypoints of both images; attention_guided = by both; '
        'stereo_rectified = on one row, of left and right images alone.', choices=MATCHERS)
    matcher_fallback: str = setting(
        '', 'A second matcher for images of which the first finds too few matches: guided, '
        'attention or attention_guided; what has more that agree with one geometry is taken; '
        'empty = none.',
        choices=('', *MATCHERS[2:]))
    fallback_matches: int = setting(
        100, 'matcher_fallback: fewer matches than this that agree with one geometry are too few.',
        low=1, high=50000, live=True)
    matcher_weights: str = setting(
        '', 'Folder of the card and network of the attention matcher, empty = the shipped one.')
    guided_px: float = setting(
        2.0, 'guided: largest distance in pixels from the epipolar line, and from where the '
        'matches beside it lead.', low=0.1, high=100.0, live=True)
    matching_precision: str = setting(
        'int8', 'How float descriptors are searched: int8 is fast, fp32 as the definition; '
        'distances are those of the descriptors in both.', choices=('int8', 'fp32'))
    ratio: float = setting(
        0.0, 'Largest ratio of best to second best distance, 0 = off; attention takes none.',
        low=0.0, high=1.0, live=True)
    max_distance: float = setting(
        0.0, 'Largest distance (L2 in [0, 2], or bits for binary descriptors), 0 = off; attention '
        'takes none.',
        low=0.0, high=4096.0, live=True)
    min_confidence: float = setting(
        0.0, 'Least confidence of a match, its probability to be right, 0 = off.', low=0.0,
        high=0.99, live=True)
    epipolar_px: float = setting(
        2.0, 'stereo_rectified: largest vertical offset in pixels.', low=0.0, high=1000.0,
        live=True)
    min_disparity_px: float = setting(
        0.0, 'stereo_rectified: least x_left - x_right in pixels.', low=-10000.0, high=10000.0,
        live=True)
    max_disparity_px: float = setting(
        256.0, 'stereo_rectified: largest x_left - x_right in pixels.', low=-10000.0,
        high=10000.0, live=True)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
        if self.matcher == self.matcher_fallback:
            raise ConfigError(f'matcher_fallback {self.matcher_fallback} is the matcher itself: '
                              'leave it empty, or take another')
        if self.min_disparity_px > self.max_disparity_px:
            raise ConfigError(f'min_disparity_px {self.min_disparity_px:g} is larger than '
                              f'max_disparity_px {self.max_disparity_px:g}')


@dataclass(frozen=True)
class LoopConfig:
    """What turns the words of an image into earlier images of its place."""

    vocabulary: str = setting(
        '', "Words of images: an .npz file, DBoW2's .txt or .txt.gz, or a folder with "
        '<method>.npz; empty = the shipped one of the method. It is read once it is needed, for '
        'loop_candidates or for somebody who listens to place.')
    loop_candidates: bool = setting(
        False, 'Find the earlier images of the place of each image, while somebody listens to '
        'loop_candidates.', live=True)
    loop_count: int = setting(
        3, 'Most loop candidates of an image: so many of the images that are most like it by '
        'their words are looked at.', low=1, high=100, live=True)
    loop_min_gap_s: float = setting(
        10.0, 'Images whose stamps are nearer than this in seconds are no loop candidates of each '
        'other.', low=0.0, high=86400.0, live=True)
    loop_min_inliers: int = setting(
        30, 'Least matches of a loop candidate that agree with one geometry.', low=20, high=50000,
        live=True)
    loop_memory: int = setting(
        2000, 'Images that are kept to be loop candidates, then the oldest leave. One of 1000 '
        'keypoints takes about 0.17 MB with 128 values, 0.08 MB with 32 bytes.', low=1,
        high=1000000)
    loop_every: int = setting(
        1, 'Every so many images one is kept to be a loop candidate; all are asked for theirs.',
        low=1, high=10000, live=True)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


def check(config: Any) -> None:
    """Raise ConfigError unless each field of a config dataclass has its type, range and choice."""
    for field in dataclasses.fields(config):
        check_value(field, getattr(config, field.name))


def check_value(field: dataclasses.Field[Any], value: Any) -> None:
    """Raise ConfigError unless `value` suits the setting that `field` declares."""
    kind = type(field.default)
    fits = isinstance(value, kind) or (kind is float and isinstance(value, int))
    if not fits or (isinstance(value, bool) and kind is not bool):
        raise ConfigError(f'{field.name} must be {kind.__name__}, got {value!r}')
    if kind is tuple and not (value and all(isinstance(word, str) for word in value)):
        raise ConfigError(f'{field.name} must be a non-empty tuple of words, got {value!r}')
    low, high = field.metadata['low'], field.metadata['high']
    if low is not None and not low <= value <= high:
        raise ConfigError(f'{field.name} must be in [{low:g}, {high:g}], got {value!r}')
    if field.metadata['choices'] and value not in field.metadata['choices']:
        raise unknown(field.name, value, field.metadata['choices'])


def from_mapping(kind: type[ConfigT], values: Mapping[str, Any]) -> ConfigT:
    """Build the config dataclass `kind`; lists become tuples, an unknown key is an error."""
    known = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
    for key in values:
        if key not in known:
            raise unknown('setting', key, known)
    return kind(**{key: tuple(value) if isinstance(value, list) else value
                   for key, value in values.items()})
