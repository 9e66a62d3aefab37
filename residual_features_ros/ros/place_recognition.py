# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The words of a node's images, and the earlier images of their places, as topics."""
from __future__ import annotations

import dataclasses
import math
import threading
import time
from typing import Any

from sensor_msgs.msg import PointCloud2

from residual_features_ros.config import LoopConfig
from residual_features_ros.errors import ConfigError, ModelCardError, VocabularyError
from residual_features_ros.loop_closing import LoopDetector
from residual_features_ros.ros.extracted import Extracted
from residual_features_ros.ros.feature_node import FeatureNode
from residual_features_ros.ros.place_messages import loops_to_message, place_to_message
from residual_features_ros.vocabulary.bag import BagOfWords
from residual_features_ros.vocabulary.files import (
    VocabularyCard,
    check_weights,
    load_vocabulary,
)
from residual_features_ros.vocabulary.tree import Vocabulary

KEPT, MEGABYTES = 'images kept for loops', 'memory of loops [MB]'  # keys of the reports
OFF = 'somebody listens to loop_candidates, which are off: set loop_candidates to true'
ONCE_S = math.inf


class PlaceRecognition:
    """Publishes place and loop_candidates of one camera, each while somebody listens.

    The vocabulary is read once, when it is needed first. While other weights run than those that
    it was made with, there are neither words nor loop candidates.
    """

    def __init__(self, node: FeatureNode) -> None:
        """Open the topics; ConfigError where loop candidates are asked for and cannot be had."""
        self._node = node
        self._vocabulary: Vocabulary | None = None
        self._card: VocabularyCard | None = None
        self._trouble = ''  # why there is no vocabulary
        self._misfit = ''  # why the vocabulary is not of the weights that run
        self._reading, self._lock = threading.Lock(), threading.Lock()
        self._told: dict[str, Any] | None = None  # of it in features_info
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
        vocabulary = self._read()
        if vocabulary is None:
            words = self._misfit or self._trouble
            self._node.troubles.say(f'vocabulary: {words}', f'nothing on place: {words}', ONCE_S)
            return
        (features,), timed = extracted.features, extracted.timings.timed
        with timed('place'):
            bag = vocabulary.transform(features.descriptors)
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

    def check_weights(self, folder: str) -> None:
        """Raise ConfigError for weights that loop candidates, which are found, cannot take."""
        if self._node.settings.get(LoopConfig).loop_candidates and \
                (words := self._misfit_of(folder)):
            raise ConfigError(f'loop_candidates: {words}, or set loop_candidates to false')

    def begin_anew(self) -> None:
        """Let the images go that are kept; with other weights the vocabulary may not fit."""
        self.forget()
        with self._reading:
            self._misfit = self._misfit_of(self._node.extractor.config.weights)
            if self._vocabulary is None:
                self._trouble = ''  # it may be of these weights
        self._node.publish_info({'vocabulary': None if self._misfit else self._told})
        if self._misfit:
            self._node.troubles.say(f'vocabulary: {self._misfit}',
                                    f'nothing on place: {self._misfit}', ONCE_S)

    def _misfit_of(self, folder: str) -> str:
        """Return why a vocabulary that was read is not of some weights, '' where it is."""
        if self._card is None:
            return ''
        try:
            check_weights(self._card, self._node.extractor.config.method, folder)
        except (VocabularyError, ModelCardError) as error:
            return str(error)
        return ''

    def _check(self, config: LoopConfig) -> None:
        """Raise ConfigError where loop candidates are asked for without their vocabulary."""
        if config.loop_candidates and self._read() is None:
            raise ConfigError(f'loop_candidates: {self._misfit or self._trouble}')

    def _read(self) -> Vocabulary | None:
        """Return the vocabulary; None where it cannot be had."""
        with self._reading:
            if self._vocabulary is None and not self._trouble:
                try:
                    self._vocabulary = self._load()
                except (VocabularyError, OSError) as error:
                    self._trouble = str(error)
            return None if self._misfit else self._vocabulary

    def _load(self) -> Vocabulary:
        of, path = self._node.extractor.config, self._node.settings.get(LoopConfig).vocabulary
        start_s = time.perf_counter()
        vocabulary, self._card = load_vocabulary(of.method, path, of.weights)
        vocabulary.transform(self._node.blank.descriptors)  # of these? And the first takes longer
        words = len(vocabulary.words)
        self._told = {'words': words, 'sha256': self._card.sha256 if self._card else None}
        self._node.publish_info({'vocabulary': self._told})
        with self._node.log_lock:
            self._node.get_logger().info(
                f'vocabulary of {words} words, read in {time.perf_counter() - start_s:.1f} s')
        return vocabulary


def describe(config: LoopConfig) -> dict[str, Any]:
    """Return what features_info tells of how loop candidates are found."""
    settings = dataclasses.asdict(config)
    del settings['vocabulary']
    return settings
