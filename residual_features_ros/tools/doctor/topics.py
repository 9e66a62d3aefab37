# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What of the image topics that are there arrives, and why the rest is lost."""
from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from residual_features_ros.errors import CommandError
from residual_features_ros.tools.harness.processes import inherited

LOOK = 'residual_features_ros.tools.doctor.look'
GRACE_S = 60.0  # for the start of the process
FRAGMENTED = 500_000  # bytes: more leaves in many pieces without a profile of its own
PROFILE = 'the Fast DDS profile config/fastdds.xml'


@dataclass(frozen=True)
class Heard:
    """A camera as the node would hear it.

    qos: of the subscription, in words.    lost: images that were lost on the way.
    size: (width, height), (0, 0) of compressed images and where none came.
    """

    topic: str
    publishers: tuple[str, ...]
    qos: str
    images: int
    lost: int
    rate_hz: float
    bytes: int
    encoding: str
    size: tuple[int, int]


def listen(seconds: float) -> tuple[str, list[Heard]]:
    """Return the middleware and the cameras that a process of its own hears.

    Raises:
        CommandError: the process failed, with its last words.
    """
    try:
        done = subprocess.run([sys.executable, '-m', LOOK, str(seconds)], capture_output=True,
                              text=True, check=False, env=inherited(),
                              timeout=2 * seconds + GRACE_S)
    except subprocess.TimeoutExpired as error:
        raise CommandError('ROS is here, but a node that looks at topics does not end') from error
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        said = (done.stderr.strip().splitlines() or [f'exit code {done.returncode}'])[-1]
        raise CommandError(f'ROS is here, but a node does not run: {said}')
    found = json.loads(lines[-1])
    return found['rmw'], [heard_from(camera) for camera in found['cameras']]


def heard_from(fields: Mapping[str, Any]) -> Heard:
    """Return what look.py says of a camera."""
    return Heard(**{**fields, 'publishers': tuple(fields['publishers']),
                    'size': (fields['size'][0], fields['size'][1])})


def describe(camera: Heard) -> list[str]:
    """Return a line on a camera, and one for each thing that costs images."""
    size = f'{camera.size[0]}x{camera.size[1]} ' if camera.size[0] else ''
    came = (f'{camera.rate_hz:.1f} Hz, {size}{camera.encoding}, {camera.bytes / 1e6:.2f} MB'
            if camera.images else 'sends nothing that arrives')
    return [f'{camera.topic}: {came}', *(f'  by {name}' for name in camera.publishers),
            *(f'  {words}' for words in losses(camera))]


def losses(camera: Heard) -> list[str]:
    """Return what is lost of a camera and what helps, or what may be."""
    found = []
    if len(camera.publishers) > 1:
        found.append(f'{len(camera.publishers)} publishers: images of two cameras are no '
                     'sequence, remap one of them')
    if camera.lost:
        found.append(f'{camera.lost} images were lost on the way: give its node {PROFILE}, or '
                     'let it be reliable')
    elif camera.bytes > FRAGMENTED and camera.qos == 'best effort':
        found.append('best effort and large: where the machine is busy images are lost; let its '
                     f'node be reliable, or give it {PROFILE}')
    return found


def report(cameras: Sequence[Heard]) -> list[str]:
    """Return the lines on all cameras."""
    if not cameras:
        return ['no image topic: start the camera, or try camera:=v4l2, FOLDER or VIDEO of '
                'extractor.launch.py']
    lines = [line for camera in cameras for line in describe(camera)]
    if len(cameras) > 1:
        lines.append(f'{len(cameras)} image topics: extractor.launch.py takes none by itself, '
                     'choose with image_topic:=')
    return lines
