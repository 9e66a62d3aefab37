# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The photographs that come with a Python package."""
from __future__ import annotations

import importlib.util
from pathlib import Path

from residual_features_ros.errors import CommandError


def packaged_photographs() -> list[Path]:
    """Return the photographs that the PyPI package scikit-learn brings, without importing it."""
    package = importlib.util.find_spec('sklearn')
    for folder in (package.submodule_search_locations or ()) if package else ():
        photographs = sorted((Path(folder) / 'datasets' / 'images').glob('*.jpg'))
        if photographs:
            return photographs
    raise CommandError('no photographs: they come with the Python package scikit-learn '
                       '(pip install scikit-learn), or name a folder with --images')
