# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a result was made by: code, libraries, machine and weights."""
from __future__ import annotations

import functools
import platform
import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import residual_features_ros
from residual_features_ros.extractor import Extractor
from residual_features_ros.keypoints.surf import surf_provider

ROOT = Path(__file__).parents[1]


def environment() -> dict[str, str]:
    """Return commit, versions and processor."""
    return {'commit': commit(), 'version': residual_features_ros.__version__,
            'python': platform.python_version(), 'numpy': np.__version__,
            'opencv': cv2.__version__, 'cpu': cpu_model()}


def commit() -> str:
    """Return the commit of the code, '-dirty' where code differs; 'unknown' outside git.

    Files that are no code do not count: results are written into the tree one after another.
    """
    def git(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(['git', *arguments], cwd=ROOT, capture_output=True, text=True,
                              check=False)
    try:
        head = git('rev-parse', '--short', 'HEAD').stdout.strip()
        changed = git('diff', '--quiet', 'HEAD', '--', 'residual_features_ros/*.py',
                      'training/*.py').returncode
    except OSError:  # no git
        return 'unknown'
    return head + ('-dirty' if changed else '') if head else 'unknown'


@functools.cache
def cpu_model() -> str:
    """Return the processor's name."""
    try:
        lines = Path('/proc/cpuinfo').read_text(encoding='utf-8').splitlines()
    except OSError:
        lines = []
    names = [line.partition(':')[2].strip() for line in lines if line.startswith('model name')]
    return names[0] if names else platform.processor() or platform.machine()


def describe(extractor: Extractor) -> dict[str, Any]:
    """Return what ran for a method: backend, weights, and what these were trained on."""
    metadata: dict[str, Any] = {'backend': extractor.backend_description}
    if extractor.method.detector == 'surf':
        metadata['surf'] = surf_provider()
    card = extractor.card
    if card:
        metadata |= {'weights_sha256': card.sha256, 'trained_on': card.data,
                     'steps': card.training.get('steps'),
                     'fusion': card.training.get('config', {}).get('model', {}).get('fusion')}
    if extractor.whole_cards:
        metadata['whole_sha256'] = {card.name: card.sha256 for card in extractor.whole_cards}
    return metadata
