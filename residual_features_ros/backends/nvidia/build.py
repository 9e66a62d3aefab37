# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ONNX file -> engine, by the builder of either product."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from residual_features_ros.backends import Expected
from residual_features_ros.backends.nvidia import engines
from residual_features_ros.backends.nvidia.log import last_errors, logger
from residual_features_ros.backends.nvidia.networks import FRONT_END
from residual_features_ros.backends.nvidia.profiles import Profile, profiles
from residual_features_ros.backends.nvidia.sdk import Sdk
from residual_features_ros.errors import BackendError

REASONS = 3  # of a refusal, which may name every node of a network


@dataclass(frozen=True)
class Build:
    """How an engine is built.

    sdk: by which product.
    expected: the inputs that it will see.
    timing_cache: file of what the builder measured before, None for none.
    """

    sdk: Sdk
    expected: Expected
    timing_cache: Path | None = None

    def __call__(self, content: bytes, name: str) -> bytes:
        """Build the engine of a network.

        Args:
            content: an ONNX file with the types that it runs in, see typed.typed.
            name: of the network, for messages.

        Raises:
            BackendError: has the reasons of TensorRT.
        """
        module = self.sdk.load()
        builder = module.Builder(logger(module))
        network = builder.create_network(
            1 << int(module.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
        parser = module.OnnxParser(network, logger(module))
        if not parser.parse(content):
            reasons = '; '.join(' '.join(str(parser.get_error(i)).split())
                                for i in range(min(parser.num_errors, REASONS)))
            raise BackendError(f'{self.sdk.title} cannot read {name}: {reasons}')
        config = builder.create_builder_config()
        self.sdk.configure(config)
        outputs = {network.get_output(i).name for i in range(network.num_outputs)}
        if outputs >= FRONT_END:  # in shorter numbers keypoints would move
            config.clear_flag(module.BuilderFlag.TF32)
        inputs = [network.get_input(i) for i in range(network.num_inputs)]
        for shapes in profiles({item.name: tuple(item.shape) for item in inputs}, self.expected):
            add_profile(self.sdk, builder, config, shapes)
        cache = self._timing_cache(config)
        last_errors(module)  # those of now are the ones that matter
        engine = builder.build_serialized_network(network, config)
        if engine is None:
            raise BackendError(f'{self.sdk.title} cannot build {name}: {last_errors(module)}; '
                               'where it ran out of GPU memory, close other programs on the GPU')
        if cache is not None and self.timing_cache is not None:
            engines.keep(self.timing_cache, bytes(cache.serialize()))
        return bytes(engine)

    def _timing_cache(self, config: Any) -> Any:
        """Have a builder begin with what was measured before; None where nothing is measured."""
        if self.timing_cache is None or self.sdk.compiles_late:
            return None
        try:
            measured = self.timing_cache.read_bytes()
        except OSError:
            measured = b''
        cache = config.create_timing_cache(measured) or config.create_timing_cache(b'')
        if cache is not None and not config.set_timing_cache(cache, False):
            return None  # it stems from another GPU; that it is not taken is logged
        return cache


def add_profile(sdk: Sdk, builder: Any, config: Any, shapes: Profile) -> None:
    """Add a profile to a builder's settings; BackendError where it is not valid."""
    module = sdk.load()
    last_errors(module)
    profile = builder.create_optimization_profile()
    for name, (least, best, largest) in shapes.items():
        profile.set_shape(name, least, best, largest)
    if not profile or config.add_optimization_profile(profile) < 0:
        raise BackendError(f'{sdk.title} does not take the profile {shapes}: '
                           f'{last_errors(module)}')
