# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How long a front end takes for the images of several cameras at once.

split: detector on the CPU, networks in a backend. whole: one network in the same backend.
torch: that network in torch, on a GPU in one CUDA graph, h in fp16 there, all but what a method
keeps in fp32. Images begin in ordinary memory, features end there.
"""
from __future__ import annotations

import dataclasses
import functools
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from residual_features_ros.config import ExtractorConfig
from residual_features_ros.extractor import Extractor
from residual_features_ros.model_card import load_named_card
from residual_features_ros.whole import batch_of
from training.data.sources.images import open_folder
from training.export import probe_image
from training.whole.export import export_whole, networks_of
from training.whole.front import WholeFront

WARM_UP = 5  # runs that are not counted


@dataclass(frozen=True)
class Peak:
    """What a device can do at most: 1e12 operations a second in fp16 and fp32, GB/s of memory."""

    fp16_tflops: float
    fp32_tflops: float
    memory_gbs: float


# Without sparsity, from NVIDIA's data sheets; by what the device's name has in it.
PEAKS = {'H200': Peak(989, 67, 4800), 'H100': Peak(989, 67, 3350), 'A100': Peak(312, 19.5, 1555)}


@dataclass(frozen=True)
class Timing:
    """Milliseconds of a call for the images of `cameras` cameras.

    ms: median.
    core_ms: processor time of the process, on all cores, the mean; a GPU's is not in it.
    """

    form: str
    runs_on: str
    size: tuple[int, int]
    cameras: int
    ms: float
    core_ms: float

    @property
    def fps(self) -> float:
        """Return images per second of all cameras together."""
        return 1000 * self.cameras / self.ms


class HalfPrecision(nn.Module):
    """A network that runs in fp16 between fp32, all but what it keeps in fp32 itself.

    That is what stands where it turns torch's autocast off, such as sums over a whole image.
    """

    def __init__(self, network: nn.Module, images: Tensor) -> None:
        """Turn the weights into fp16 of the layers that run in it, lest each call does so.

        Args:
            network: in eval mode, (B, C, H, W) fp32 -> one tensor or several.
            images: (B, C, H, W) fp32 on its device, that it is run on once.
        """
        super().__init__()
        self.network = network
        for layer in in_half_precision(network, lambda: self(images)):
            for name, value in list(layer.named_parameters()):
                setattr(layer, name, nn.Parameter(value.detach().half(), requires_grad=False))

    def forward(self, images: Tensor) -> Any:
        """Return its outputs in fp32."""
        with torch.autocast(images.device.type, torch.float16):
            found = self.network(images)
        return found.float() if isinstance(found, Tensor) else tuple(map(Tensor.float, found))


@torch.no_grad()
def in_half_precision(network: nn.Module, run: Callable[[], Any]) -> list[nn.Module]:
    """Return the layers with products that autocast turns into another precision in every call.

    Args:
        network: whose layers are watched.
        run: runs it under autocast.
    """
    inside, outside = set[nn.Module](), set[nn.Module]()

    def note(layer: nn.Module, given: tuple[Tensor, ...]) -> None:
        (inside if torch.is_autocast_enabled(given[0].device.type) else outside).add(layer)

    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    hooks = [layer.register_forward_pre_hook(note) for layer in layers]
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    return [layer for layer in layers if layer in inside - outside]


class TorchFront:
    """A whole front end in torch; on a GPU a CUDA graph, which one call starts."""

    def __init__(self, front: WholeFront, images: np.ndarray) -> None:
        """Record it for images of this shape."""
        self.device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
        self.front = front.to(self.device)
        self.images = torch.from_numpy(images).to(self.device)
        self.graph: Any = None
        if self.device.type == 'cuda':
            if front.h is not None:
                given = front.to_input(self.images, front.to_grey(self.images))
                front.h = HalfPrecision(front.h, given)
            self._record()

    @property
    def name(self) -> str:
        """Return torch's version, what it runs on, and that h is in fp16 where it is."""
        device = torch.cuda.get_device_name() if self.graph else 'CPU'
        half = ', h in fp16' if isinstance(self.front.h, HalfPrecision) else ''
        return f'torch {torch.__version__}, {device}{half}'

    @torch.inference_mode()
    def run(self, images: np.ndarray) -> list[np.ndarray]:
        """Return the outputs for images (B, C, H, W) uint8."""
        self.images.copy_(torch.from_numpy(images))
        if self.graph:
            self.graph.replay()
        else:
            self.outputs = self.front(self.images)
        return [output.cpu().numpy() for output in self.outputs]

    @torch.inference_mode()
    def _record(self) -> None:
        stream = torch.cuda.Stream()
        with torch.cuda.stream(stream):  # what is allocated once is so before
            for _ in range(3):
                self.front(self.images)
        torch.cuda.current_stream().wait_stream(stream)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.outputs = self.front(self.images)


class Traffic(TorchDispatchMode):
    """Counts the bytes that operators read and write, each of them apart."""

    def __init__(self) -> None:
        """Begin at none."""
        super().__init__()
        self.bytes = 0

    def __torch_dispatch__(self, function: Any, kinds: Any, args: Any = (),
                           kwargs: Any = None) -> Any:
        """Run an operator and count; views move nothing."""
        result = function(*args, **(kwargs or {}))
        if not function.is_view:
            flat, _ = torch.utils._pytree.tree_flatten((args, result))
            self.bytes += sum(each.nbytes for each in flat if isinstance(each, Tensor))
        return result


def cost(front: WholeFront, images: np.ndarray) -> dict[str, float]:
    """Return GFLOP of products and convolutions and MB that operators move, of a batch."""
    given = torch.from_numpy(images)
    with torch.inference_mode(), FlopCounterMode(display=False) as flops:
        front(given)
    with torch.inference_mode(), Traffic() as traffic:
        front(given)
    return {'gflop': flops.get_total_flops() / 1e9, 'mb': traffic.bytes / 1e6}


def shares(work: dict[str, float], ms: float, device: str) -> dict[str, float]:
    """Return what share of a device's limits a time is, nothing for devices not in PEAKS."""
    for name, peak in PEAKS.items():
        if name in device:
            return {'of_fp32': work['gflop'] / ms / peak.fp32_tflops,
                    'of_fp16': work['gflop'] / ms / peak.fp16_tflops,
                    'of_memory': work['mb'] / ms / peak.memory_gbs}
    return {}


def camera_images(folder: Path | None, size: tuple[int, int], cameras: int) -> list[np.ndarray]:
    """Return an image of each camera, (H, W, 3) uint8: of a folder, or made ones."""
    if folder is None:
        return [probe_image(np.random.default_rng(number), *size) for number in range(cameras)]
    source = open_folder(folder)
    names = [source.names[len(source.names) * number // cameras] for number in range(cameras)]
    return [cv2.resize(source.read(name), size, interpolation=cv2.INTER_AREA) for name in names]


def timed(call: Callable[[], Any], runs: int) -> tuple[float, float]:
    """Return ms and core_ms of a call, see Timing.

    What threads do between two calls, such as waiting awake for the next one, is a call's too.
    """
    for _ in range(WARM_UP):
        call()
    times, start_core = [], time.process_time()
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    core_s = (time.process_time() - start_core) / runs
    return 1000 * statistics.median(times), 1000 * core_s


def measure(config: ExtractorConfig, source: str, folder: Path, images: Sequence[np.ndarray],
            runs: int) -> tuple[list[Timing], dict[str, float]]:
    """Time the three forms on one image of each camera.

    Args:
        config: method, backends and settings.
        source: the method, or the path of its card.
        folder: of whole networks; one is made there where it has none of this size.
        images: (H, W, 3) BGR uint8 of one size.
        runs: that are timed.

    Returns:
        the times, and `cost` of the whole network.
    """
    height, width = images[0].shape[:2]
    size = width, height
    if not list(folder.glob(f'{config.method}.whole.{width}x{height}.'
                            f'{config.max_keypoints}.rgb.json')):
        export_whole(source, folder, size, config, 3)
    found = []
    for form in ('split', 'whole'):
        extractor = Extractor(dataclasses.replace(config, front_end=form, weights=str(folder)))
        times = timed(functools.partial(extractor.extract_batch, images), runs)
        found.append(Timing(form, extractor.backend_description, size, len(images), *times))
    batch = batch_of(images, 3)
    front = WholeFront(networks_of(source, load_named_card(source)), config, size).eval()
    work = cost(front, batch)
    in_torch = TorchFront(front, batch)
    found.append(Timing('torch', in_torch.name, size, len(images),
                        *timed(lambda: in_torch.run(batch), runs)))
    return found, work
