# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import sys

import cv2
import numpy as np
import onnxruntime
import pytest
from support.pictures import textured

from residual_features_ros.backends.symmetric_int8 import symmetric
from residual_features_ros.config import FREE
from residual_features_ros.errors import BackendError
from residual_features_ros.model_card import SHIPPED_WEIGHTS, load_card
from residual_features_ros.network import prepare

onnx = pytest.importorskip('onnx', reason='onnx, with which int8 is rewritten, is not installed')
METHODS = sorted(path.name.split('.')[0] for path in SHIPPED_WEIGHTS.glob('*.h_int8.onnx'))
CARDS = [*map(load_card, METHODS), load_card('residual_hessian_small', FREE)]
NAMES = [*METHODS, 'residual_hessian_small, free']
SCENES = ('boat', 'graf', 'leuven', 'trees')


def run(network, blob):
    """Return the map of a network, each node computed as it stands: nothing is fused."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(network, options, providers=['CPUExecutionProvider'])
    return session.run(None, {'image': blob})[0]


def mean_cosine(card, images):
    """Return the mean over the cells of both maps, of h in fp32 and in symmetric int8."""
    found = []
    for image in images:
        blob = prepare([image], card, card.shrink)
        exact, rounded = (run(network, blob) for network in (
            card.path('h').read_bytes(), symmetric(card.path('h_int8'))))
        norms = np.linalg.norm(exact, axis=1) * np.linalg.norm(rounded, axis=1)
        found.append((exact * rounded).sum(1) / norms)
    return np.mean(found)


def made(path, zero=0, kind=np.uint8, weight_zero=0, quantised_output=True):
    """Write image -> Q, DQ -> Conv by -1 and 1, + bias -> Q, DQ as quantisation for CPUs does."""
    constants = {
        'image_scale': np.float32(0.1), 'image_zero': kind(zero),
        'weight': np.array([-64, 32], np.int8).reshape(2, 1, 1, 1),
        'weight_scale': np.array([1 / 64, 1 / 32], np.float32),
        'weight_zero': np.full(2, weight_zero, np.int8),
        'bias': np.array([5, -7], np.int32),
        'bias_scale': np.array([0.1, 0.2], np.float32), 'bias_zero': np.zeros(2, np.int32),
        'out_scale': np.float32(0.2), 'out_zero': np.uint8(128)}
    node = onnx.helper.make_node
    last = 'conv' if quantised_output else 'dense'
    nodes = [
        node('QuantizeLinear', ['image', 'image_scale', 'image_zero'], ['image_q']),
        node('DequantizeLinear', ['image_q', 'image_scale', 'image_zero'], ['image_dq']),
        node('DequantizeLinear', ['weight', 'weight_scale', 'weight_zero'], ['weight_dq'], axis=0),
        node('DequantizeLinear', ['bias', 'bias_scale', 'bias_zero'], ['bias_dq'], axis=0),
        node('Conv', ['image_dq', 'weight_dq', 'bias_dq'], [last])]
    if quantised_output:
        nodes += [node('QuantizeLinear', ['conv', 'out_scale', 'out_zero'], ['out_q']),
                  node('DequantizeLinear', ['out_q', 'out_scale', 'out_zero'], ['dense'])]
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        nodes, 'h', [value('image', 1, ['b', 1, 'h', 'w'])],
        [value('dense', 1, ['b', 2, 'h', 'w'])],
        [onnx.numpy_helper.from_array(np.asarray(array), name)
         for name, array in constants.items()])
    network = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid('', 17)])
    onnx.save(network, str(path))
    return path


@pytest.fixture
def file(tmp_path):
    return tmp_path / 'h_int8.onnx'


def test_every_network_is_built_by_tensorrt():
    rtx = pytest.importorskip('tensorrt_rtx', reason='pip install tensorrt-rtx-cu13')
    logger = rtx.Logger(rtx.Logger.ERROR)
    for card in CARDS:
        builder = rtx.Builder(logger)
        network = builder.create_network(
            1 << int(rtx.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
        parser = rtx.OnnxParser(network, logger)
        parsed = parser.parse(symmetric(card.path('h_int8')))
        assert parsed, [str(parser.get_error(i)) for i in range(parser.num_errors)]
        config, profile = builder.create_builder_config(), builder.create_optimization_profile()
        profile.set_shape('image', (1, 3, 8, 8), (1, 3, 120, 160), (2, 3, 480, 640))
        assert config.add_optimization_profile(profile) == 0
        assert len(bytes(builder.build_serialized_network(network, config))) > 0, card.folder


def test_tensorrt_takes_no_network_as_it_is_for_cpus():
    rtx = pytest.importorskip('tensorrt_rtx', reason='pip install tensorrt-rtx-cu13')
    logger = rtx.Logger(rtx.Logger.INTERNAL_ERROR)
    network = rtx.Builder(logger).create_network(
        1 << int(rtx.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = rtx.OnnxParser(network, logger)
    assert not parser.parse(CARDS[0].path('h_int8').read_bytes())


@pytest.mark.parametrize('card', CARDS, ids=NAMES)
def test_maps_are_those_of_fp32(card):
    assert mean_cosine(card, [textured(320, 240, seed) for seed in range(3)]) > 0.995


@pytest.mark.parametrize('card', CARDS, ids=NAMES)
def test_maps_of_photographs_are_those_of_fp32(card, data_root):
    paths = [next((data_root / 'homography' / scene).glob('1.*')) for scene in SCENES]
    images = [cv2.resize(cv2.imread(str(path)), (640, 480)) for path in paths]
    assert mean_cosine(card, images) > 0.997


def test_a_range_from_0_has_its_relu_again(file):
    symmetric_form = symmetric(made(file))
    kinds = [node.op_type for node in onnx.load_from_string(symmetric_form).graph.node]
    assert kinds == ['Relu', 'QuantizeLinear', 'DequantizeLinear', 'DequantizeLinear', 'Conv']
    image = np.array([-3.0, 0.0, 0.4, 25.5, 30.0], np.float32).reshape(1, 1, 1, 5)
    found = run(symmetric_form, image)[0, :, 0]
    step = 25.5 / 127
    rounded = np.array([0, 0, 2 * step, 25.5, 25.5], np.float32)
    np.testing.assert_allclose(found, [0.5 - rounded, rounded - 1.4], atol=1e-5)


def test_a_range_around_0_reaches_to_its_larger_end(file):
    symmetric_form = symmetric(made(file, zero=100))  # -10 to 15.5
    assert 'Relu' not in {n.op_type for n in onnx.load_from_string(symmetric_form).graph.node}
    image = np.array([-10.0, -0.03, 0.0, 15.5, 20.0], np.float32).reshape(1, 1, 1, 5)
    found = run(symmetric_form, image)[0, 1, 0] + 1.4
    step = 15.5 / 127
    np.testing.assert_allclose(found, [-82 * step, 0, 0, 15.5, 15.5], atol=1e-5)


def test_what_is_symmetric_stays_so(tmp_path, file):
    first = symmetric(made(file))
    again = tmp_path / 'again.onnx'
    again.write_bytes(first)
    assert symmetric(again) == first
    assert symmetric(made(tmp_path / 'b.onnx', quantised_output=False)) == first


def test_numbers_beside_0_are_refused(file):
    for change in ({'weight_zero': 3}, {'kind': np.int8, 'zero': -5}):
        with pytest.raises(BackendError, match=r'h_int8.onnx: expected h in int8.*zero points'):
            symmetric(made(file, **change))


def test_a_network_without_int8_is_refused():
    with pytest.raises(BackendError, match='found nothing that is quantised'):
        symmetric(CARDS[0].path('h'))


def test_a_missing_package_is_named(file, monkeypatch):
    made(file)
    monkeypatch.setitem(sys.modules, 'onnx', None)
    with pytest.raises(BackendError, match='pip install onnx'):
        symmetric(file)
