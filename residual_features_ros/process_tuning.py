# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the whole process, for programs (node, command line) and not for the library."""
from __future__ import annotations

import ctypes
import logging
import os
import sys

log = logging.getLogger(__name__)
# mallopt's parameters, <malloc.h>.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LARGEST_MMAP_THRESHOLD = 32 << 20  # glibc refuses more on 64 bits
TRIM_THRESHOLD = 512 << 20
# Between Python's threads; 5 ms as Python comes. A thread that waits for an image, or for h to
# start, waited that long while another one ran Python: QVGA frames through the node, the preset
# fast, went from 66 to 90 a second.
SWITCH_INTERVAL_S = 0.0005


def prepare_process() -> None:
    """Make the process fit for one image after the other."""
    keep_freed_memory()
    one_blas_thread()
    # They take numpy and cv2, which --help does not need.
    from residual_features_ros import integer_products, products
    products.chosen()  # now, and not while the first image waits
    integer_products.onnxruntime_session()
    sys.setswitchinterval(SWITCH_INTERVAL_S)


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, 'sched_getaffinity'):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_of_cores(workers: int) -> int:
    """Return how many processors each of some workers has for itself, 1 where there are few."""
    return max(1, cores() // workers)


def share_opencv(workers: int) -> None:
    """Let OpenCV use a share of the cores where several images are in work at a time.

    Its threads would take the cores from the other images, and gain less on one image than those
    lose. Fewer threads that were asked for stay, and a single worker changes nothing.
    """
    if workers > 1:
        import cv2
        cv2.setNumThreads(min(cv2.getNumThreads(), share_of_cores(workers)))


def one_blas_thread() -> bool:
    """Let numpy multiply matrices on one thread.

    OpenBLAS's other threads spin for a while after each product, on the cores that OpenCV and the
    network need. On two cores SIFT after the matching of 1000 x 1000 keypoints took 61 ms with
    them and 42 ms without, matching itself 3.3 and 5.1 ms.

    Returns:
        whether it was done; without threadpoolctl it is said.
    """
    import cv2  # noqa: F401  libraries that are loaded later would keep their threads
    import numpy  # noqa: F401
    try:
        import threadpoolctl
    except ImportError:
        log.warning("numpy's matrix products keep cores busy that the network needs: "
                    'apt install python3-threadpoolctl, or pip install threadpoolctl')
        return False
    threadpoolctl.threadpool_limits(1, user_api='blas')
    return True


def keep_freed_memory() -> bool:
    """Let glibc keep freed arrays instead of giving them back to the kernel after each image.

    The arrays of an image are larger than what malloc keeps, so each would be mapped, and cleared
    page by page, for every image anew. Measured over 20 VGA images with SIFT: 145,000 page faults
    without and 28,000 with in the main thread, 55,000 and 28,000 in another, as in the node.
    Mutual matching of 1000 x 1000 keypoints took 10 to 15 ms without, 6 ms with; what SIFT gained
    was within the noise of the machine.

    Returns:
        whether it was done; other C libraries have no mallopt and stay as they are.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, LARGEST_MMAP_THRESHOLD)
                and mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD))
