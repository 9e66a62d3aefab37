# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""--through-node: the images of a bag through the real node, and its messages back to records."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from residual_features_ros.errors import CommandError
from residual_features_ros.tools.bags.masks import BagMask
from residual_features_ros.tools.bags.rosbag import IMAGE, image_message, write_images
from residual_features_ros.tools.evaluate_bag.inputs import Inputs
from residual_features_ros.tools.evaluate_bag.methods import Record
from residual_features_ros.tools.evaluate_bag.scores import Score
from residual_features_ros.tools.harness.playback import NAMESPACE, node_arguments, play
from residual_features_ros.tools.harness.processes import dds_profile, require_ros
from residual_features_ros.tools.harness.recording import Frame, lost, node_drops, read_recording
from residual_features_ros.tools.method_options import MethodOptions
from residual_features_ros.tools.node_options import NodeOptions


def score_node(methods: Sequence[str], options: MethodOptions, node: NodeOptions, inputs: Inputs,
               threshold_px: float, out: Path) -> tuple[dict[str, Score], Inputs]:
    """Play the bag through the node once for each method.

    Args:
        methods: registry names.
        options: of the methods.
        node: how the bag is played.
        inputs: of the evaluation.
        threshold_px: largest distance of an inlier to its epipolar line.
        out: folder of the report; the messages go into its folders node/METHOD/recording.

    Raises:
        CommandError: ROS is missing, or the node or the player failed; with the node's last words.
    """
    require_ros()
    profile = dds_profile(node.dds_profile)
    played = out / 'node' / 'bag'
    masks: list[tuple[int, BagMask | None]] = []
    if not write_images(played, f'{NAMESPACE}/image_raw', IMAGE, _messages(inputs, masks)):
        raise CommandError(f'{inputs.images.bag.path}: no image that could be played')
    played_masks = None
    if inputs.masks:
        played_masks = out / 'node' / 'masks'
        write_images(played_masks, f'{NAMESPACE}/mask', IMAGE,
                     _mask_messages(masks, inputs.images.size))
    options.check_mask(inputs.images.size)
    inputs = inputs.fitted_to(inputs.images.size)
    scores = {}
    for method in methods:
        print(f'{method}: through the node ...', flush=True)
        recording = play(played, out / 'node' / method, node_arguments(
            method, options, IMAGE, played_masks is not None), profile, node.rate, played_masks)
        frames = read_recording(recording)
        scores[method] = Score()
        for record in records_of(frames):
            scores[method].add(record, inputs, threshold_px)
        inputs.notes.extend(losses(method, frames, node_drops(recording)))
    return scores, inputs


def _messages(inputs: Inputs,
              masks: list[tuple[int, BagMask | None]]) -> Iterator[tuple[int, Any]]:
    """Yield the images; their stamps and masks are put behind `masks`."""
    for stamp, image, mask in tqdm(inputs.masked_images(), total=inputs.images.expected(),
                                   desc='read', unit='image', disable=None):
        masks.append((stamp, mask))
        yield stamp, image_message(image, stamp)


def _mask_messages(masks: Sequence[tuple[int, BagMask | None]],
                   size: tuple[int, int]) -> Iterator[tuple[int, Any]]:
    """Yield a mask for each stamp; one that allows all of the size (w, h) where there is none."""
    for stamp, mask in masks:
        allowed = mask.mask().allowed if mask else np.ones(size[::-1], bool)
        yield stamp, image_message(np.where(allowed, 255, 0).astype(np.uint8), stamp)


def records_of(frames: Sequence[Frame]) -> Iterator[Record]:
    """Yield the record of each image that was answered; its extract_ms is the latency."""
    previous: int | None = None
    for frame in frames:
        if frame.features is None or frame.matches is None:
            continue
        rows = frame.matches
        if len(rows) and previous is not None:
            previous = int(rows['prev_stamp_sec'][0]) * 10**9 + int(rows['prev_stamp_nanosec'][0])
        if previous is None:  # what it is matched to is a probe that the player sent ahead
            rows = rows[:0]
        places = [np.stack([rows[prefix + axis] for axis in 'xy'], 1) for prefix in ('prev_', '')]
        yield Record(frame.stamp, previous, len(frame.features), places[0], places[1],
                     rows['id'], frame.latency_ms, float('nan'))
        previous = frame.stamp


def losses(method: str, frames: Sequence[Frame], drops: dict[str, int]) -> list[str]:
    """Return sentences on the images that had no answer."""
    missing = lost(frames)
    if not missing:
        return []
    reasons = ', '.join(f'{count} {reason}' for reason, count in drops.items() if count)
    away = max(0, missing - sum(drops.values()))
    return [f'{method}: {missing} of {len(frames)} images had no answer (dropped by the node: '
            f'{reasons or "none"}; lost on the way: {away}); a smaller --rate plays more slowly']
