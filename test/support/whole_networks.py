# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whole networks as tiny made graphs, beside the shipped networks of their method."""
import dataclasses
import shutil

import numpy as np

from residual_features_ros.model_card import SHIPPED_WEIGHTS, load_card, sha256_of
from residual_features_ros.whole_card import FORMAT, OUTPUTS, WholeCard, write_whole_card

METHOD, SIZE, KEYPOINTS = 'superpoint', (64, 48), 10
# The places of its keypoints, which are the same in all images.
PLACES = np.stack([np.linspace(3, 57, KEYPOINTS), np.full(KEYPOINTS, 20)], 1).astype(np.float32)


def picture(count, strength=200, size=SIZE, colour=True):
    """Return an image that has `count` keypoints for a made network, the first so strong."""
    image = np.full(size[::-1], 90, np.uint8)
    image[0, :2] = count, strength
    return np.dstack([image] * 3) if colour else image


def write_whole(folder, keypoints=KEYPOINTS, channels=3, size=SIZE, **changes):
    """Write a network that finds what `picture` says, and return its card; see WholeCard."""
    for path in SHIPPED_WEIGHTS.glob(f'{METHOD}.*'):
        if not (folder / path.name).exists():
            shutil.copy(path, folder)
    method = load_card(METHOD, folder)
    card = WholeCard(FORMAT, METHOD, *size, keypoints, channels, method.dim, 0,
                     changes.pop('settings', {'network_shrink': 0, 'score_threshold': -1.0}),
                     method.sha256, 'any', 'none', folder=folder)
    write_graph(folder / f'{card.name}.onnx', keypoints, channels, size, card.dim)
    return write_signed(dataclasses.replace(card, **changes))


def write_signed(card):
    """Write the card of a network that is there as it is now, and return it."""
    path = card.folder / f'{card.name}.onnx'
    card = dataclasses.replace(card, files={'whole': {'name': path.name,
                                                      'sha256': sha256_of(path)}})
    write_whole_card(card)
    return card


def write_graph(path, keypoints, channels, size, dim):
    """Write image -> OUTPUTS."""
    import onnx
    node, value = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    kinds = onnx.TensorProto
    constants = {
        'first': np.int64(0), 'second': np.int64(1), 'last': np.int64([-1]),
        'most': np.int32(keypoints), 'ranks': np.arange(keypoints, dtype=np.int32)[None],
        'falls': np.arange(keypoints, dtype=np.float32)[None],
        'places': np.resize(PLACES, (keypoints, 2))[None], 'size': np.float32(8),
        'rows': np.eye(keypoints, dim, dtype=np.float32)[None]}
    nodes = [
        node('Gather', ['image', 'first'], ['plane'], axis=1),
        node('Gather', ['plane', 'first'], ['row'], axis=1),
        node('Gather', ['row', 'first'], ['number'], axis=1),
        node('Gather', ['row', 'second'], ['strength'], axis=1),
        node('Cast', ['number'], ['asked'], to=kinds.INT32),
        node('Min', ['asked', 'most'], ['count']),
        node('Unsqueeze', ['count', 'last'], ['counts']),
        node('Less', ['ranks', 'counts'], ['exists']),
        node('Cast', ['exists'], ['each'], to=kinds.FLOAT),
        node('Cast', ['exists'], ['octaves'], to=kinds.INT32),
        node('Unsqueeze', ['each', 'last'], ['column']),
        node('Cast', ['strength'], ['strong'], to=kinds.FLOAT),
        node('Unsqueeze', ['strong', 'last'], ['strongest']),
        node('Sub', ['strongest', 'falls'], ['falling']),
        node('Mul', ['falling', 'each'], ['scores']),
        node('Mul', ['each', 'size'], ['sizes']), node('Neg', ['each'], ['angles']),
        node('Mul', ['places', 'column'], ['keypoints']),
        node('Mul', ['rows', 'column'], ['descriptors'])]
    shapes = {'keypoints': [keypoints, 2], 'descriptors': [keypoints, dim], 'count': []}
    types = {'octaves': kinds.INT32, 'count': kinds.INT32}
    outputs = [value(name, types.get(name, kinds.FLOAT),
                     ['batch', *shapes.get(name, [keypoints])]) for name in OUTPUTS]
    image = value('image', kinds.UINT8, ['batch', channels, *size[::-1]])
    graph = onnx.helper.make_graph(
        nodes, 'made', [image], outputs,
        [onnx.numpy_helper.from_array(np.asarray(array), name)
         for name, array in constants.items()])
    opset = [onnx.helper.make_opsetid('', 17)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), str(path))
