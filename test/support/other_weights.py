# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Weights that differ from the shipped ones, in folders of their own."""
import dataclasses
import json
import shutil

import numpy as np
import onnx
from onnx import numpy_helper

from residual_features_ros.model_card import load_card, sha256_of, write_card


def nearly(array):
    """Return weights that are nearly the same."""
    return array * array.dtype.type(1.05)


def no_numbers(array):
    """Return weights with which a network gives no numbers."""
    return np.full_like(array, np.nan)


def other_weights(folder, method, change=nearly, **facts):
    """Write a card and networks whose f is another one, and return their folder.

    Args:
        folder: to make.
        method: whose shipped weights they come from; their int8 forms are left out.
        change: of the matrices of f.
        facts: fields of the card that are others.
    """
    folder.mkdir()
    card = load_card(method)
    files = {}
    for network, entry in card.files.items():
        if network.endswith('_int8'):
            continue
        path = folder / entry['name']
        shutil.copy(card.path(network), path)
        if network == 'f':
            model = onnx.load(path)
            for tensor in model.graph.initializer:
                array = numpy_helper.to_array(tensor)
                if array.ndim and array.dtype in (np.float16, np.float32):
                    tensor.CopyFrom(numpy_helper.from_array(change(array), tensor.name))
            onnx.save(model, path)
        files[network] = {'name': entry['name'], 'sha256': sha256_of(path)}
    write_card(dataclasses.replace(card, folder=folder, files=files, **facts))
    return folder


def damaged_weights(folder, method):
    """Write weights whose f has lost a byte, and return their folder."""
    other_weights(folder, method)
    path = folder / json.loads((folder / f'{method}.json').read_text())['files']['f']['name']
    path.write_bytes(path.read_bytes()[:-1])
    return folder
