# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Hand-crafted keypoints with residual descriptors: what a notebook user needs.

The names are imported at their first use, so that "--help" does not wait for OpenCV.
"""
import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from residual_features_ros.config import ExtractorConfig, MatcherConfig
    from residual_features_ros.errors import ConfigError
    from residual_features_ros.extractor import Extractor, create_extractor
    from residual_features_ros.matcher import create_matcher
    from residual_features_ros.types import Features, Matches

    __version__: str

__all__ = ['ConfigError', 'Extractor', 'ExtractorConfig', 'Features', 'MatcherConfig', 'Matches',
           'create_extractor', 'create_matcher']
_HOMES = {'ConfigError': 'errors', 'Extractor': 'extractor', 'ExtractorConfig': 'config',
          'Features': 'types', 'MatcherConfig': 'config', 'Matches': 'types',
          'create_extractor': 'extractor', 'create_matcher': 'matcher'}


def _version() -> str:
    """Return the version: package.xml's beside a checkout, else that of the installation.

    The installed version alone would be an older one's, or none, in a checkout.
    """
    manifest = Path(__file__).parents[1] / 'package.xml'
    if manifest.is_file():
        text = manifest.read_text(encoding='utf-8')
        if f'<name>{__name__}</name>' in text and (
                found := re.search('<version>(.+?)</version>', text)):
            return found[1]
    from importlib.metadata import version  # slow to import
    return version(__name__)


def __getattr__(name: str) -> Any:
    if name == '__version__':
        return _version()
    if name not in _HOMES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(importlib.import_module(f'{__name__}.{_HOMES[name]}'), name)
