# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A learned detector as tiny made graphs: bright blobs on dark ground, and their gradients."""
import numpy as np
import onnx

from residual_features_ros.detection import DetectorCard
from residual_features_ros.model_card import FORMAT, ModelCard, sha256_of, write_card

METHOD = 'goodpoint'
STRIDE = 8


def tensor(name, values):
    return onnx.numpy_helper.from_array(np.asarray(values, np.float32), name)


def value(name, shape):
    return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)


def save(path, nodes, inputs, outputs, constants):
    graph = onnx.helper.make_graph(nodes, 'made', inputs, outputs, constants)
    onnx.save(onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid('', 17)], ir_version=8), str(path))


def blob_kernel():
    """Return (7, 7): the middle less its surroundings."""
    kernel = np.full((7, 7), -1 / 40)
    kernel[2:5, 2:5] = 1 / 9
    return kernel


def write_h(path, maps, channels):
    """Write scores by a blob filter, gradients as orientation, twos as scale, means as dense."""
    across = np.array([[0, 0, 0], [-1, 0, 1], [0, 0, 0]])
    blob = np.tile(blob_kernel(), (1, channels, 1, 1)) / channels
    gradient = np.tile(np.stack([across, across.T])[:, None], (1, channels, 1, 1)) / channels
    node = onnx.helper.make_node
    nodes = {
        'scores': [node('Conv', ['image', 'blob'], ['response'], pads=[3] * 4),
                   node('Squeeze', ['response', 'one'], ['scores'])],
        'orientation': [node('Conv', ['image', 'gradient'], ['orientation'], pads=[1] * 4)],
        'scale': [node('Mul', ['scores', 'nothing'], ['zeros']),
                  node('Add', ['zeros', 'two'], ['scale'])],
        'dense': [node('AveragePool', ['image'], ['dense'], kernel_shape=[STRIDE] * 2,
                       strides=[STRIDE] * 2)]}
    ranks = {'scores': 3, 'scale': 3, 'orientation': 4, 'dense': 4}
    save(path, [n for name in maps for n in nodes[name]],
         [value('image', ['batch', channels, 'height', 'width'])],
         [value(name, [f'{name}_{k}' for k in range(ranks[name])]) for name in maps],
         [tensor('blob', blob), tensor('gradient', gradient), tensor('nothing', 0),
          tensor('two', 2), onnx.numpy_helper.from_array(np.array([1]), 'one')])


def write_f(path, dim, samples):
    """Write the L2-normalised rows of what is sampled, or of the one window of each keypoint."""
    node = onnx.helper.make_node
    name, shape = ('windows', ['n', 1, samples, samples]) if samples else ('sampled', ['n', dim])
    save(path, [node('Flatten', [name], ['rows']),
                node('LpNormalization', ['rows'], ['descriptors'], axis=1, p=2)],
         [value(name, shape)], [value('descriptors', ['n', samples**2 if samples else dim])], [])


def write_detector(folder, maps=('scores', 'dense'), channels=1, samples=0, **settings):
    """Write a method and return its card; `samples` of a window instead of the map for f."""
    paths = {name: folder / f'{METHOD}.{name}.onnx' for name in 'hf'}
    write_h(paths['h'], maps, channels)
    write_f(paths['f'], channels, samples)
    detector = DetectorCard(maps=tuple(maps), **{
        'threshold': 0.05, 'nms_radius': 3, 'border': 4, **settings})
    card = ModelCard(format=FORMAT, method=METHOD, handcrafted='', handcrafted_dim=0,
                dim=samples**2 or channels, dense_dim=channels if 'dense' in maps else 0,
                stride=STRIDE, mean=(0.0,) * channels, std=(1.0,) * channels, keypoint_budget=1000,
                files={name: {'name': path.name, 'sha256': sha256_of(path)}
                       for name, path in paths.items()},
                licence='Apache-2.0', data='none', windows=((2.0, True),) if samples else (),
                window_samples=samples, channels=channels, detector=detector, folder=folder)
    write_card(card)
    return card
