# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import onnxruntime
import pytest
from support.pictures import textured
from support.rounding import run_rounded

from residual_features_ros.backends.nvidia.parity import LARGEST_DIFFERENCE, apart
from residual_features_ros.backends.nvidia.typed import precisions, typed
from residual_features_ros.model_card import load_card
from residual_features_ros.network import prepare

onnx = pytest.importorskip('onnx', reason='onnx, of whose files engines are made')
FLOAT, FLOAT16 = onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16


def run(content, feed):
    session = onnxruntime.InferenceSession(content)
    names = [item.name for item in session.get_outputs()]
    return dict(zip(names, session.run(names, feed), strict=True))


def test_h_becomes_fp16_with_constant_weights(h):
    blob = prepare([textured(96, 64)], load_card('residual_rootsift_small'))
    for precision, kind in (('fp16', FLOAT16), ('fp32', FLOAT)):
        graph = onnx.load_from_string(typed(h, precision)).graph
        assert {tensor.data_type for tensor in graph.initializer} == {kind}
        assert [n.op_type for n in graph.node].count('Cast') == (2 if precision == 'fp16' else 0)
        assert {value.type.tensor_type.elem_type
                for value in (*graph.input, *graph.output)} == {FLOAT}
    exact = run(typed(h, 'fp32'), {'image': blob})
    assert apart(exact, run(h.read_bytes(), {'image': blob})) < 1e-5
    assert 1e-5 < apart(run_rounded(typed(h, 'fp16'), {'image': blob}), exact) < 0.0017


@pytest.mark.parametrize('method', ['superpoint', 'goodpoint', 'posfeat', 'lfnet',
                                    'residual_hessian_small', 'residual_hessian'])
def test_rounding_to_fp16_leaves_room_below_what_is_allowed(method):
    card = load_card(method)
    content = typed(card.path('h'), 'fp16')
    graph = onnx.load_from_string(content).graph
    kinds = {tensor.name: tensor.data_type for tensor in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type == 'Conv']
    assert convolutions and all(kinds[node.input[1]] == FLOAT16 for node in convolutions)
    for blob in (prepare([textured(160, 128)], card),
                 np.random.default_rng(0).standard_normal((1, card.channels, 96, 64), np.float32)):
        exact = run(card.path('h').read_bytes(), {'image': blob})
        difference = apart(run_rounded(content, {'image': blob}), exact)
        assert 0 < difference < LARGEST_DIFFERENCE['fp16'] / 2, difference


def test_where_types_meet_stands_one_cast(tmp_path):
    """One tensor goes to two that want fp16 and to one that wants fp32."""
    helper = onnx.helper
    weight = onnx.numpy_helper.from_array(np.ones((2, 2, 1, 1), np.float16), 'stored')
    nodes = [helper.make_node('Cast', ['stored'], ['weight'], to=FLOAT),
             helper.make_node('Sigmoid', ['image'], ['a']),
             helper.make_node('Conv', ['a', 'weight'], ['b']),
             helper.make_node('Relu', ['b'], ['c']),
             helper.make_node('Add', ['c', 'a'], ['d']),  # both are there in fp16
             helper.make_node('Add', ['c', 'image'], ['e']),  # one is not
             helper.make_node('Mul', ['weight', 'weight'], ['f'])]  # constants in fp32 too
    shape = ('b', 2, 'h', 'w')
    graph = helper.make_graph(
        nodes, 'mixed', [helper.make_tensor_value_info('image', FLOAT, shape)],
        [helper.make_tensor_value_info(name, FLOAT, side) for name, side in (
            ('c', shape), ('d', shape), ('e', shape), ('f', (2, 2, 1, 1)))], [weight])
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid('', 17)])
    image = {'image': np.random.default_rng(0).standard_normal((1, 2, 3, 4), np.float32)}
    path = tmp_path / 'mixed.onnx'
    onnx.save(model, path)
    assert precisions(path, 'auto') == ('fp16', 'fp32')
    content, expected = typed(path, 'fp16'), run(path.read_bytes(), image)
    made = onnx.load_from_string(content).graph
    onnx.checker.check_model(onnx.load_from_string(content))
    casts = [(node.input[0], node.output[0]) for node in made.node if node.op_type == 'Cast']
    assert casts == [('a', 'a.fp16'), ('c.fp16', 'c'), ('d.fp16', 'd')]
    assert apart(run(content, image), expected) < 1e-3


def test_which_precisions_there_are(h):
    card = load_card('residual_hessian_small')
    assert precisions(h, 'auto') == precisions(h, 'fp16') == ('fp16', 'fp32')
    assert precisions(h, 'fp32') == ('fp32',)
    for part in ('f', 'p'):
        assert precisions(card.path(part), 'auto') == ('fp32',)
    assert precisions(card.path('h_int8'), 'auto') == ('int8',)
