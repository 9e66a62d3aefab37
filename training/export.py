# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoint -> ONNX graphs h, f and a card; a file that disagrees with torch is refused."""
from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any

import cv2
import numpy as np
import onnx
import torch
from torch import Tensor, nn

from residual_features_ros.backends import load_backend
from residual_features_ros.data_sources import DataSource
from residual_features_ros.environment import commit
from residual_features_ros.image import to_grey
from residual_features_ros.model_card import FORMAT, ModelCard, sha256_of, write_card
from residual_features_ros.network import prepare
from residual_features_ros.outputs import refuse_existing
from residual_features_ros.registry import METHODS
from residual_features_ros.rows.windows import Window, cut_windows
from residual_features_ros.sampling import sample
from residual_features_ros.types import float_rows, normalise_rows
from training import methods
from training.checkpoint import TrainState
from training.config import RunConfig, to_dict
from training.data.sources.images import ImageSource
from training.geometry import sample as sample_torch
from training.levels import level
from training.networks import Fusion, Networks, bit_inputs, to_input
from training.quantise import choose, quantise, quantise_rows
from training.run_command import command_of
from training.runs import SavedRun, open_run

LARGEST_DIFFERENCE = 1e-4
MODEL_FILES = ('h', 'f', 'p', 'b')
EXAMPLES = 400  # rows that f is traced with
LEAST_HALVED = 256  # numbers in a tensor that is worth a cast
EXPORTER: dict[str, Any] = {
    'dynamo': False,
    'opset_version': 17,
    # Both keep the names of weights, which training.pretrained reads, and BatchNorm as it is.
    'do_constant_folding': False,
    'training': torch.onnx.TrainingMode.PRESERVE,
}
# Settings that are paths, and what cards say instead.
PATHS = {'images': 'DIR', 'cache': 'CACHE', 'exposures': 'DIR'}
STARTS = ('pretrained', 'teacher', 'encoder')  # settings that may be one


class ExportError(RuntimeError):
    """An exported file whose outputs are not torch's."""


class SingleFusion(nn.Module):
    """f for one image, as the runtime calls it."""

    def __init__(self, fusion: Fusion) -> None:
        """Wrap a batched f."""
        super().__init__()
        self.fusion = fusion

    def forward(self, *arrays: Tensor) -> Tensor:
        """Take f's inputs in their order, with the shapes of model_card.ModelCard -> (N, dim)."""
        named = zip(self.fusion.inputs, arrays, strict=True)
        return self.fusion(**{name: array[None] for name, array in named})[0]


def export(path: Path, out: Path, licence: str, data: str, note: str = '',
           calibration: ImageSource | None = None,
           sources: tuple[DataSource, ...] = ()) -> ModelCard:
    """Write <method>.h.onnx (where f reads its map), <method>.f.onnx and <method>.json.

    Also <method>.p.onnx and <method>.b.onnx where there are such networks, and with photographs to
    calibrate them <method>.h_int8.onnx and <method>.f_int8.onnx. A network that lies in `out`
    already, of another method, is named on the card and not kept twice. Weights are rounded to
    fp16, the form in which they are stored.

    Args:
        path: the checkpoint.
        out: folder for the files.
        licence: licence of the weights.
        data: what they were trained on.
        note: anything else for the card, such as what the run started from.
        calibration: photographs, at the run's data.size the range of h's values is read off them.
        sources: whose photographs `data` is, where all of them are named.

    Raises:
        OutputError: `out` has such files already.
        ValueError: not a checkpoint, int8 changes h's map beyond use, or is asked for where h
            finds the keypoints.
        ExportError: ONNX Runtime's outputs differ from torch's by more than 1e-4.
    """
    run = open_run(path)
    config = run.config
    networks_of, model = methods.load(config.method).networks, run.build().eval()
    level_map(networks_of(model, config))
    networks = networks_of(rounded(model), config)
    if calibration and networks.detector:
        raise ValueError(f'{config.method} has no int8 form: what it does to a map of scores is '
                         'not measured')
    names = [f'{name}.onnx' for name in (*MODEL_FILES, 'h_int8', 'f_int8')]
    refuse_existing(out / f'{config.method}.{name}' for name in (*names, 'json'))
    out.mkdir(parents=True, exist_ok=True)
    files = {name: out / f'{config.method}.{name}.onnx'
             for name in MODEL_FILES if getattr(networks, name) is not None}
    write_graphs(networks, files)
    card = dataclasses.replace(card_of(networks, run, out, licence, data, note), sources=sources)
    try:
        if calibration and 'h' in files:
            quantised = out / f'{config.method}.h_int8.onnx'
            card.scores['int8'] = quantise(files['h'], quantised,
                                           choose(calibration, config.data.size, card))
            files['h_int8'] = quantised
        if calibration and list(networks.f.parameters()):
            quantised = out / f'{config.method}.f_int8.onnx'
            card.scores['int8'] = {**card.scores.get('int8', {}),
                                   **quantise_rows(files['f'], quantised, row_probe(card))}
            files['f_int8'] = quantised
        for name in MODEL_FILES:
            if name in files:
                store_as_fp16(files[name])
        card.files.update({name: {'name': file.name, 'sha256': sha256_of(file)}
                           for name, file in files.items()})
        difference = parity(networks, card)
        share_files(card)
    except (ExportError, ValueError):
        for file in files.values():  # all made here: none was there
            file.unlink()
        raise
    card.scores['parity'] = {'largest_difference_to_torch': difference}
    write_card(card)
    return card


def card_of(networks: Networks, run: SavedRun, out: Path, licence: str, data: str,
            note: str) -> ModelCard:
    """Return the card of a run's checkpoint, without files."""
    config, state, form = run.config, run.state, networks.input
    return ModelCard(
        format=FORMAT, method=config.method, handcrafted=networks.handcrafted,
        handcrafted_dim=networks.handcrafted_dim, dim=networks.f.dim,
        dense_dim=networks.dense_dim, stride=form.stride, mean=form.mean, std=form.std,
        keypoint_budget=networks.keypoint_budget, licence=licence, data=data,
        windows=tuple((window.side, window.turned) for window in networks.windows),
        window_samples=networks.window_samples, place_side=networks.place_side,
        place_samples=networks.place_samples, bits=networks.bits, shrink=networks.shrink,
        channels=form.channels, per_image=form.per_image, detector=networks.detector,
        files={}, training={'command': command_of(config, public(config)),
                  'commit': commit(), 'steps': state.steps,
                  'stage': state.stage, 'note': note, 'config': public(config),
                  **photographs_of(state), **public_changes(state.changes)},
        scores={'validation': state.scores}, folder=out)


def share_files(card: ModelCard) -> None:
    """Name the files that another card's networks have already, and unlink those written twice."""
    others = {sha256_of(path): path for path in sorted(card.folder.glob('*.onnx'))
              if not path.name.startswith(f'{card.method}.')}
    for file in card.files.values():
        there = others.get(file['sha256'])
        if there:
            (card.folder / file['name']).unlink()
            file['name'] = there.name


def level_map(networks: Networks) -> None:
    """Scale h in place where fp16 might not hold its map, and f takes one of any length."""
    if networks.h is not None and networks.any_length:
        images = probe_image(np.random.default_rng(0), 320, 240)[None]
        level(networks.h, to_input(torch.from_numpy(images), networks.input))


def rounded(model: nn.Module) -> nn.Module:
    """Round the parameters to fp16, in which they are stored; BatchNorm's statistics stay."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.half())
    return model


def write_graphs(networks: Networks, files: dict[str, Path]) -> None:
    """Write h and f as ONNX with dynamic batch, image size and number of keypoints."""
    form, detector = networks.input, networks.detector
    if networks.h is not None:
        names = list(detector.maps) if detector else ['dense']
        axes: dict[str, dict[int, str]] = {'image': {0: 'batch', 2: 'height', 3: 'width'}}
        for name in names:
            plane = 'rows', 'columns'
            first = 1 if name in ('scores', 'scale') else 2
            if name != 'dense':
                plane = 'height', 'width'
            axes[name] = {0: 'batch', first: plane[0], first + 1: plane[1]}
        image = torch.zeros(1, form.channels, 8 * form.stride, 12 * form.stride)
        torch.onnx.export(networks.h, (image,), files['h'], **EXPORTER, input_names=['image'],
                          output_names=names, dynamic_axes=axes)
    if networks.p is not None:
        square = torch.zeros(EXAMPLES, 1, networks.place_samples, networks.place_samples)
        torch.onnx.export(networks.p, (square,), files['p'], **EXPORTER, input_names=['windows'],
                          output_names=['offsets'],
                          dynamic_axes={name: {0: 'n'} for name in ('windows', 'offsets')})
    if networks.b is not None:
        names = list(bit_inputs(networks.b))
        widths = {'descriptors': networks.f.dim, 'teblid': networks.bits}
        torch.onnx.export(networks.b, tuple(torch.zeros(EXAMPLES, widths[name]) for name in names),
                          files['b'], **EXPORTER, input_names=names, output_names=['signs'],
                          dynamic_axes={name: {0: 'n'} for name in (*names, 'signs')})
    side = networks.window_samples
    examples = {'sampled': torch.zeros(EXAMPLES, networks.dense_dim),
                'handcrafted': torch.zeros(EXAMPLES, networks.handcrafted_dim),
                'windows': torch.zeros(EXAMPLES, len(networks.windows), side, side)}
    inputs = list(networks.f.inputs)
    fusion = SingleFusion(networks.f).eval()  # the exporter puts the wrapper's mode back, on f too
    torch.onnx.export(
        fusion, tuple(examples[name] for name in inputs), files['f'], **EXPORTER,
        input_names=inputs, output_names=['descriptors'],
        dynamic_axes={name: {0: 'n'} for name in (*inputs, 'descriptors')})


def store_as_fp16(path: Path) -> None:
    """Halve a file: its large tensors become fp16 and are cast to fp32 when it is loaded."""
    network = onnx.load(str(path))
    graph, casts = network.graph, []
    for tensor in graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < LEAST_HALVED:
            continue
        with np.errstate(over='ignore'):
            exact = np.array_equal(values.astype(np.float16).astype(np.float32), values)
        if not exact:  # BatchNorm's statistics
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


def parity(networks: Networks, card: ModelCard) -> float:
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
        known = {'handcrafted': handcrafted,
                 'windows': cut_windows(to_grey(images[0]), keypoints, networks.windows,
                                        networks.window_samples)}
        theirs = {name: torch.from_numpy(array) for name, array in known.items()}
        differences = {}
        with torch.inference_mode():
            maps = networks.maps(torch.from_numpy(blob))
            if maps:
                found = sessions['h'].run({'image': blob})
                differences['h'] = max(relative(found[name], maps[name].numpy()) for name in maps)
            if 'dense' in maps:
                known['sampled'] = sample(found['dense'][0], keypoints[:, :2], card.stride)
                theirs['sampled'] = sample_torch(
                    maps['dense'][:1], torch.from_numpy(keypoints[None, :, :2]), card.stride)[0]
            rows = networks.f(**{name: theirs[name][None] for name in networks.f.inputs})[0]
        described = sessions['f'].run(
            {name: known[name] for name in sessions['f'].inputs})['descriptors']
        differences['f'] = np.abs(described - rows.numpy()).max()
        if networks.p is not None:
            squares = cut_windows(to_grey(images[0]), keypoints,
                                  [Window(networks.place_side, turned=False)],
                                  networks.place_samples)
            with torch.inference_mode():
                moved = networks.p(torch.from_numpy(squares)).numpy()
            offsets = sessions['p'].run({'windows': squares})['offsets']
            differences['p'] = np.abs(offsets - moved).max()
        if networks.b is not None:
            with torch.inference_mode():
                joined = {'descriptors': rows, 'teblid': rows.new_tensor(float_rows(rng.integers(
                    0, 256, (count, networks.bits // 8), np.uint8)))}
                signs = networks.b(*(joined[name] for name in bit_inputs(networks.b))).numpy()
            found_signs = sessions['b'].run({name: joined[name].numpy()
                                             for name in sessions['b'].inputs})['signs']
            differences['b'] = np.abs(found_signs - signs).max()
        for name, difference in differences.items():
            refuse_apart(card.path(name), difference)
            largest = max(largest, float(difference))
    return largest


def refuse_apart(path: Path, difference: float) -> None:
    """Raise ExportError where a graph's difference to torch is too large, or no number."""
    if not difference <= LARGEST_DIFFERENCE:
        raise ExportError(f'{path}: differs from torch by {difference:.2e}, allowed is '
                          f'{LARGEST_DIFFERENCE:.0e}')


def relative(found: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest difference, over the largest value expected; shapes must be equal."""
    if found.shape != expected.shape:
        return np.inf
    return float(np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-12))


def probe_image(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Return a random image with structure at several scales, (H, W, 3) uint8."""
    layers = [cv2.resize(rng.random((height // s, width // s, 3), np.float32), (width, height))
              for s in (4, 16, 64 if height >= 64 else 16)]
    return np.rint(255 * sum(layers) / len(layers)).astype(np.uint8)


def keypoint_probe(rng: np.random.Generator, width: int, height: int, count: int,
                   card: ModelCard) -> tuple[np.ndarray, np.ndarray]:
    """Return random keypoints (count, 4) and unit hand-crafted rows (count, D)."""
    keypoints = rng.random((count, 4), np.float32) \
        * np.array([width, height, 30, 360], np.float32)
    rows = np.abs(rng.standard_normal((count, card.handcrafted_dim), np.float32))
    return keypoints, rows / np.linalg.norm(rows, axis=1, keepdims=True)


def row_probe(card: ModelCard) -> dict[str, np.ndarray]:
    """Return f's inputs by name for the keypoints of a random image."""
    rng = np.random.default_rng(0)
    image = to_grey(probe_image(rng, 640, 480))
    keypoints, handcrafted = keypoint_probe(rng, 640, 480, EXAMPLES, card)
    windows = [Window(*window) for window in card.windows]
    sampled = rng.standard_normal((EXAMPLES, card.dense_dim), np.float32)
    return {'handcrafted': handcrafted, 'sampled': normalise_rows(sampled),
            'windows': cut_windows(image, keypoints, windows, card.window_samples)}


def public(config: RunConfig) -> dict[str, Any]:
    """Return the run's settings without paths."""
    return _public(to_dict(config))


def photographs_of(state: TrainState) -> dict[str, str]:
    """Return for a card the digest of the photographs' names (resuming.digest_of); {} for none."""
    return {'photographs_sha256': state.photographs} if state.photographs else {}


def public_changes(changes: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return for a card what was changed where a run went on, without paths; {} for nothing."""
    told = [change for change in changes if change['setting'].split('.')[-1] not in PATHS]
    return {'changes': told} if told else {}


def _public(settings: dict[str, Any]) -> dict[str, Any]:
    for name, value in settings.items():
        if isinstance(value, dict):
            _public(value)
        elif name in PATHS and (value or name == 'images'):
            settings[name] = PATHS[name]
        elif name in STARTS and is_file(value):
            settings[name] = 'CHECKPOINT'
    return settings


def is_file(value: str) -> bool:
    """Tell whether a setting names a file, and not a method or another word."""
    name = PurePath(value.partition(':')[0])
    return value.partition(':')[0] not in METHODS and bool(name.suffix or len(name.parts) > 1)
