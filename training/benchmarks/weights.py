# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which folder the weights of each evaluated method are in."""
from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from residual_features_ros.config import split_method
from residual_features_ros.errors import unknown
from residual_features_ros.model_card import SHIPPED_WEIGHTS, card_path, weights_folder
from residual_features_ros.registry import METHODS

log = logging.getLogger(__name__)


def find_weights(methods: Sequence[str], weights: str) -> dict[str, str]:
    """Return the folder of each method's weights, '' where the shipped or none are taken.

    Args:
        methods: names of the registry, or METHOD+MATCHER.
        weights: folders or FREE, separated by commas. A method takes the first one that has its
            card, and the shipped weights, which is said, where none has.

    Raises:
        ConfigError: an unknown method.
        ValueError: a folder with weights of none of the methods, or a method without weights.
    """
    bare = {name: split_method(name)[0] for name in methods}
    for method in bare.values():
        if method not in METHODS:
            raise unknown('method', method, METHODS)
    networks = [method for method in dict.fromkeys(bare.values()) if METHODS[method].network]
    folders = [weights_folder(name).absolute() for name in weights.split(',') if name]
    for folder in folders:
        if networks and not any(has_card(folder, method) for method in networks):
            raise ValueError(f'--weights {folder}: no weights of {", ".join(networks)}')
    missing = [method for method in networks
               if not any(has_card(folder, method) for folder in [*folders, SHIPPED_WEIGHTS])]
    if missing:
        raise ValueError(f'no weights of {", ".join(missing)}: name the folders of their exports '
                         'by --weights DIR,DIR or leave them out of --methods')
    found = dict.fromkeys(bare.values(), '')
    for method in networks:
        found[method] = next((str(folder) for folder in folders if has_card(folder, method)), '')
        if folders and not found[method]:
            log.warning('%s: not in the folders of --weights, the shipped ones are taken', method)
    return {name: found[method] for name, method in bare.items()}


def has_card(folder: Path, method: str) -> bool:
    """Tell whether a folder has weights of a method."""
    return card_path(method, folder).is_file()
