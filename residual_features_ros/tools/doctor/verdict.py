# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The last sentence: how many images a second are answered, and how many come."""
from __future__ import annotations

from collections.abc import Sequence

from residual_features_ros.tools.doctor.benchmark import Speed
from residual_features_ros.tools.doctor.topics import Heard
from residual_features_ros.tools.method_options import DEFAULT_METHOD

NAMES = {(640, 480): 'VGA '}


def describe(speed: Speed) -> str:
    """Return what was timed."""
    kind = 'made images, for want of photographs' if speed.made else 'a view over photographs'
    return (f'{speed.size[0]}x{speed.size[1]}: {speed.median_ms:.1f} ms an image, 95 % within '
            f'{speed.p95_ms:.1f} ms ({speed.images} images, {kind}; extraction and matching, one '
            'image after the other)')


def verdict(speeds: Sequence[Speed], cameras: Sequence[Heard]) -> list[str]:
    """Return how fast the default is, and whether it keeps up with each camera.

    Args:
        speeds: of the sizes that were timed, VGA first; empty = nothing was timed.
        cameras: that send images or do not.
    """
    if not speeds:
        return ['nothing was timed, so nothing is said on whether it keeps up']
    first, at = speeds[0], {speed.size: speed for speed in speeds}
    name = NAMES.get(first.size, f'{first.size[0]}x{first.size[1]} ')
    lines = [f'this machine answers {figure(first.per_second)} {name}images a second with the '
             f'default, {DEFAULT_METHOD}']
    lines += [_of(camera, at.get(camera.size, first)) for camera in cameras if camera.images]
    return lines


def figure(rate: float) -> str:
    """Return a rate in as many digits as mean something."""
    return f'{rate:.0f}' if rate >= 10 else f'{rate:.1f}'


def _of(camera: Heard, speed: Speed) -> str:
    sent = f'{camera.topic} sends {figure(camera.rate_hz)}'
    if camera.size[0]:
        sent += f' of {camera.size[0]}x{camera.size[1]}'
    width, height = speed.size
    there = '' if camera.size == speed.size else f', judged by {width}x{height}'
    if speed.per_second >= camera.rate_hz:
        return f'{sent}: it keeps up{there}'
    return (f'{sent} and {figure(speed.per_second)} are answered{there}: the others are dropped, '
            'the newest wins; config/fast.yaml as params_file:=, or fewer max_keypoints, is '
            'faster')
