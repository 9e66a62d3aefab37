# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Methods that take turns on the images: what each found in an image, and how long it took."""
from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from residual_features_ros.extractor import Extractor
from residual_features_ros.mask import Mask
from residual_features_ros.matcher import Matcher, open_matcher
from residual_features_ros.tools.bags.masks import BagMask
from residual_features_ros.tools.method_options import MethodOptions
from residual_features_ros.tracks import Tracks
from residual_features_ros.types import Features


@dataclass(frozen=True)
class Record:
    """One image as a method saw it, and its matches to an image before.

    stamp_ns, previous_ns: of the image and of the one it was matched to, None for the first.
    keypoints: how many it has.
    before, now: (M, 2) float32, matched pixels of the previous image and of this one.
    ids: (M,) int32, tracks that persist.
    extract_ms, match_ms: what it took; through the node extract_ms is the latency, the other NaN.
    """

    stamp_ns: int
    previous_ns: int | None
    keypoints: int
    before: np.ndarray
    now: np.ndarray
    ids: np.ndarray
    extract_ms: float
    match_ms: float


@dataclass(frozen=True)
class GapMatches:
    """The matches of an image to the one `gap` images before it.

    previous_ns, stamp_ns: of the image before and of this one.
    before, now: (M, 2) float32, matched pixels of the two.
    """

    gap: int
    previous_ns: int
    stamp_ns: int
    before: np.ndarray
    now: np.ndarray


@dataclass
class LocalMethod:
    """A method in this process, with tracks as the node keeps them.

    gaps: how many images apart, 2 or more each, images are matched besides.
    """

    extractor: Extractor
    matcher: Matcher
    tracks: Tracks = field(default_factory=Tracks)
    gaps: tuple[int, ...] = ()
    _first: bool = True
    _newest: deque[tuple[int, Features]] = field(init=False)  # stamps and features, newest last

    def __post_init__(self) -> None:
        """Keep no more images than the largest gap reaches back."""
        self._newest = deque(maxlen=max(self.gaps, default=0) + 1)

    def process(self, stamp_ns: int, image: np.ndarray, mask: Mask | None = None) -> Record:
        """Extract an image and match it to the one before.

        Args:
            stamp_ns: of the image.
            image: grey or BGR uint8.
            mask: of the image, which counts beside that of the settings.
        """
        start = perf_counter()
        features = self.extractor.extract(
            image, None if mask is None else mask.joined(self.extractor.mask))
        middle = perf_counter()
        sec, nanosec = divmod(stamp_ns, 10**9)
        frame = self.tracks.add(features, (sec, nanosec), self.matcher.match)
        end = perf_counter()
        self._newest.append((stamp_ns, features))
        now, before = frame.matches.indices.T
        first, self._first = self._first, False
        reference = frame.reference_stamp[0] * 10**9 + frame.reference_stamp[1]
        return Record(stamp_ns, None if first else reference, len(features),
                      frame.reference.keypoints[before], features.keypoints[now], frame.ids,
                      1000 * (middle - start), float('nan') if first else 1000 * (end - middle))

    def match_gaps(self) -> Iterator[GapMatches]:
        """Yield the matches of the newest image to those `gaps` before it, as far as there are."""
        stamp_ns, features = self._newest[-1]
        for gap in self.gaps:
            if gap < len(self._newest):
                previous_ns, earlier = self._newest[-1 - gap]
                now, before = self.matcher.match(features, earlier).indices.T
                yield GapMatches(gap, previous_ns, stamp_ns, earlier.keypoints[before],
                                 features.keypoints[now])


def create_methods(names: Sequence[str], options: MethodOptions,
                   gaps: Sequence[int] = (1,)) -> dict[str, LocalMethod]:
    """Return methods of the registry by their names; see create_extractor for the errors."""
    further = tuple(gap for gap in gaps if gap > 1)  # the image before is matched by the tracks
    made = {}
    for name in names:
        extractor_config, matcher_config = options.configs(name)
        extractor = Extractor(extractor_config)
        made[name] = LocalMethod(extractor, open_matcher(matcher_config, extractor),
                                 gaps=further)
    return made


def process_all(methods: Mapping[str, LocalMethod],
                images: Iterable[tuple[int, np.ndarray, BagMask | None]]
                ) -> Iterator[dict[str, Record]]:
    """Yield the records of each image; each image another method begins."""
    names = list(methods)
    for turn, (stamp, image, packed) in enumerate(images):
        mask = packed.mask() if packed else None
        order = [names[(turn + i) % len(names)] for i in range(len(names))]
        records = {name: methods[name].process(stamp, image, mask) for name in order}
        yield {name: records[name] for name in names}
