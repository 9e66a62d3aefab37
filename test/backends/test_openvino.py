# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from support.needs import need_backend

onnx = pytest.importorskip('onnx')


def test_an_output_has_its_name_where_the_node_before_it_falls_away(tmp_path):
    openvino, path = need_backend('openvino'), tmp_path / 'sum.onnx'
    node, value = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    kind = onnx.TensorProto.INT32
    nodes = [node('ReduceSum', ['rows', 'axis'], ['/a_sum'], keepdims=0),
             node('Cast', ['/a_sum'], ['sum'], to=kind), node('Neg', ['sum'], ['less'])]
    graph = onnx.helper.make_graph(
        nodes, 'made', [value('rows', kind, ['n', 3])],
        [value('less', kind, ['n']), value('sum', kind, ['n'])],
        [onnx.numpy_helper.from_array(np.int64([1]), 'axis')])
    opset = [onnx.helper.make_opsetid('', 17)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), str(path))
    session = openvino.open_session(path, 0, 'fp32')
    assert session.outputs == ('less', 'sum')
    found = session.run({'rows': np.int32([[1, 2, 3], [4, 5, 6]])})
    assert found['sum'].tolist() == [6, 15] and found['less'].tolist() == [-6, -15]
