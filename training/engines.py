# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Weights with the engines of their networks beside them, built before a GPU is there."""
from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from residual_features_ros.backends import ANY_INPUTS, Expected
from residual_features_ros.backends.nvidia.ahead import build_ahead
from residual_features_ros.backends.nvidia.engines import Engine
from residual_features_ros.backends.nvidia.sdk import Sdk
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.environment import environment
from residual_features_ros.model_card import ModelCard, sha256_of, write_card
from residual_features_ros.network import expected_images
from residual_features_ros.outputs import refuse_existing


@dataclass(frozen=True)
class Built:
    """An engine and what it is of.

    method: whose network it is; '' for an ONNX file by itself.
    network: the file that it was built of, without its suffix.
    file: the engine's.
    """

    method: str
    network: str
    file: Path
    engine: Engine

    def told(self) -> dict[str, Any]:
        """Return method, network, precision, seconds that it took to build, and bytes."""
        return {'method': self.method, 'network': self.network,
                'precision': self.engine.precision, 'seconds': round(self.engine.seconds, 2),
                'bytes': len(self.engine.content)}


def build_engines(sdk: Sdk, card: ModelCard, config: ExtractorConfig,
                  out: Path) -> Iterator[Built]:
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
        yield Built(card.method, path.stem, *build_ahead(sdk, path, precision, expected, out))


def build_network(sdk: Sdk, path: Path, precision: str, out: Path) -> Built:
    """Return the engine of any ONNX file; arguments and errors as build_ahead's."""
    return Built('', path.stem, *build_ahead(sdk, path, precision, ANY_INPUTS, out))


def save(sdk: Sdk, built: Sequence[Built], command: str, out: Path) -> None:
    """Write how long engines took to build and how large they are.

    Args:
        sdk: that built them; one that builds for every GPU has seen none, and none is named.
        built: the engines, of this run.
        command: how to do it again.
        out: the JSON file.
    """
    result = {'benchmark': 'engines', 'command': command, 'environment': environment(),
              'sdk': f'{sdk.backend} {sdk.load().__version__}',
              'gpu': '' if sdk.compiles_late else str(sdk.gpu()),
              'engines': [each.told() for each in built]}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')


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
