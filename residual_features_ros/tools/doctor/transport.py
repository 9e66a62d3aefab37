# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How large messages travel here: middleware, profile, shared memory, socket buffers."""
from __future__ import annotations

import os
import shutil
from pathlib import Path

from residual_features_ros.errors import CommandError
from residual_features_ros.ros.fast_dds import PROFILE_VARIABLES, profile_variable
from residual_features_ros.tools.harness.processes import dds_profile

SHARED_MEMORY = Path('/dev/shm')
RECEIVE_BUFFER = Path('/proc/sys/net/core/rmem_max')
LEAST_SHARED_MB = 256  # some segments of 32 MB, one for each process; Docker gives 64
LEAST_BUFFER = 1 << 21  # bytes; a VGA image of colour has 921600


def transport(rmw: str) -> list[str]:
    """Return sentences on how messages travel.

    Args:
        rmw: name of the middleware, '' where it is not known.
    """
    domain = os.environ.get('ROS_DOMAIN_ID') or '0'
    found = [f'{rmw or "no middleware"}, ROS_DOMAIN_ID {domain}']
    if rmw.startswith('rmw_fastrtps'):
        found.append(profile())
    return [*found, *shared_memory(), *receive_buffer()]


def profile() -> str:
    """Return which profile Fast DDS reads."""
    given = next((name for name in PROFILE_VARIABLES if os.environ.get(name)), '')
    if given:
        path = os.environ[given]
        return f'Fast DDS profile {path} ({given})' if Path(path).is_file() else \
            f'Fast DDS profile {path} ({given}) IS NOT THERE: Fast DDS goes on with its defaults'
    try:
        shipped = dds_profile('')
    except CommandError:
        return 'no Fast DDS profile'
    return ('no Fast DDS profile in this shell: launch files give the node its own; the driver of '
            f'the camera needs it too: export {profile_variable()}={shipped}')


def shared_memory() -> list[str]:
    """Return the size of the shared memory, and the remedy where it is small."""
    try:
        usage = shutil.disk_usage(SHARED_MEMORY)
    except OSError:
        return [f'no {SHARED_MEMORY}: images travel by UDP']
    total, free = usage.total >> 20, usage.free >> 20
    words = f'shared memory: {free} of {total} MB free'
    if free < LEAST_SHARED_MB:
        words += ('; that is little: each process with the profile takes 32 MB (a container gets '
                  'more by --shm-size=1g, or --ipc=host)')
    return [words]


def receive_buffer() -> list[str]:
    """Return the remedy where sockets hold less than an image, for cameras on other machines."""
    try:
        size = int(RECEIVE_BUFFER.read_text())
    except (OSError, ValueError):
        return []
    return [] if size >= LEAST_BUFFER else [
        f'sockets hold {size >> 10} kB: images of another machine need more, '
        'sudo sysctl -w net.core.rmem_max=33554432']
