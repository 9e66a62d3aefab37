# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""doctor: what runs here, what would be faster, what arrives, and whether it keeps up."""
from __future__ import annotations

from collections.abc import Sequence

from residual_features_ros.errors import CommandError
from residual_features_ros.text_table import table
from residual_features_ros.tools.bench.options import SIZE
from residual_features_ros.tools.doctor import machine, topics
from residual_features_ros.tools.doctor.benchmark import Speed, busy, time_default
from residual_features_ros.tools.doctor.options import DoctorOptions
from residual_features_ros.tools.doctor.remedies import remedies
from residual_features_ros.tools.doctor.topics import Heard
from residual_features_ros.tools.doctor.transport import transport
from residual_features_ros.tools.doctor.verdict import describe, verdict
from residual_features_ros.tools.harness.processes import missing_packages


def run(options: DoctorOptions) -> int:
    """Print all of it; return 1 where something is broken."""
    runs, why = machine.open_default()
    broken = [why] if why else []
    say('what runs here', [table(['part', 'state'], machine.rows()),
                           *([f'default: {runs}'] if runs else [])])
    say('what would make it faster', remedies() or ['nothing that is known'])
    cameras, faults = look(options.listen_s)
    broken += faults
    others = busy()
    speeds = time_sizes(options.seconds, cameras) if options.benchmark and runs else []
    if speeds:
        say('benchmark', [*map(describe, speeds), *others])
    say('verdict', [*(f'BROKEN: {words}' for words in broken), *verdict(speeds, cameras)])
    return 1 if broken else 0


def say(title: str, lines: Sequence[str]) -> None:
    """Print a paragraph under its title."""
    print('\n'.join([f'== {title}', *lines, '']), flush=True)


def look(seconds: float) -> tuple[list[Heard], list[str]]:
    """Print how messages travel and what arrives; return the cameras, and what is broken."""
    missing = missing_packages()
    if missing:
        say('ROS', [f'left out, transport and image topics: no {", ".join(missing)} for this '
                    'Python; source a ROS 2 installation, or pip install them'])
        return [], []
    try:
        rmw, cameras = topics.listen(seconds)
    except CommandError as error:
        say('ROS', [str(error)])
        return [], [str(error)]
    say('transport', transport(rmw))
    say('image topics', topics.report(cameras))
    return cameras, []


def time_sizes(seconds: float, cameras: Sequence[Heard]) -> list[Speed]:
    """Return how fast the default is with VGA images and with those of the cameras."""
    sizes = list(dict.fromkeys([SIZE, *(one.size for one in cameras if min(one.size) >= 32)]))
    return [time_default(size, seconds / len(sizes)) for size in sizes]
