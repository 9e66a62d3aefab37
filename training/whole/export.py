# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A method's card -> its whole front end as one ONNX file, with a card of its own."""
from __future__ import annotations

import dataclasses
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch

from residual_features_ros.agreement import agreement
from residual_features_ros.backends import load_backend
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.environment import commit
from residual_features_ros.extractor import Extractor
from residual_features_ros.image import to_grey
from residual_features_ros.model_card import ModelCard, load_card, load_named_card, sha256_of
from residual_features_ros.outputs import refuse_existing
from residual_features_ros.rows.windows import Window
from residual_features_ros.whole import batch_of, features_of
from residual_features_ros.whole_card import (
    FORMAT,
    NETWORK,
    OUTPUTS,
    WholeCard,
    export_command,
    load_whole_cards,
    write_whole_card,
)
from training import methods
from training.export import ExportError, probe_image
from training.networks import InputFormat, Networks
from training.pretrained import read_weights
from training.whole.front import WholeFront, fixed_settings

OPSET = 17
BATCH = 2  # of the images that it is traced and checked with
LEAST_NEAR, LEAST_COSINE = 0.98, 0.999  # of the runtime's keypoints, and of its rows


def networks_of(source: str, card: ModelCard) -> Networks:
    """Return the networks of a card in torch, used as the card says.

    Args:
        source: what pretrained.read_weights takes: the name of a method with shipped weights, or
            the path of a card.
        card: the same, loaded.
    """
    weights, config, _ = read_weights(source)
    method = methods.load(card.method)
    model = method.build(config)
    left = model.load_state_dict(weights, strict=False)
    lacking = [name for name in left.missing_keys if name.split('.')[0] in card.files
               and not name.endswith('.num_batches_tracked')]
    if lacking or left.unexpected_keys:
        raise ExportError(f'{source}: its networks are not those of the code: '
                          f'{", ".join([*lacking, *left.unexpected_keys][:3])}')
    networks = method.networks(model.eval(), config)
    form = InputFormat(card.stride, card.mean, card.std, card.channels, card.per_image)
    return dataclasses.replace(
        networks, input=form, shrink=card.shrink, detector=card.detector,
        p=networks.p if 'p' in card.files else None, b=networks.b if 'b' in card.files else None,
        windows=tuple(Window(*window) for window in card.windows),
        window_samples=card.window_samples, place_side=card.place_side,
        place_samples=card.place_samples)


def export_whole(source: str, out: Path, size: tuple[int, int], config: ExtractorConfig,
                 channels: int) -> WholeCard:
    """Write <method>.whole.<W>x<H>.<N>.<colour>.onnx with its card, and the method's own files.

    Args:
        source: a method with shipped weights, or the path of a card.
        out: folder of the files; the method's card and networks are copied there, unless they
            lie there.
        size: (width, height) of the images that it takes.
        config: the method's settings; max_keypoints is N.
        channels: 1 for grey images, 3 for RGB.

    Raises:
        OutputError: `out` has such files already.
        ConfigError: what a whole network cannot do.
        ExportError: its outputs are not those of torch or of the runtime.
    """
    method_card = load_named_card(source)
    networks = networks_of(source, method_card)
    front = WholeFront(networks, config, size).eval()
    width, height = size
    card = WholeCard(
        FORMAT, config.method, width, height, config.max_keypoints, channels,
        method_card.dim if not method_card.bits else 0, method_card.bits,
        {name: getattr(config, name) for name in fixed_settings(networks)}, method_card.sha256,
        method_card.licence, method_card.data, folder=out)
    path = out / f'{card.name}.onnx'
    refuse_existing([path, out / f'{card.name}.json'])
    out.mkdir(parents=True, exist_ok=True)
    try:
        write_graph(front, path, channels, card.dim or card.bits // 8)
        copy_method(method_card, out)
        card = dataclasses.replace(
            card, files={NETWORK: {'name': path.name, 'sha256': sha256_of(path)}},
            made={'command': command(card, config), 'commit': commit(), 'opset': OPSET})
        card.scores['parity'] = parity(front, card, config)
    except Exception:
        path.unlink(missing_ok=True)
        raise
    write_whole_card(card)
    return card


def made_before(source: str, out: Path, size: tuple[int, int], config: ExtractorConfig,
                channels: int) -> WholeCard | None:
    """Return the card of what export_whole would write, where it lies in `out` already."""
    wanted = *size, config.max_keypoints, channels, load_named_card(source).sha256
    return next((
        card for card in load_whole_cards(config.method, out)
        if (card.width, card.height, card.keypoints, card.channels, card.networks) == wanted
        and all(getattr(config, name) == value for name, value in card.settings.items())), None)


def write_graph(front: WholeFront, path: Path, channels: int, row: int) -> None:
    """Write the network with a dynamic batch; descriptors have `row` values."""
    width, height = front.size
    images = torch.zeros(BATCH, channels, height, width, dtype=torch.uint8)
    names = ['image', *OUTPUTS]
    with quiet():
        torch.onnx.export(front, (images,), path, dynamo=False, opset_version=OPSET,
                          input_names=names[:1], output_names=names[1:],
                          dynamic_axes={name: {0: 'batch'} for name in names})
    network = onnx.load(str(path))
    last = {'keypoints': 2, 'descriptors': row}
    for value in network.graph.output:  # the exporter forgets what is fixed
        for side, length in zip(value.type.tensor_type.shape.dim[1:],
                                (front.count, last.get(value.name)), strict=False):
            side.dim_value = length
    onnx.save(network, str(path))


@contextmanager
def quiet() -> Iterator[None]:
    """Keep back the tracer's warnings: what it takes for constant is constant here."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        yield


def copy_method(card: ModelCard, out: Path) -> None:
    """Copy a card and its networks to a folder that has none of the method's.

    A node finds there what it needs besides: the confidence of matches, and the networks for
    images of other sizes.
    """
    name = f'{card.method}.json'
    if (out / name).exists():
        load_card(card.method, out)
        return
    for file in [name, *(file['name'] for file in card.files.values())]:
        if not (out / file).exists():
            shutil.copyfile(card.folder / file, out / file)


def command(card: WholeCard, config: ExtractorConfig) -> str:
    """Return the command that writes this network."""
    default = ExtractorConfig(method=config.method)
    settings = {name: value for name, value in card.settings.items()
                if value != getattr(default, name)}
    return export_command(card.method, (card.width, card.height), card.keypoints, card.channels,
                          settings)


def parity(front: WholeFront, card: WholeCard, config: ExtractorConfig) -> dict[str, Any]:
    """Return how the network agrees with the runtime on made images.

    Raises:
        ExportError: it is another front end.
    """
    rng = np.random.default_rng(0)
    images = [probe_image(rng, card.width, card.height) for _ in range(BATCH)]
    session = load_backend('onnxruntime').open_session(card.path(NETWORK), 0)
    found = session.run({'image': batch_of(images, card.channels)})
    extractor = Extractor(dataclasses.replace(
        config, backend=('onnxruntime',), precision='fp32', front_end='split',
        weights=str(card.folder)))
    given = images if card.channels == 3 else [to_grey(image) for image in images]
    size = card.width, card.height
    agreements = [agreement(features_of(found, number, size), extractor.extract(image))
                  for number, image in enumerate(given)]
    worst = {name: min(each[name] for each in agreements) for name in agreements[0]}
    if worst['near'] < LEAST_NEAR or worst['cosine'] < LEAST_COSINE:
        raise ExportError(f'{card.name}: {worst["near"]:.1%} of its keypoints are the runtime\'s, '
                          f'cosine {worst["cosine"]:.4f}; expected {LEAST_NEAR:.0%} and '
                          f'{LEAST_COSINE}')
    return worst
