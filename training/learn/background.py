# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a program that runs beside a robot's own does first; it imports nothing heavy."""
from __future__ import annotations

import os
from collections.abc import Callable

from residual_features_ros.tools.harness.processes import require_ros

LOWEST = 19  # nice, on every system that has it


def say(words: str) -> None:
    """Print, at once where it goes to a file or a service's log too."""
    print(words, flush=True)


def step_back(told: Callable[[str], None] = say) -> None:
    """Go on at the lowest priority, with all threads and processes that begin from here on.

    Raises:
        CommandError: names what is missing for ROS.
    """
    require_ros()
    if hasattr(os, 'nice'):
        os.nice(LOWEST)
        told(f'at the lowest priority of this machine (nice {LOWEST})')
