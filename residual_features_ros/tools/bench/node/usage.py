# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the kernel (Linux, /proc) says of a process: its memory and its processor time."""
from __future__ import annotations

import os
from pathlib import Path

MB = 1e6


def memory_mb(pid: int) -> tuple[float, float]:
    """Return the resident memory of a process in 10^6 bytes, and how much of it is shared memory.

    DDS's segments are shared memory: they count once their pages have been used.

    Raises:
        OSError: no such process, or no Linux.
    """
    lines = Path(f'/proc/{pid}/status').read_text(encoding='ascii', errors='replace').splitlines()
    kilobytes = {line.partition(':')[0]: int(line.split()[1]) for line in lines
                 if line.startswith(('VmRSS:', 'RssShmem:'))}
    return kilobytes['VmRSS'] * 1024 / MB, kilobytes.get('RssShmem', 0) * 1024 / MB


def processor_s(pid: int) -> float:
    """Return the processor time of all threads of a process in seconds; see memory_mb."""
    words = Path(f'/proc/{pid}/stat').read_text(encoding='utf-8').rpartition(')')[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf('SC_CLK_TCK')  # utime, stime
