# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from residual_features_ros.backends.onnx_file import Node, read_graph, write_graph
from residual_features_ros.model_card import SHIPPED_WEIGHTS

onnx = pytest.importorskip('onnx')
FILES = ['residual_hessian_small.h.onnx', 'residual_hessian_small.f.onnx',
         'residual_hessian_small.h_int8.onnx', 'residual_hessian_small.f_int8.onnx',
         'lfnet.h.onnx', 'posfeat.h.onnx', 'matchers/attention.onnx']
NODES = [Node('Conv', ('image', 'weights'), ('wide',), {'strides': [1, 1], 'auto_pad': 'VALID'}),
         Node('LeakyRelu', ('wide',), ('found',), {'alpha': 0.25})]


@pytest.mark.parametrize('name', FILES)
def test_a_file_is_read_as_onnx_reads_it(name):
    graph, expected = read_graph(SHIPPED_WEIGHTS / name), onnx.load(SHIPPED_WEIGHTS / name).graph
    assert graph.opset == 17
    assert graph.inputs == tuple(one.name for one in expected.input)
    assert graph.outputs == tuple(one.name for one in expected.output)
    assert list(graph.constants) == [one.name for one in expected.initializer]
    for one in expected.initializer:
        right = onnx.numpy_helper.to_array(one)
        assert graph.constants[one.name].dtype == right.dtype
        np.testing.assert_array_equal(graph.constants[one.name], right)
    for node, right in zip(graph.nodes, expected.node, strict=True):
        assert node.operator == f'{right.domain}.{right.op_type}'.lstrip('.')
        assert (node.inputs, node.outputs) == (tuple(right.input), tuple(right.output))
        assert set(node.attributes) == {one.name for one in right.attribute}
        for one in right.attribute:
            value = onnx.helper.get_attribute_value(one)
            if one.type == onnx.AttributeProto.TENSOR:
                value = onnx.numpy_helper.to_array(value)
            value = value.decode() if isinstance(value, bytes) else value
            np.testing.assert_array_equal(node.attributes[one.name], value)


def test_what_is_written_is_what_was_meant(tmp_path):
    weights = np.arange(12, dtype=np.float32).reshape(2, 3, 1, 2)
    path = tmp_path / 'made.onnx'
    path.write_bytes(write_graph(NODES, {'weights': weights}, 'image', (1, 3, 300, 8), 'found'))
    model = onnx.load(path)
    onnx.checker.check_model(model)
    assert [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim] == [1, 3, 300, 8]
    graph = read_graph(path)
    assert (graph.nodes, graph.inputs, graph.outputs) == (tuple(NODES), ('image',), ('found',))
    np.testing.assert_array_equal(graph.constants['weights'], weights)


@pytest.mark.parametrize(('kind', 'values'), [
    ('FLOAT', [0.5, -2.0]), ('INT64', [3, -1]), ('INT32', [-7, 5]), ('BOOL', [1, 0]),
    ('DOUBLE', [0.25, 1e300]), ('FLOAT16', [0.5, -3.0])])
@pytest.mark.parametrize('raw', [True, False])
def test_values_may_be_written_in_their_own_fields(kind, values, raw, tmp_path):
    number = getattr(onnx.TensorProto, kind)
    dtype = onnx.helper.tensor_dtype_to_np_dtype(number)
    array = np.array(values, dtype)
    tensor = onnx.numpy_helper.from_array(array, 'it') if raw \
        else onnx.helper.make_tensor('it', number, [2], values)
    found = onnx.helper.make_tensor_value_info('it', number, [2])
    path = tmp_path / 'values.onnx'
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph(
        [onnx.helper.make_node('Identity', ['it'], ['x'])], 'made', [], [found], [tensor])), path)
    np.testing.assert_array_equal(read_graph(path).constants['it'], array)


def test_damaged_files_are_named_as_such(tmp_path):
    whole = (SHIPPED_WEIGHTS / 'residual_hessian_small.p.onnx').read_bytes()
    path, rng = tmp_path / 'damaged.onnx', np.random.default_rng(0)
    for content in (b'', b'not a network', whole[:100], whole[:-100], whole[10:]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match='ONNX file'):
            read_graph(path)
    for _ in range(200):  # some still are networks, others than before
        content = bytearray(whole)
        for at in rng.integers(0, len(whole), 8):
            content[at] = rng.integers(256)
        content[:64] = [byte ^ int(rng.integers(2)) for byte in content[:64]]
        path.write_bytes(content)
        try:
            read_graph(path)
        except ValueError:
            continue


def test_values_in_other_files_are_refused(tmp_path):
    tensor = onnx.numpy_helper.from_array(np.ones(2, np.float32), 'far')
    entry = tensor.external_data.add()
    entry.key, entry.value = 'location', 'elsewhere'
    tensor.data_location = onnx.TensorProto.EXTERNAL
    path = tmp_path / 'far.onnx'
    path.write_bytes(onnx.helper.make_model(onnx.helper.make_graph(
        [onnx.helper.make_node('Identity', ['far'], ['x'])], 'made', [],
        [onnx.helper.make_tensor_value_info('x', 1, [2])], [tensor])).SerializeToString())
    with pytest.raises(ValueError, match='expected the values of far'):
        read_graph(path)
