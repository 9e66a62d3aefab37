# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The words of a node's images, and the earlier images of their places, as topics."""
from __future__ import annotations

import dataclasses
import math
import threading
import time
from dataclasses import dataclass
from typing import Any

from sensor_msgs.msg import PointCloud2

from residual_features_ros.config import LoopConfig
from residual_features_ros.errors import ConfigError, ModelCardError, VocabularyError
from residual_features_ros.extractor import Extractor
from residual_features_ros.loop_closing import LoopDetector
from residual_features_ros.model_card import ModelCard
from residual_features_ros.ros.extracted import Extracted
from residual_features_ros.ros.feature_node import FeatureNode
from residual_features_ros.ros.place_messages import loops_to_message, place_to_message
from residual_features_ros.vocabulary.bag import BagOfWords
from residual_features_ros.vocabulary.files import (
    check_networks,
    load_vocabulary,
    vocabulary_file,
)
from residual_features_ros.vocabulary.tree import Vocabulary

KEPT, MEGABYTES = 'images kept for loops', 'memory of loops [MB]'  # keys of the reports
OFF = 'somebody listens to loop_candidates, which are off: set loop_candidates to true'
UNFIT = 'loop_candidates: {}, or set loop_candidates to false'
ONCE_S = math.inf


@dataclass(frozen=True)
class Read:
    """A vocabulary as it was read.

    vocabulary: None where it cannot be had.    told: of it in features_info.
    trouble: why it cannot be had, '' where it can.
    """

    vocabulary: Vocabulary | None = None
    told: dict[str, Any] | None = None
    trouble: str = ''


class PlaceRecognition:
    """Publishes place and loop_candidates of one camera, each while somebody listens.

    The vocabulary is read when it is needed first, and again for other weights. While there is
    none of those that run, there are neither words nor loop candidates.
    """

    def __init__(self, node: FeatureNode) -> None:
        """Open the topics; ConfigError where loop candidates are asked for and cannot be had."""
        self._node = node
        self._read: Read | None = None  # until it is needed
        self._reading, self._lock = threading.Lock(), threading.Lock()
        self._loops = LoopDetector(node.settings.get(LoopConfig).loop_memory)
        self._place_topic = node.add_output(PointCloud2, 'place')
        self._loops_topic = node.add_output(PointCloud2, 'loop_candidates')
        node.publish_info({'vocabulary': None, 'loops': describe(node.settings.get(LoopConfig))})
        node.settings.require(LoopConfig, self._check)

    def publish(self, extracted: Extracted) -> None:
        """Publish what is wanted of an image; images come in their order."""
        config = extracted.settings.get(LoopConfig)
        self._node.publish_info({'loops': describe(config)})
        heard = bool(self._place_topic.get_subscription_count())
        wanted = config.loop_candidates and self._node.wanted(self._loops_topic)
        if not config.loop_candidates and self._loops_topic.get_subscription_count():
            self._node.troubles.say('loop_candidates', OFF, ONCE_S)
        if not (heard or wanted):
            return
        read = self._needed()
        if read.vocabulary is None:
            self._node.troubles.say('vocabulary', f'nothing on place: {read.trouble}', ONCE_S)
            return
        (features,), timed = extracted.features, extracted.timings.timed
        with timed('place'):
            bag = read.vocabulary.transform(features.descriptors)
            if heard:
                self._place_topic.publish(place_to_message(bag, extracted.item.header))
        if wanted:
            with timed('loops'):
                self._publish_loops(extracted, bag, config)

    def _publish_loops(self, extracted: Extracted, bag: BagOfWords, config: LoopConfig) -> None:
        (features,), header = extracted.features, extracted.item.header
        with self._lock:
            found = self._loops.add((header.stamp.sec, header.stamp.nanosec), features, bag,
                                    config)
        if found.began_anew:
            self._node.troubles.say('loops', f'loops begin anew: {found.began_anew}')
        self._loops_topic.publish(loops_to_message(found.candidates, header))

    def report(self) -> dict[str, str]:
        """Return what diagnostics tell of the images that are kept."""
        with self._lock:
            count, size = len(self._loops), self._loops.nbytes
        return {KEPT: str(count), MEGABYTES: f'{size / 1e6:.1f}'}

    def forget(self) -> None:
        """Let the images go that are kept."""
        with self._lock:
            self._loops.forget()

    def check_weights(self, card: ModelCard | None) -> None:
        """Raise ConfigError for weights that loop candidates, which are found, cannot take."""
        method, config = self._node.extractor.config.method, self._node.settings.get(LoopConfig)
        if not config.loop_candidates:
            return
        try:
            check_networks(vocabulary_file(method, config.vocabulary), method,
                           card.sha256 if card else None)
        except VocabularyError as error:
            raise ConfigError(UNFIT.format(error)) from error

    def prepare(self, extractor: Extractor) -> Read | None:
        """Return the vocabulary for other weights, None where none has been needed so far.

        Raises:
            ConfigError: there is none, and loop candidates are found.
        """
        if self._read is None:
            return None
        read = self._load(extractor)
        if read.trouble and self._node.settings.get(LoopConfig).loop_candidates:
            raise ConfigError(UNFIT.format(read.trouble))
        return read

    def begin_anew(self, read: Read | None) -> dict[str, Any]:
        """Let the images go that are kept, and take what `prepare` has returned.

        Returns:
            What features_info tells of it.
        """
        self.forget()
        with self._reading:
            self._read = read
        if read and read.trouble:
            self._node.troubles.say('vocabulary', f'nothing on place: {read.trouble}', 0.0)
        return {'vocabulary': read.told if read else None}

    def _check(self, config: LoopConfig) -> None:
        """Raise ConfigError where loop candidates are asked for without their vocabulary."""
        if config.loop_candidates and (trouble := self._needed().trouble):
            raise ConfigError(f'loop_candidates: {trouble}')

    def _needed(self) -> Read:
        """Return the vocabulary, which is read where it is needed first."""
        with self._reading:
            if self._read is None:
                self._read = self._load(self._node.extractor)
                self._node.publish_info({'vocabulary': self._read.told})
            return self._read

    def _load(self, extractor: Extractor) -> Read:
        of, path = extractor.config, self._node.settings.get(LoopConfig).vocabulary
        start_s = time.perf_counter()
        try:
            vocabulary, card = load_vocabulary(of.method, path, of.weights)
            vocabulary.transform(self._node.blank.descriptors)  # of these? The first takes longer
        except (VocabularyError, ModelCardError, OSError) as error:
            return Read(trouble=str(error))
        words = len(vocabulary.words)
        with self._node.log_lock:
            self._node.get_logger().info(
                f'vocabulary of {words} words, read in {time.perf_counter() - start_s:.1f} s')
        return Read(vocabulary, {'words': words, 'sha256': card.sha256 if card else None})


def describe(config: LoopConfig) -> dict[str, Any]:
    """Return what features_info tells of how loop candidates are found."""
    settings = dataclasses.asdict(config)
    del settings['vocabulary']
    return settings
