# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a method's networks cost: parameters, multiply-adds, and time for an image, part by part.

Random weights cost as much as trained ones, so that a recipe is enough. Multiply-adds are those of
convolutions and products. What stands between the networks, sampling and the choice of
keypoints, is not counted; the hand-crafted detector beside h is timed as a method by itself.
"""
from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from residual_features_ros.backends import load_backend
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.environment import environment
from residual_features_ros.errors import ConfigError, unknown
from residual_features_ros.extractor import Extractor
from residual_features_ros.outputs import refuse_existing
from residual_features_ros.registry import METHODS
from training import methods
from training.benchmarks.reports import cost as report
from training.config import RunConfig
from training.export import MODEL_FILES, SingleFusion, probe_image, write_graphs
from training.networks import Networks, bit_inputs

BACKEND = 'onnxruntime'
WARM_UP = 2  # runs that are not counted
Inputs = dict[str, np.ndarray]  # of a network, by name


@dataclass(frozen=True)
class CostProtocol:
    """What is counted and timed: an image of size (width, height), and so many keypoints.

    threads: of the network runtime and of OpenCV. runs: that are timed, of which the median
    counts.
    """

    size: tuple[int, int] = (640, 480)
    keypoints: int = 1000
    threads: int = 1
    runs: int = 20


def main(words: Sequence[str], protocol: CostProtocol, out: Path | None, command: str) -> str:
    """Count and time methods and return the table.

    Args:
        words: METHOD or METHOD:RECIPE; without one the method's default.
        protocol: what of.
        out: the JSON, None for none.
        command: how to do it again, written with the results.

    Raises:
        ConfigError: no such method or recipe, or one without networks for images.
        OutputError: `out` is there already.
    """
    if out:
        refuse_existing([out])
    cv2.setNumThreads(protocol.threads)
    priced = {word: priced_of(word, protocol) for word in words}
    calls = {(word, part): call for word, each in priced.items()
             for part, call in each.calls(protocol.threads).items()}
    for each in priced.values():
        if each.networks.handcrafted:
            calls[each.networks.handcrafted, ''] = handcrafted_call(each.networks.handcrafted,
                                                                    protocol)
    ms = medians_ms(calls, protocol.runs)
    result = {'benchmark': 'cost', 'command': command, 'environment': environment(),
              'protocol': {**dataclasses.asdict(protocol),
                           'backend': load_backend(BACKEND).describe()},
              'methods': {word: each.told(ms) for word, each in priced.items()}}
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    return report.text(result)


@dataclass(frozen=True)
class Priced:
    """A method's networks and what they are given.

    word: how it was asked for. inputs: of each network, by its name, in the order it takes them.
    """

    word: str
    recipe: str
    networks: Networks
    inputs: dict[str, Inputs]

    def calls(self, threads: int) -> dict[str, Callable[[], Any]]:
        """Return what runs each network once, in fp32 in ONNX Runtime."""
        backend = load_backend(BACKEND)
        with tempfile.TemporaryDirectory() as folder:
            files = {name: Path(folder) / f'{name}.onnx' for name in self.inputs}
            write_graphs(self.networks, files)
            sessions = {name: backend.open_session(file, threads, 'fp32')
                        for name, file in files.items()}
        return {name: functools.partial(session.run, self.inputs[name])
                for name, session in sessions.items()}

    def told(self, ms: Mapping[tuple[str, str], float]) -> dict[str, Any]:
        """Return the method's costs, given the times of (word, network) and (hand-crafted, '').

        Returns:
            recipe; by network parameters, multiply_adds and ms; and by its name, where there is
            one, handcrafted_ms, of the hand-crafted method beside them.
        """
        beside = self.networks.handcrafted
        parts = {name: part_of(self.networks, name) for name in self.inputs}
        return {'recipe': self.recipe,
                'parameters': {name: sum(map(torch.numel, part.parameters()))
                               for name, part in parts.items()},
                'multiply_adds': {name: multiply_adds(part, self.inputs[name])
                                  for name, part in parts.items()},
                'ms': {name: ms[self.word, name] for name in parts},
                'handcrafted_ms': {beside: ms[beside, '']} if beside else {}}


def priced_of(word: str, protocol: CostProtocol) -> Priced:
    """Return METHOD or METHOD:RECIPE with random weights and inputs."""
    method, _, recipe = word.partition(':')
    known = [name for name in methods.METHODS if name in METHODS]
    if method not in known:
        raise unknown('method', method, known)
    module = methods.load(method)
    config = methods.create(method, recipe)
    torch.manual_seed(0)
    networks = module.networks(module.build(config).eval(), config)
    return Priced(word, recipe or recipe_like(method, config), networks,
                  inputs_of(networks, protocol))


def recipe_like(method: str, config: RunConfig) -> str:
    """Return the recipe of a method that gives these settings, '' for none."""
    for name in methods.load(method).RECIPES:
        with contextlib.suppress(ConfigError):  # a recipe that is not for this method
            if methods.create(method, name) == config:
                return name
    return ''


def part_of(networks: Networks, name: str) -> nn.Module:
    """Return a network as the runtime calls it."""
    part: nn.Module = getattr(networks, name)
    return SingleFusion(networks.f) if name == 'f' else part


def inputs_of(networks: Networks, protocol: CostProtocol) -> dict[str, Inputs]:
    """Return random inputs of each network that there is, in the order that it takes them."""
    rng, count = np.random.default_rng(0), protocol.keypoints
    form, side, places = networks.input, networks.window_samples, networks.place_samples
    step = form.stride * networks.shrink
    width, height = (math.ceil(length / step) * form.stride for length in protocol.size)
    shapes: dict[str, dict[str, tuple[int, ...]]] = {
        'h': {'image': (1, form.channels, height, width)},
        'f': {'sampled': (count, networks.dense_dim),
              'handcrafted': (count, networks.handcrafted_dim),
              'windows': (count, len(networks.windows), side, side)},
        'p': {'windows': (count, 1, places, places)},
        'b': {'descriptors': (count, networks.f.dim), 'teblid': (count, networks.bits)}}
    taken = {'h': ('image',), 'f': networks.f.inputs, 'p': ('windows',),
             'b': bit_inputs(networks.b) if networks.b is not None else ()}
    return {name: {each: rng.random(shapes[name][each], np.float32) for each in taken[name]}
            for name in MODEL_FILES if getattr(networks, name) is not None}


def multiply_adds(network: nn.Module, inputs: Inputs) -> int:
    """Return the multiply-adds of a network's convolutions and products for these inputs."""
    with torch.inference_mode(), FlopCounterMode(display=False) as counted:
        network(*map(torch.from_numpy, inputs.values()))
    return int(counted.get_total_flops()) // 2  # a product and a sum are two


def handcrafted_call(method: str, protocol: CostProtocol) -> Callable[[], Any]:
    """Return what finds and describes by a hand-crafted method once."""
    extractor = Extractor(ExtractorConfig(method=method, max_keypoints=protocol.keypoints))
    return functools.partial(extractor.extract,
                             probe_image(np.random.default_rng(0), *protocol.size))


def medians_ms(calls: Mapping[tuple[str, str], Callable[[], Any]],
               runs: int) -> dict[tuple[str, str], float]:
    """Return the median milliseconds of calls.

    One after the other and again, so that what else the machine does costs all of them alike.
    """
    times: dict[tuple[str, str], list[float]] = {name: [] for name in calls}
    for _ in range(WARM_UP + runs):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            times[name].append(1000 * (time.perf_counter() - start))
    return {name: statistics.median(each[WARM_UP:]) for name, each in times.items()}
