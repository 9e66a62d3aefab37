# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""features_info: what a reader of features has to know, as one JSON object."""
from __future__ import annotations

from typing import Any

import numpy as np

from residual_features_ros.extractor import Extractor
from residual_features_ros.matcher import Matcher
from residual_features_ros.ros.conversions import DESCRIPTOR_SCALE, ZERO_POINT
from residual_features_ros.ros.node_config import NodeConfig
from residual_features_ros.types import Features


def describe(extractor: Extractor, features: Features, config: NodeConfig) -> dict[str, Any]:
    """Return features_info for an extractor, one of its results, and how it is published.

    Float descriptors are (q - descriptor_zero_point) / descriptor_scale where
    descriptor_encoding is 'uint8'. A keypoint of octave k was found in the image scaled by
    1 / (first_scale * scale_factor**k). One of level k has about the diameter level_first_size *
    level_factor**k in pixels, and there are `levels` of them (levels.Levels). image_width and
    image_height are null before the first image. image_geometry is 'raw', 'rectified' or
    'unknown': what the user says of the images.
    match_thresholds, null where nobody fitted them, are low, high and ratio of
    thresholds.MatchThresholds: bits, or L2 of unit rows, which is descriptor_scale times as much
    between the bytes of 'uint8'.
    weights_after is null, or the stamp [sec, nanosec] of the last image before other weights were
    put in place while the node ran: descriptors of later ones are not comparable to those of it
    and of earlier ones.
    mask tells what keeps keypoints off: 'none', 'file', 'topic' once a mask has come on it, or
    'file and topic'; of a stereo pair, of either image.
    """
    binary = features.descriptors.dtype == np.uint8
    quantised = not binary and config.descriptor_encoding == 'uint8'
    return {
        'method': extractor.config.method,
        'weights_sha256': extractor.card.sha256 if extractor.card else None,
        'weights_after': None,
        'front_end': extractor.config.front_end,
        'backend': extractor.backend_description,
        'descriptor_encoding': 'binary' if binary else config.descriptor_encoding,
        'descriptor_dtype': 'uint8' if binary or quantised else 'float32',
        'descriptor_dim': features.descriptors.shape[1],
        'descriptor_norm': 'hamming' if binary else 'l2',
        'descriptor_scale': DESCRIPTOR_SCALE if quantised else None,
        'descriptor_zero_point': ZERO_POINT if quantised else None,
        'match_thresholds': {name: getattr(extractor.thresholds, name)
                             for name in ('low', 'high', 'ratio')}
        if extractor.thresholds else None,
        'keypoint_coordinates': 'pixels (x, y) of the image as received; the centre of the '
                                'top-left pixel is (0, 0)',
        'image_geometry': config.image_geometry,
        'mask': 'file' if extractor.mask else 'none',
        'first_scale': extractor.scales.first_scale,
        'scale_factor': extractor.scales.scale_factor,
        'level_first_size': extractor.levels.first_size,
        'level_factor': extractor.levels.factor,
        'levels': extractor.levels.count,
        'image_width': None, 'image_height': None,
    }


def describe_matcher(matcher: Matcher) -> dict[str, Any]:
    """Return what features_info tells of the matcher.

    matcher_network is null where no network matches; 'methods' are those whose descriptors it
    was trained with.
    """
    network = matcher.network
    return {
        'matcher': matcher.config.matcher,
        'matcher_fallback': matcher.config.matcher_fallback or None,
        'matcher_network': {
            'weights_sha256': network.card.sha256, 'methods': list(network.card.methods),
            'backend': network.description} if network else None,
    }


def lost(before: Extractor, after: Extractor) -> str:
    """Return what the log tells of other weights that lack what those before had, or ''."""
    words = [f'; {name} are no longer known, since they were fitted to other descriptors: '
             f'"python -m training calibrate {after.config.method} --images DIR" fits them anew'
             for name, had, has in (
                 ('confidences of matches', before.confidence, after.confidence),
                 ('match_thresholds', before.thresholds, after.thresholds))
             if had and not has]
    return ''.join(words)


def words_of(matcher: Matcher) -> str:
    """Return what the log tells of the matcher as the node starts."""
    config, words = matcher.config, f'matcher {matcher.config.matcher}'
    if config.matcher_fallback:
        words += f', {config.matcher_fallback} below {config.fallback_matches} matches that agree'
    return f'{words}, backend: {matcher.network.description}' if matcher.network else words
