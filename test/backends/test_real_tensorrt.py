# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""NVIDIA's own parser and builder, of TensorRT for RTX, which need no GPU to build."""
import pytest

from residual_features_ros.attention import read_card
from residual_features_ros.backends.tensorrt import profiles


def test_the_matcher_is_parsed_and_built():
    tensorrt = pytest.importorskip(
        'tensorrt_rtx', reason='TensorRT for RTX is not installed: pip install tensorrt-rtx-cu13')
    logger = tensorrt.Logger(tensorrt.Logger.ERROR)
    builder = tensorrt.Builder(logger)
    network = builder.create_network(0)
    parser = tensorrt.OnnxParser(network, logger)
    assert parser.parse(read_card().path('attention').read_bytes()), [
        str(parser.get_error(i)) for i in range(parser.num_errors)]
    config = builder.create_builder_config()
    inputs = [network.get_input(i) for i in range(network.num_inputs)]
    for shapes in profiles({item.name: tuple(item.shape) for item in inputs}):
        profile = builder.create_optimization_profile()
        for name, limits in shapes.items():
            profile.set_shape(name, *limits)
        config.add_optimization_profile(profile)
    engine = builder.build_serialized_network(network, config)
    assert engine is not None and engine.nbytes > 1e6
