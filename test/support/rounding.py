# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a network node by node, so that each value is rounded to its type, as on a GPU.

ONNX Runtime has no fp16 on CPUs: it computes in fp32 and leaves the casts in between out. Sums
within a node are in fp32 here, as they are in a GPU's tensor cores.
"""
import numpy as np
import onnxruntime
import pytest


def run_rounded(content, feed):
    """Return the outputs of an ONNX file by name."""
    onnx = pytest.importorskip('onnx')
    model = onnx.load_from_string(content)
    values = {tensor.name: onnx.numpy_helper.to_array(tensor)
              for tensor in model.graph.initializer}
    values.update(feed)
    for node in model.graph.node:
        given = {name: values[name] for name in node.input if name}
        if node.op_type == 'Cast':
            kind = onnx.helper.tensor_dtype_to_np_dtype(node.attribute[0].i)
            values[node.output[0]] = given[node.input[0]].astype(kind)
            continue
        half = any(value.dtype == np.float16 for value in given.values())
        found = _run(onnx, node, given, model.opset_import)
        for name, value in zip(node.output, found, strict=True):
            is_float = value.dtype == np.float32
            values[name] = value.astype(np.float16) if half and is_float else value
    return {output.name: values[output.name] for output in model.graph.output}


def _run(onnx, node, given, opset):
    feed = {name: value.astype(np.float32) if value.dtype == np.float16 else value
            for name, value in given.items()}
    helper = onnx.helper
    graph = helper.make_graph(
        [node], 'node',
        [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype),
                                       value.shape) for name, value in feed.items()],
        [onnx.ValueInfoProto(name=name) for name in node.output])
    model = helper.make_model(graph, ir_version=8, opset_imports=opset)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options).run(None, feed)
