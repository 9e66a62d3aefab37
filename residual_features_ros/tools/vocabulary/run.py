# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""vocabulary: a vocabulary in the formats of others."""
from __future__ import annotations

from residual_features_ros.tools.vocabulary.options import VocabularyOptions
from residual_features_ros.vocabulary.files import load_vocabulary, write_vocabulary


def run(options: VocabularyOptions) -> int:
    """Read, write, and say what was written."""
    vocabulary, _ = load_vocabulary(options.method, options.path, options.weights)
    for path in options.files:
        write_vocabulary(vocabulary, path)
        print(f'{path}: {len(vocabulary.words)} words, {path.stat().st_size / 1e6:.1f} MB')
    return 0
