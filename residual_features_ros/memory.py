# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Keep the memory of one image for the next."""
from __future__ import annotations

import ctypes

# mallopt's parameters, <malloc.h>.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LARGEST_MMAP_THRESHOLD = 32 << 20  # glibc refuses more on 64 bits
TRIM_THRESHOLD = 512 << 20


def keep_freed_memory() -> bool:
    """Let glibc keep freed arrays instead of giving them back to the kernel after each image.

    The arrays of an image are larger than what malloc keeps, so each would be mapped, and cleared
    page by page, for every image anew. Measured over 20 VGA images with SIFT: 145,000 page faults
    without and 28,000 with in the main thread, 55,000 and 28,000 in another, as in the node.
    Mutual matching of 1000 x 1000 keypoints took 10 to 15 ms without, 6 ms with; what SIFT gained
    was within the noise of the machine.
    For programs (node, command line, trainer), not for the library: it changes the whole process.

    Returns:
        whether it was done; other C libraries have no mallopt and stay as they are.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, LARGEST_MMAP_THRESHOLD)
                and mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD))
