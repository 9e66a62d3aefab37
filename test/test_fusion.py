# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Networks f that declare other inputs, as tiny made graphs, through the whole extractor."""
import dataclasses

import numpy as np
import pytest
from support.needs import need_backend
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.backends import BACKENDS, load_backend
from residual_features_ros.backends.chain import Chain
from residual_features_ros.errors import ModelCardError
from residual_features_ros.fusion import Fusion
from residual_features_ros.image import to_grey
from residual_features_ros.model_card import FORMAT, ModelCard, sha256_of, write_card
from residual_features_ros.network import prepare
from residual_features_ros.rows.pyramid import View
from residual_features_ros.rows.windows import Window, cut_windows, keypoint_rows
from residual_features_ros.sampling import sample
from residual_features_ros.timings import Timings

onnx = pytest.importorskip('onnx')

METHOD = 'cnn_sift_half'
SHAPES = {'sampled': ['n', 3], 'handcrafted': ['n', 128], 'windows': ['n', 2, 6, 6],
          'depth': ['n', 1]}
WINDOWS = ((10.0, True), (30.0, False))


def value(name, shape):
    return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)


def write_network(path, nodes, inputs, output):
    graph = onnx.helper.make_graph(nodes, 'made', inputs, [output])
    opset = [onnx.helper.make_opsetid('', 17)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), str(path))


def write_h(path):
    """Write the mean of 8x8 blocks."""
    pool = onnx.helper.make_node('AveragePool', ['image'], ['dense'], kernel_shape=[8, 8],
                                 strides=[8, 8])
    write_network(path, [pool], [value('image', ['batch', 3, 'height', 'width'])],
                  value('dense', ['batch', 3, 'rows', 'columns']))


def write_f(path, inputs):
    """Write four times, for each keypoint, the sum of the mean sizes of its inputs' values."""
    node, names = onnx.helper.make_node, [f'mean_{name}' for name in inputs]
    nodes = []
    for name in inputs:
        axes = list(range(1, len(SHAPES[name])))
        nodes += [node('Abs', [name], [f'size_{name}']),
                  node('ReduceMean', [f'size_{name}'], [f'mean_{name}'], axes=axes, keepdims=0)]
    nodes += [node('Sum', names, ['sum']), node('Constant', [], ['axis'], value_ints=[1]),
              node('Unsqueeze', ['sum', 'axis'], ['column']),
              node('Concat', ['column'] * 4, ['descriptors'], axis=1)]
    write_network(path, nodes, [value(name, SHAPES[name]) for name in inputs],
                  value('descriptors', ['n', 4]))


def write_method(folder, inputs, networks=('h', 'f'), windows=WINDOWS):
    paths = {name: folder / f'{METHOD}.{name}.onnx' for name in networks}
    for name, path in paths.items():
        write_h(path) if name == 'h' else write_f(path, inputs)
    card = ModelCard(format=FORMAT, method=METHOD, handcrafted='sift', handcrafted_dim=128, dim=4,
                dense_dim=3, stride=8, mean=(0.45,) * 3, std=(0.25,) * 3, keypoint_budget=1000,
                files={name: {'name': path.name, 'sha256': sha256_of(path)}
                       for name, path in paths.items()},
                licence='Apache-2.0', data='none', windows=windows, window_samples=6,
                folder=folder)
    write_card(card)
    return card


def expected(image, inputs, card, shrink=1):
    """Return what f gives, in numpy, without the packages' networks."""
    features = create_extractor('sift', 40, orientations=1).extract(image)
    blocks = prepare([image], card, shrink)[0]
    dense = blocks.reshape(3, blocks.shape[1] // 8, 8, -1, 8).mean((2, 4))
    windows = cut_windows(to_grey(image), keypoint_rows(features),
                          [Window(*w) for w in WINDOWS], 6)
    known = {'sampled': sample(dense, features.keypoints, 8 * shrink), 'windows': windows,
             'handcrafted': features.descriptors}
    sums = sum(np.abs(known[name]).reshape(len(features), -1).mean(1) for name in inputs)
    return np.repeat(sums[:, None], 4, 1)


INPUTS = [('sampled',), ('windows',), ('handcrafted',), ('handcrafted', 'sampled'),
          ('windows', 'handcrafted', 'sampled')]


@pytest.mark.parametrize('backend', BACKENDS)
@pytest.mark.parametrize('inputs', INPUTS, ids='-'.join)
def test_f_is_fed_what_it_declares(backend, inputs, tmp_path):
    need_backend(backend)
    card = write_method(tmp_path, inputs, ('h', 'f') if 'sampled' in inputs else ('f',))
    extractor = create_extractor(METHOD, 40, backend, weights=str(tmp_path))
    assert ('f alone' in extractor.backend_description) == ('sampled' not in inputs)
    tolerance = 0.02 if backend == 'openvino' else 1e-4  # of bf16
    pictures = [textured(150, 90, seed=s) for s in (1, 2)]
    for batch in ([pictures[0]], pictures, [*pictures, textured(100, 120)]):
        for image, features in zip(batch, extractor.extract_batch(batch), strict=True):
            np.testing.assert_allclose(features.descriptors, expected(image, inputs, card),
                                       rtol=tolerance, atol=1e-5)
    none = extractor.extract(np.zeros((48, 64), np.uint8))
    assert none.descriptors.shape == (0, 4) and none.descriptors.dtype == np.float32


@pytest.mark.parametrize('shrink', [2, 3])
def test_h_may_see_shrunk_images_and_keypoints_keep_their_pixels(shrink, tmp_path):
    card = write_method(tmp_path, ('sampled',))
    write_card(dataclasses.replace(card, shrink=shrink))
    pictures = [textured(150, 90, seed=s) for s in (1, 2)]
    by_card, by_setting = (create_extractor(METHOD, 40, weights=str(tmp_path), network_shrink=n)
                           for n in (0, shrink))
    for image, first, second in zip(pictures, by_card.extract_batch(pictures),
                                    by_setting.extract_batch(pictures), strict=True):
        np.testing.assert_array_equal(first.descriptors, second.descriptors)
        np.testing.assert_allclose(first.descriptors, expected(image, ('sampled',), card, shrink),
                                   rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('backend', BACKENDS)
def test_a_session_names_the_inputs_of_its_network(backend, tmp_path):
    need_backend(backend)
    for inputs in INPUTS:
        write_f(tmp_path / 'f.onnx', inputs)
        session = load_backend(backend).open_session(tmp_path / 'f.onnx', 1)
        assert session.inputs == inputs


def test_an_h_that_f_does_not_read_is_not_loaded(tmp_path):
    write_method(tmp_path, ('windows',))
    extractor = create_extractor(METHOD, 40, weights=str(tmp_path))
    extractor.extract(textured())
    assert 'f alone' in extractor.backend_description
    assert 'h' not in extractor.timings.medians()


@pytest.mark.parametrize(('inputs', 'networks', 'words'), [
    (('sampled', 'depth'), ('h', 'f'), "'depth'; known: sampled, handcrafted, windows"),
    (('sampled',), ('f',), 'expected a network h'),
    (('sampled',), ('h',), 'network f'),
])
def test_what_f_cannot_be_given_is_named(inputs, networks, words, tmp_path):
    write_method(tmp_path, inputs, networks)
    with pytest.raises(ModelCardError, match=words):
        create_extractor(METHOD, 40, weights=str(tmp_path))


def test_other_descriptors_than_trained_with_are_refused_only_where_f_reads_them(tmp_path):
    image = textured()
    for inputs in (('windows',), ('windows', 'handcrafted')):
        card = write_method(tmp_path, inputs, ('f',))
        features = create_extractor('orb', 10).extract(image)
        fusion = Fusion(card, Chain(['onnxruntime']), 1, 'auto', Timings())
        if 'handcrafted' in inputs:
            with pytest.raises(ModelCardError, match='descriptors of 128 values, found 256'):
                fusion(features, View(to_grey(image)))
        else:
            assert fusion(features, View(to_grey(image))).descriptors.shape == (10, 4)


def test_windows_that_the_card_does_not_name_are_missed(tmp_path):
    write_method(tmp_path, ('windows',), ('f',), windows=())
    with pytest.raises(ModelCardError, match='expected windows on its card'):
        create_extractor(METHOD, 40, weights=str(tmp_path))
