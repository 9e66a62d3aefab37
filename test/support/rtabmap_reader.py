# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""RTAB-Map's side of compressed rows, as its Compression.cpp says what uncompressData reads."""
import zlib

import numpy as np


def uncompress(data):
    """Return the matrix and OpenCV's number of its type.

    The last three int are rows, columns and type; the zlib stream is all before them, and must
    give exactly as many bytes as such a matrix has.
    """
    rows, columns, kind = np.frombuffer(data[-12:], '<i4').tolist()
    values = np.frombuffer(zlib.decompress(data[:-12]), {0: 'u1', 5: '<f4'}[kind])
    return values.reshape(rows, columns), kind
