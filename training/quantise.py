# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Networks in int8, weights per channel.

h: activations' ranges from photographs, as QDQ nodes in ONNX. The paper names the cost of h as its
limitation. QDQ is the explicit form that ONNX Runtime and OpenVINO take as it is, and TensorRT
once it is symmetric around 0.
f: activations' ranges from the rows of each run, which ONNX Runtime alone is fast at.
"""
from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from residual_features_ros.backends import load_backend
from residual_features_ros.backends.symmetric_int8 import symmetric
from residual_features_ros.image import fill
from residual_features_ros.model_card import ModelCard, sha256_of, write_card
from residual_features_ros.network import prepare
from residual_features_ros.outputs import refuse_existing
from training.data.sources.images import ImageSource, is_label_map

PHOTOGRAPHS = 64
LEAST_COSINE = 0.98  # mean over the cells of the calibration photographs
LEAST_ROW_COSINE = 0.999  # mean over rows
# The layer of f that stays in fp32: with it in int8 the mean cosine of descriptors of 128 values
# is .9985, without .9998.
LAST = '/project/'


class Photographs(CalibrationDataReader):
    """Prepared photographs, one after the other."""

    def __init__(self, blobs: list[np.ndarray]) -> None:
        """Hold them."""
        self._rest = iter(blobs)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Return the next one as h takes it, None at the end."""
        blob = next(self._rest, None)
        return None if blob is None else {'image': blob}


def choose(images: ImageSource, size: tuple[int, int], card: ModelCard) -> list[np.ndarray]:
    """Return PHOTOGRAPHS of them, evenly picked and prepared at `size`, or what there is."""
    every = max(len(images.names) // PHOTOGRAPHS, 1)
    photographs = (images.read(name) for name in images.names[::every])
    return [prepare([fill(image, size)], card) for image in photographs
            if not is_label_map(image)][:PHOTOGRAPHS]


def quantise(path: Path, out: Path, blobs: list[np.ndarray]) -> dict[str, float]:
    """Write the int8 form of an fp32 network h and return how it differs.

    Weights have 7 bits: processors without VNNI add pairs of products in 16 bits, which 8-bit
    weights overflow. Where the map differs too much the last convolution stays in fp32, for 7 %
    more of h's time: where some cells are far longer than others, 256 levels are few for those.

    Args:
        path: the fp32 network, its weights not stored as fp16.
        out: the file to write.
        blobs: prepared photographs.

    Returns:
        cosine between both maps: the mean over cells, and what 99 % of them exceed; the mean for
        the symmetric form, which TensorRT makes of the file; and how many convolutions are fp32.

    Raises:
        ValueError: no photographs, or maps that have little to do with each other.
    """
    if not blobs:
        raise ValueError('no photograph to calibrate int8 with')
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        written, around_0 = Path(folder) / out.name, Path(folder) / 'symmetric.onnx'
        network = folded(path, Path(folder))
        convolutions = [node.name for node in onnx.load(str(network)).graph.node
                        if node.op_type == 'Conv']
        for kept in ([], convolutions[-1:]):
            quantize_static(str(network), str(written), Photographs(blobs), per_channel=True,
                            reduce_range=True, quant_format=QuantFormat.QDQ,
                            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                            nodes_to_exclude=kept)
            cosines = cosines_of_cells(path, written, blobs)
            if cosines.mean() >= LEAST_COSINE:
                break
        around_0.write_bytes(symmetric(written))
        found = {'cosine_mean': float(cosines.mean()),
                 'cosine_of_99_percent': float(np.quantile(cosines, 0.01)),
                 'symmetric_cosine_mean': float(cosines_of_cells(path, around_0, blobs).mean()),
                 'fp32_convolutions': len(kept)}
        for name, what in (('cosine_mean', ''), ('symmetric_cosine_mean', 'symmetric form: ')):
            if not found[name] >= LEAST_COSINE:
                raise ValueError(f'{out}: {what}the mean cosine to the fp32 map is '
                                 f'{found[name]:.3f}, at least {LEAST_COSINE} was expected')
        os.replace(written, out)
    return found


def folded(path: Path, folder: Path) -> Path:
    """Return a network whose BatchNorms are part of the convolutions, or `path` if it has none.

    Between a convolution in int8 and its ReLU they would be left in fp32.
    """
    if not any(node.op_type == 'BatchNormalization' for node in onnx.load(str(path)).graph.node):
        return path
    without = folder / 'folded.onnx'
    quant_pre_process(str(path), str(without), skip_symbolic_shape=True)
    return without


def write_symmetric(card: ModelCard, out: Path) -> ModelCard:
    """Write weights as TensorRT runs them: h in symmetric int8, all else in fp32, and a card.

    Args:
        card: weights that have h in int8.
        out: folder for the files.

    Raises:
        OutputError: `out` has such files already.
        ValueError: the weights have no h in int8.
    """
    if 'h_int8' not in card.files:
        raise ValueError(f'{card.folder / card.method}.json: expected a network h_int8, found '
                         f'{", ".join(card.files)}')
    made = out / f'{card.method}.h_int8_symmetric.onnx'
    files = {name: file for name, file in card.files.items() if not name.endswith('_int8')}
    copies = {card.folder / file['name']: out / file['name'] for file in files.values()}
    refuse_existing((made, *copies.values(), out / f'{card.method}.json'))
    out.mkdir(parents=True, exist_ok=True)
    for path, copy in copies.items():
        shutil.copyfile(path, copy)
    made.write_bytes(symmetric(card.path('h_int8')))
    files['h_int8'] = {'name': made.name, 'sha256': sha256_of(made)}
    scores = {name: found for name, found in card.scores.items() if name != 'int8'}
    card = dataclasses.replace(card, files=files, scores=scores, folder=out)
    write_card(card)
    return card


def cosines_of_cells(exact: Path, other: Path, blobs: list[np.ndarray]) -> np.ndarray:
    """Return the cosines (N,) between all cells of the maps of two networks h."""
    backend = load_backend('onnxruntime')
    sessions = [backend.open_session(file, 0) for file in (exact, other)]
    return np.concatenate([
        cosine(*(session.run({'image': blob})['dense'] for session in sessions)).ravel()
        for blob in blobs])


def cosine(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the cosine of each cell of two maps (B, C, rows, columns)."""
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return (first * second).sum(1) / np.maximum(norms, 1e-12)


def quantise_layers(path: Path, out: Path, kept: str = LAST) -> None:
    """Write a network with linear layers in int8, whose ranges are those of each run.

    Args:
        path: the fp32 network, its weights not stored as fp16.
        out: the file to write.
        kept: layers with this in their names stay in fp32.
    """
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        plain, written = Path(folder) / 'plain.onnx', Path(folder) / out.name
        options = onnxruntime.SessionOptions()  # constants of the graph become weights
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(plain)
        onnxruntime.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])
        last = [node.name for node in onnx.load(str(plain)).graph.node if kept in node.name]
        quantize_dynamic(str(plain), str(written), per_channel=True, reduce_range=True,
                         weight_type=QuantType.QInt8, nodes_to_exclude=last)
        os.replace(written, out)


def quantise_rows(path: Path, out: Path, rows: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Write the int8 form of an fp32 network f and return how it differs.

    Args:
        path: the fp32 network, its weights not stored as fp16.
        out: the file to write.
        rows: inputs of f by name, (N, ...), to compare both forms with.

    Returns:
        cosine between both descriptors: the mean over rows, and the least.

    Raises:
        ValueError: descriptors that differ too much.
    """
    quantise_layers(path, out)
    backend = load_backend('onnxruntime')
    exact, quantised = (backend.open_session(file, 0) for file in (path, out))
    taken = {name: rows[name] for name in exact.inputs}
    cosines = np.sum(exact.run(taken)['descriptors'] * quantised.run(taken)['descriptors'], 1)
    found = {'row_cosine_mean': float(cosines.mean()), 'row_cosine_least': float(cosines.min())}
    if not found['row_cosine_mean'] >= LEAST_ROW_COSINE:
        out.unlink()
        raise ValueError(f'{out}: the mean cosine to fp32 descriptors is '
                         f'{found["row_cosine_mean"]:.4f}, at least {LEAST_ROW_COSINE} was '
                         'expected')
    return found
