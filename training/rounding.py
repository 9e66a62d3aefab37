# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Numbers as results save them."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DIGITS = 6


def rounded(value: Any) -> Any:
    """Return JSON's values with DIGITS significant digits of a number: the others are luck."""
    if isinstance(value, float):
        return float(f'{value:.{DIGITS}g}')
    if isinstance(value, Mapping):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(part) for part in value]
    return value
