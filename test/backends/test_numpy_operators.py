# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Each operator against ONNX Runtime's."""
import numpy as np
import pytest

from residual_features_ros.backends.numpy_operators import OPERATORS, OPSETS, run_node

onnx = pytest.importorskip('onnx')
onnxruntime = pytest.importorskip('onnxruntime')
RNG = np.random.default_rng(0)
MAPS = RNG.standard_normal((2, 8, 5, 6)).astype(np.float32)
ROWS = RNG.standard_normal((1, 7, 8)).astype(np.float32)
POSITIVE = np.abs(ROWS) + np.float32(0.1)
OF_CHANNELS = [np.abs(RNG.standard_normal(8)).astype(np.float32) for _ in range(4)]
FLOAT, INT64 = 1, 7


def whole(*numbers):
    return np.array(numbers, np.int64)


CASES = [
    ('Add', {}, [ROWS, OF_CHANNELS[0]]), ('Sub', {}, [ROWS, ROWS[:, :1]]),
    ('Mul', {}, [ROWS, ROWS]), ('Div', {}, [ROWS, POSITIVE]), ('Div', {}, [whole(7, 8), whole(2)]),
    ('Mod', {}, [whole(7, -7), whole(3)]), ('Mod', {'fmod': 1}, [whole(7, -7), whole(3)]),
    ('Less', {}, [whole(1, 2), whole(2)]), ('Pow', {}, [POSITIVE, np.float32(-0.5)]),
    *[(name, {}, [ROWS, POSITIVE, OF_CHANNELS[0]]) for name in ('Sum', 'Max', 'Min')],
    ('Sum', {}, [ROWS]), ('Abs', {}, [ROWS]), ('Neg', {}, [ROWS]),
    ('Sqrt', {}, [POSITIVE]), ('Exp', {}, [ROWS]), ('Sin', {}, [ROWS]), ('Cos', {}, [ROWS]),
    ('Tanh', {}, [ROWS]), ('Sigmoid', {}, [ROWS * 90]), ('Softplus', {}, [ROWS * 90]),
    ('Relu', {}, [ROWS]), ('LeakyRelu', {}, [ROWS]), ('LeakyRelu', {'alpha': 0.3}, [ROWS]),
    ('Elu', {}, [ROWS]), ('Elu', {'alpha': 2.0}, [ROWS]),
    ('PRelu', {}, [MAPS, OF_CHANNELS[0].reshape(8, 1, 1)]), ('Identity', {}, [ROWS]),
    ('Clip', {}, [ROWS, np.float32(-0.2), None]), ('Clip', {}, [ROWS, None, np.float32(0.3)]),
    ('Cast', {'to': INT64}, [ROWS]), ('Cast', {'to': FLOAT}, [whole(1, 2)]),
    ('Shape', {}, [MAPS]), ('Flatten', {}, [MAPS]), ('Flatten', {'axis': 2}, [MAPS]),
    ('Reshape', {}, [MAPS, whole(0, -1, 6)]), ('Transpose', {'perm': [2, 0, 1]}, [ROWS]),
    ('Transpose', {}, [ROWS]), ('Unsqueeze', {}, [ROWS, whole(0, -1)]),
    ('Squeeze', {}, [ROWS, whole(0)]), ('Squeeze', {}, [ROWS]),
    ('Concat', {'axis': -1}, [ROWS, POSITIVE]), ('Split', {'axis': 2}, [ROWS, whole(3, 5)]),
    ('Gather', {'axis': 1}, [ROWS, whole(2, 0)]), ('Gather', {}, [ROWS, np.int64(0)]),
    ('Slice', {}, [ROWS, whole(1), whole(9), whole(1)]),
    ('Slice', {}, [MAPS, whole(-1, 0), whole(-9, 4), whole(2, 3), whole(-1, 2)]),
    ('Slice', {}, [ROWS, whole(0, 2), whole(1, 2 ** 62)]),
    ('MatMul', {}, [MAPS, MAPS.transpose(0, 1, 3, 2).copy()]),
    ('ReduceL2', {'axes': [-1], 'keepdims': 1}, [ROWS]), ('ReduceMax', {'axes': [2, 3]}, [MAPS]),
    ('ReduceMean', {'axes': [2, 3], 'keepdims': 0}, [MAPS]), ('ReduceSum', {}, [MAPS]),
    ('ReduceSum', {'keepdims': 0}, [MAPS, whole(1)]),
    ('Softmax', {'axis': 1}, [MAPS * 50]), ('Softmax', {}, [MAPS]),
    ('LayerNormalization', {'epsilon': 0.01}, [ROWS, *OF_CHANNELS[:2]]),
    ('LayerNormalization', {}, [ROWS, OF_CHANNELS[0]]),
    ('InstanceNormalization', {'epsilon': 0.01}, [MAPS, *OF_CHANNELS[:2]]),
    ('BatchNormalization', {'epsilon': 0.01}, [MAPS, *OF_CHANNELS]),
    ('BatchNormalization', {}, [MAPS[:, :, 0, 0], *OF_CHANNELS]),
    ('DepthToSpace', {'blocksize': 2}, [MAPS]),
    ('DepthToSpace', {'blocksize': 2, 'mode': 'CRD'}, [MAPS]),
    *[('Resize', {'mode': 'linear', 'coordinate_transformation_mode': how},
       [MAPS, None, None, whole(2, 8, *size)])
      for how in ('align_corners', 'half_pixel') for size in ((10, 12), (3, 4), (1, 7))],
    ('Resize', {'mode': 'linear'}, [MAPS, None, np.float32([1, 1, 2, 1.5])]),
    *[('AveragePool', {'kernel_shape': [3, 5], 'pads': [1, 2, 1, 2], 'count_include_pad': 1,
                       **more}, [MAPS]) for more in ({}, {'strides': [1, 1]})],
    *[('LpNormalization', how, [MAPS * (MAPS[:, :1] > 0)])
      for how in ({}, {'p': 1, 'axis': 1})],
    ('Constant', {'value': ROWS}, []), ('Constant', {'value_ints': [3, 4]}, []),
    ('Constant', {'value_int': 3}, []), ('Constant', {'value_float': 0.5}, []),
    ('Constant', {'value_floats': [0.5, 2.0]}, [])]


def by_onnxruntime(operator, attributes, inputs, count):
    """Return the outputs of a graph of one node."""
    names = [f'in{at}' if one is not None else '' for at, one in enumerate(inputs)]
    given = {name: np.asarray(one) for name, one in zip(names, inputs, strict=True) if name}
    attributes = {name: onnx.numpy_helper.from_array(value) if isinstance(value, np.ndarray)
                  else value for name, value in attributes.items()}
    outputs = [f'out{at}' for at in range(count)]
    kinds = onnx.helper.np_dtype_to_tensor_dtype
    values = [onnx.helper.make_tensor_value_info(name, kinds(one.dtype), one.shape)
              for name, one in given.items()]
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node(operator, names, outputs, **attributes)], 'one', values,
        [onnx.ValueInfoProto(name=name) for name in outputs])
    model = onnx.helper.make_model(graph, ir_version=8,
                                   opset_imports=[onnx.helper.make_opsetid('', 17)])
    return onnxruntime.InferenceSession(model.SerializeToString()).run(outputs, given)


@pytest.mark.parametrize(('operator', 'attributes', 'inputs'), CASES)
def test_an_operator_gives_what_onnx_runtime_gives(operator, attributes, inputs):
    found = run_node(operator, attributes, inputs)
    expected = by_onnxruntime(operator, attributes, inputs, len(found))
    for one, right in zip(found, expected, strict=True):
        assert (one.shape, one.dtype) == (right.shape, right.dtype)
        np.testing.assert_allclose(one, right, rtol=1e-5, atol=1e-5)


def test_every_operator_is_tried():
    assert {operator for operator, *_ in CASES} == set(OPERATORS)
    assert 17 in OPSETS and 12 not in OPSETS  # where Softmax was another


@pytest.mark.parametrize(('operator', 'attributes'), [
    ('Resize', {'mode': 'cubic'}),
    ('Resize', {'mode': 'linear', 'coordinate_transformation_mode': 'asymmetric'}),
    ('AveragePool', {'kernel_shape': [2, 2], 'strides': [2, 2]}),
    ('AveragePool', {'kernel_shape': [3, 3], 'pads': [1, 1, 1, 1]})])
def test_what_is_not_known_is_refused(operator, attributes):
    with pytest.raises(ValueError, match=f'{operator} .*is known here|is not known here'):
        run_node(operator, attributes, [MAPS, None, None, whole(2, 8, 10, 12)][
            :4 if operator == 'Resize' else 1])
