# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a back-end received, frame by frame and as a table."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from residual_features_ros.geometry.epipolar import fundamental_inliers
from residual_features_ros.geometry.homography import homography_inliers
from residual_features_ros.text_table import table
from residual_features_ros.tools.harness.recording import Frame, lost


def summary(frames: Sequence[Frame], drops: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return the rows of the table; the first frame has nothing to match and is left out there.

    Args:
        frames: as read_recording gives them.
        drops: as node_drops gives them; what is missing beyond them was lost on the way.
    """
    answered = [frame for frame in frames if frame.answered]
    missing = lost(frames)
    rows = [('frames sent', f'{len(frames)}'), ('frames answered', f'{len(answered)}'),
            ('frames dropped', f'{missing}'),
            *((f'  by the node: {reason}', f'{count}') for reason, count in drops.items()
              if count),
            ('  lost on the way', f'{max(0, missing - sum(drops.values()))}')]
    if not answered:
        return rows
    latency = [frame.latency_ms for frame in answered]
    pairs = [frame.pairs() for frame in answered if frame is not frames[0]]
    rows += [('features per frame', spread([len(f.features) for f in answered
                                            if f.features is not None])),
             ('matches to the frame before', spread([len(a) for a, _ in pairs])),
             ('inliers, fundamental 1 px', inlier_share(fundamental_inliers(*p) for p in pairs)),
             ('inliers, homography 3 px', inlier_share(homography_inliers(*p) for p in pairs)),
             ('latency p50, p95', f'{np.percentile(latency, 50):.1f} ms, '
                                  f'{np.percentile(latency, 95):.1f} ms')]
    times = [frame.received for frame in answered if frame.received is not None]
    if max(times) > min(times):
        per_second = (len(times) - 1) / (max(times) - min(times)) * 1e9
        rows.append(('frames per second', f'{per_second:.1f}'))
    return rows


def spread(counts: Sequence[int]) -> str:
    """Return median, least and most of some counts."""
    return f'{np.median(counts):.0f} ({min(counts)} to {max(counts)})' if counts else '0'


def inlier_share(masks: Iterable[np.ndarray]) -> str:
    """Return the median count per frame and the share of all matches."""
    masks = list(masks)
    total = sum(map(len, masks))
    if not total:
        return '0'
    agreeing = [int(mask.sum()) for mask in masks]
    return f'{np.median(agreeing):.0f} ({100 * sum(agreeing) / total:.0f} %)'


def render(frames: Sequence[Frame], drops: Mapping[str, int], title: str) -> str:
    """Return the table under its title."""
    return table([title, ''], summary(frames, drops))
