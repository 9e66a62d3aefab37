# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import mmap
import os
import sys
import time

import pytest

from residual_features_ros.tools.bench.node.usage import memory_mb, processor_s

pytestmark = pytest.mark.skipif(not sys.platform.startswith('linux'), reason='reads /proc')


def test_memory_grows_by_what_is_taken():
    before, shared = memory_mb(os.getpid())
    # Memory of its own: malloc may have 50 MB left from earlier tests.
    with mmap.mmap(-1, 50_000_000, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as taken:
        for start in range(0, len(taken), mmap.PAGESIZE):
            taken[start] = 1
        after, _ = memory_mb(os.getpid())
    assert 40 < after - before < 60 and 0 <= shared < before


def test_processor_time_is_that_of_the_process():
    before = processor_s(os.getpid())
    until = time.process_time() + 0.2
    while time.process_time() < until:
        pass
    assert 0.1 < processor_s(os.getpid()) - before < 5


def test_no_such_process():
    with pytest.raises(OSError):
        memory_mb(2**22 + 1)
