# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Weights with the engines of their networks beside them, built before a GPU is there."""
from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

from residual_features_ros.backends import ANY_INPUTS, Expected
from residual_features_ros.backends.nvidia.ahead import build_ahead
from residual_features_ros.backends.nvidia.engines import Engine
from residual_features_ros.backends.nvidia.sdk import Sdk
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.model_card import ModelCard, sha256_of, write_card
from residual_features_ros.network import expected_images
from residual_features_ros.outputs import refuse_existing


def build_engines(sdk: Sdk, card: ModelCard, config: ExtractorConfig,
                  out: Path) -> Iterator[tuple[Path, Engine]]:
    """Yield the engine of each network that runs on a GPU, beside a copy of the weights.

    Args:
        sdk: that builds them.
        card: the weights.
        config: precision, max_size and network_shrink are those of the node that will run them.
        out: folder of all files; the weights' own is taken as it is.

    Raises:
        BackendError: see build_ahead.
        OutputError: `out` has other weights of that name.
    """
    card = copied(card, out)
    for path, precision, expected in networks(card, config):
        yield build_ahead(sdk, path, precision, expected, out)


def networks(card: ModelCard, config: ExtractorConfig) -> list[tuple[Path, str, Expected]]:
    """Return file, precision and expected inputs of each network, as pipelines open them."""
    asked = config.precision
    found = []
    if 'h' in card.files:
        part = 'h_int8' if asked == 'int8' and 'h_int8' in card.files else 'h'
        shrink = config.network_shrink or card.shrink
        found.append((card.path(part), asked, expected_images(card, shrink, config.max_size)))
    found.append((card.path('f'), asked, ANY_INPUTS))
    return found + [(card.path(part), 'fp32', ANY_INPUTS)
                    for part in ('p', 'b') if part in card.files]


def copied(card: ModelCard, out: Path) -> ModelCard:
    """Return a card in another folder with its networks; what is the same there already stays."""
    if out.resolve() == card.folder.resolve():
        return card
    copies = {card.path(part): out / file['name'] for part, file in card.files.items()}
    missing = {path: copy for path, copy in copies.items()
               if not (copy.is_file() and sha256_of(copy) == sha256_of(path))}
    refuse_existing(missing.values())
    out.mkdir(parents=True, exist_ok=True)
    for path, copy in missing.items():
        shutil.copyfile(path, copy)
    card = dataclasses.replace(card, folder=out)
    if not (out / f'{card.method}.json').exists():
        write_card(card)
    return card
