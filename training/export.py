# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoint -> ONNX graphs h, f and a card; a file that disagrees with torch is refused."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import torch
from torch import Tensor, nn

from residual_features_ros.artifact import FORMAT, Card, sha256_of, write_card
from residual_features_ros.backends import load_backend
from residual_features_ros.image import to_grey
from residual_features_ros.network import prepare
from residual_features_ros.registry import METHODS
from residual_features_ros.sampling import sample
from residual_features_ros.windows import cut_windows
from training import checkpoint
from training.benchmarks.environment import commit
from training.config import RunConfig, to_dict
from training.data.images import ImageSource
from training.methods.residual.model import (
    STRIDE,
    WINDOW_SAMPLES,
    ResidualNetwork,
    windows_of,
)
from training.methods.residual.recipe import MEAN, STD
from training.quantise import choose, quantise

LARGEST_DIFFERENCE = 1e-4
MODEL_FILES = ('h', 'f')
# Of h's images where f sees windows too. On the Oxford pairs at 640x480 small has 6079, 6044, 6013
# and 5970 correct matches with 1, 2, 3 and 4, full 6032, 6005, 5977 and 5926.
SHRINK = {'small': 2, 'full': 3}
LEAST_HALVED = 256  # numbers in a tensor that is worth a cast
EXPORTER = {
    'dynamo': False,
    'opset_version': 17,
    'do_constant_folding': False,  # keeps the names of weights, which training.initial reads
}


class ExportError(RuntimeError):
    """An exported file whose outputs are not torch's."""


class SingleFusion(nn.Module):
    """f for one image, as the runtime calls it."""

    def __init__(self, fusion: nn.Module) -> None:
        """Wrap a batched f."""
        super().__init__()
        self.fusion = fusion

    def forward(self, *arrays: Tensor) -> Tensor:
        """Take f's inputs in their order, with the shapes of artifact.Card -> (N, dim)."""
        named = zip(self.fusion.inputs, arrays, strict=True)
        return self.fusion(**{name: array[None] for name, array in named})[0]


def export(path: Path, out: Path, licence: str, data: str, note: str = '',
           calibration: ImageSource | None = None) -> Card:
    """Write <method>.h.onnx (where f reads its map), <method>.f.onnx and <method>.json.

    Weights are rounded to fp16, the form in which they are stored. With photographs to calibrate
    it, <method>.h_int8.onnx is written too.

    Args:
        path: the checkpoint.
        out: folder for the files.
        licence: licence of the weights.
        data: what they were trained on.
        note: anything else for the card, such as what the run started from.
        calibration: photographs, at the run's data.size the range of h's values is read off them.

    Raises:
        ValueError: not a checkpoint, or int8 changes h's map beyond use.
        ExportError: ONNX Runtime's outputs differ from torch's by more than 1e-4.
    """
    state = checkpoint.load(path)
    config: RunConfig = state['config']
    model = ResidualNetwork(config.model)
    model.load_state_dict({name: value.half().float() for name, value in state['model'].items()})
    model.eval()
    out.mkdir(parents=True, exist_ok=True)
    files = {name: out / f'{config.method}.{name}.onnx'
             for name in MODEL_FILES if getattr(model, name) is not None}
    write_graphs(model, config, files)
    card = Card(
        format=FORMAT, method=config.method, handcrafted=config.handcrafted,
        handcrafted_dim=config.model.handcrafted_dim, dim=model.f.dim,
        dense_dim=config.model.dense_dim if 'h' in files else 0, stride=STRIDE, mean=MEAN, std=STD,
        keypoint_budget=1000, licence=licence, data=data,
        windows=tuple((window.side, window.turned) for window in windows_of(config.model)),
        window_samples=WINDOW_SAMPLES if windows_of(config.model) else 0,
        shrink=SHRINK[config.model.backbone] if windows_of(config.model) else 1,
        files={}, training={'command': f'python -m training train {config.method} data.images=DIR',
                  'commit': commit(), 'steps': state['step'], 'note': note,
                  'config': public(config)},
        scores={'validation': state['scores']}, folder=out)
    try:
        if calibration and 'h' in files:
            coarse = out / f'{config.method}.h_int8.onnx'
            card.scores['int8'] = quantise(files['h'], coarse,
                                           choose(calibration, config.data.size, card))
            files['h_int8'] = coarse
        for name in MODEL_FILES:
            if name in files:
                store_as_fp16(files[name])
        card.files.update({name: {'name': file.name, 'sha256': sha256_of(file)}
                           for name, file in files.items()})
        difference = parity(model, card)
    except (ExportError, ValueError):
        for file in files.values():
            file.unlink()
        raise
    card.scores['parity'] = {'largest_difference_to_torch': difference}
    write_card(card)
    return card


def write_graphs(model: ResidualNetwork, config: RunConfig, files: dict[str, Path]) -> None:
    """Write h and f as ONNX with dynamic batch, image size and number of keypoints."""
    count, settings = config.data.keypoints, config.model
    image = torch.zeros(1, 3, 64, 96)
    if model.h is not None:
        torch.onnx.export(
            model.h, (image,), files['h'], **EXPORTER, input_names=['image'],
            output_names=['dense'],
            dynamic_axes={'image': {0: 'batch', 2: 'height', 3: 'width'},
                          'dense': {0: 'batch', 2: 'rows', 3: 'columns'}})
    examples = {'sampled': torch.zeros(count, settings.dense_dim),
                'handcrafted': torch.zeros(count, settings.handcrafted_dim),
                'windows': torch.zeros(count, len(windows_of(settings)), WINDOW_SAMPLES,
                                       WINDOW_SAMPLES)}
    fusion = SingleFusion(model.f).eval()  # the exporter puts the wrapper's mode back, on f too
    torch.onnx.export(
        fusion, tuple(examples[name] for name in model.f.inputs), files['f'],
        **EXPORTER, input_names=list(model.f.inputs), output_names=['descriptors'],
        dynamic_axes={name: {0: 'n'} for name in (*model.f.inputs, 'descriptors')})


def store_as_fp16(path: Path) -> None:
    """Halve a file: its large tensors become fp16 and are cast to fp32 when it is loaded."""
    network = onnx.load(str(path))
    graph, casts = network.graph, []
    for tensor in graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < LEAST_HALVED:
            continue
        tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), tensor.name))
        single = f'{tensor.name}.float32'
        casts.append(onnx.helper.make_node('Cast', [tensor.name], [single],
                                           to=onnx.TensorProto.FLOAT))
        for node in graph.node:
            node.input[:] = [single if name == tensor.name else name for name in node.input]
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.save(network, str(path))


def parity(model: ResidualNetwork, card: Card) -> float:
    """Return the largest difference between torch and ONNX Runtime.

    Maps are compared relative to their largest value, descriptors as they are, on two image
    sizes, a batch of two, and 1 to 1000 keypoints.

    Raises:
        ExportError: it is over 1e-4; names the graph.
    """
    backend = load_backend('onnxruntime')
    sessions = {name: backend.open_session(card.path(name), 0) for name in card.files
                if name in MODEL_FILES}
    rng = np.random.default_rng(0)
    largest = 0.0
    for batch, (width, height), count in ((1, (640, 480), 1000), (2, (320, 240), 1)):
        images = [probe_image(rng, width, height) for _ in range(batch)]
        keypoints, handcrafted = keypoint_probe(rng, width, height, count, card)
        blob = prepare(images, card)
        windows = cut_windows(to_grey(images[0]), keypoints, windows_of(model.config),
                              WINDOW_SAMPLES)
        known = {'handcrafted': handcrafted, 'windows': windows}
        differences = {}
        with torch.inference_mode():
            dense = model.see(torch.from_numpy(blob))
            if dense is not None:
                maps = sessions['h'].run({'image': blob})[0]
                scale = float(dense.abs().max())
                differences['h'] = np.abs(maps - dense.numpy()).max() / scale
                known['sampled'] = sample(maps[0], keypoints[:, :2], STRIDE)
                dense = dense[:1]
            rows = model.describe(dense, *(torch.from_numpy(array)[None] for array in (
                keypoints, handcrafted, windows)))[0]
        found = sessions['f'].run({name: known[name] for name in sessions['f'].inputs})[0]
        differences['f'] = np.abs(found - rows.numpy()).max()
        for name, difference in differences.items():
            if not difference <= LARGEST_DIFFERENCE:
                raise ExportError(f'{card.path(name)}: differs from torch by {difference:.2e}, '
                                  f'allowed is {LARGEST_DIFFERENCE:.0e}')
            largest = max(largest, float(difference))
    return largest


def probe_image(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Return a random image with structure at several scales, (H, W, 3) uint8."""
    layers = [cv2.resize(rng.random((height // s, width // s, 3), np.float32), (width, height))
              for s in (4, 16, 64 if height >= 64 else 16)]
    return np.rint(255 * sum(layers) / len(layers)).astype(np.uint8)


def keypoint_probe(rng: np.random.Generator, width: int, height: int, count: int,
                   card: Card) -> tuple[np.ndarray, np.ndarray]:
    """Return random keypoints (count, 4) and unit hand-crafted rows (count, D)."""
    keypoints = rng.random((count, 4), np.float32) * np.float32([width, height, 30, 360])
    rows = np.abs(rng.standard_normal((count, card.handcrafted_dim), np.float32))
    return keypoints, rows / np.linalg.norm(rows, axis=1, keepdims=True)


def public(config: RunConfig) -> dict[str, Any]:
    """Return the run's settings without paths."""
    settings = to_dict(config)
    settings['data']['images'] = 'DIR'
    settings['data']['cache'] = 'CACHE' if settings['data']['cache'] else ''
    for part, name in ((settings, 'init'), (settings['loss'], 'teacher')):
        if part[name] and part[name].partition(':')[0] not in METHODS:
            part[name] = 'CHECKPOINT'
    return settings
