# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Hand-crafted keypoints with residual descriptors: what a notebook user needs."""
from residual_features_ros.config import ConfigError, ExtractorConfig, MatcherConfig
from residual_features_ros.extractor import Extractor, create_extractor
from residual_features_ros.matcher import create_matcher
from residual_features_ros.types import Features, Matches

__version__ = '0.1.0'
__all__ = ['ConfigError', 'Extractor', 'ExtractorConfig', 'Features', 'MatcherConfig', 'Matches',
           'create_extractor', 'create_matcher']
