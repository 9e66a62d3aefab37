# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""bench --node: the real node in a process of its own, driven over real DDS."""
from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import os
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.datasets.image_files import find_images, read_image
from residual_features_ros.datasets.readable_images import readable_images
from residual_features_ros.environment import environment as made_by
from residual_features_ros.errors import CommandError
from residual_features_ros.image import fill, to_grey
from residual_features_ros.tools.bench.node.figures import draw_memory, figures, render
from residual_features_ros.tools.bench.node.options import NodeBenchOptions
from residual_features_ros.tools.bench.node.plan import Plan
from residual_features_ros.tools.bench.sequences import moving_crops
from residual_features_ros.tools.harness.processes import (
    NODE,
    await_partner,
    dds_profile,
    environment,
    require_ros,
    ros_arguments,
    running,
)
from residual_features_ros.tools.method_options import MethodOptions
from residual_features_ros.tools.photographs import packaged_photographs
from residual_features_ros.tools.plots import write_plot

DRIVER = 'residual_features_ros.tools.bench.node.driver'
NAMESPACE = '/bench'
MOST_BYTES = 128 << 20  # of images that are kept in memory
SHARE = 0.8  # of the highest rate, where the node has room for a slow frame
WARM_UP = 20
SATURATE = 100
MEMORY_SAMPLES = 200


def run(options: NodeBenchOptions) -> int:
    """Drive the node of each method and print the table; nothing else is judged."""
    require_ros()
    env = environment(dds_profile(options.dds_profile), Path(tempfile.gettempdir()))
    if options.threads:
        env['OPENCV_FOR_THREADS_NUM'] = str(options.threads)
    records = {}
    with interruptible(), tempfile.TemporaryDirectory(prefix='node_bench_') as name:
        folder = Path(name)
        env['ROS_LOG_DIR'] = name
        distinct = save_images(folder / 'images.npy', options.images, options.size, options.grey)
        plan = make_plan(folder / 'images.npy', options.frames, options.rate_hz)
        file_name = options.params_file.stem if options.params_file else ''
        for method in options.methods or ('',):  # '' is that of the file of parameters
            words = node_arguments(method, options.method_options, options.params_file)
            records[method or file_name] = drive_last_start(
                plan, words, options.starts, folder, env)
    print(render({name: figures(record) for name, record in records.items()}))
    width, height = options.size
    print(f'\n{distinct} images of {width}x{height} {"mono8" if options.grey else "bgr8"}, there '
          f'and back; {os.cpu_count()} processors, which the driver shares\n'
          'ms from publish() of the image to the callback with features or matches; node alone: '
          'its extract and match')
    if options.out:
        write(options.out, options, records)
    return 0


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM end driver and node as Ctrl-C does: no process is left behind."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def save_images(path: Path, folder: str, size: tuple[int, int], grey: bool) -> int:
    """Write what the driver sends as (K, H, W) or (K, H, W, 3) BGR uint8; return K.

    Args:
        path: of the .npy file.
        folder: of the frames, '' = a crop that moves over the packaged photographs.
        size: (width, height) of the frames.
        grey: whether they are grey.
    """
    most = max(2, MOST_BYTES // (size[0] * size[1] * (1 if grey else 3)))
    images: Iterator[np.ndarray]
    if folder:
        images = (fill(image, size) for image in readable_images(find_images([folder])))
    else:
        photographs = [read_image(file) for file in packaged_photographs()]
        images = moving_crops(photographs, size, most)
    sent = [to_grey(image) if grey else image for image in itertools.islice(images, most)]
    np.save(path, np.stack(sent))
    return len(sent)


def make_plan(images: Path, frames: int, rate_hz: float) -> Plan:
    """Return how so many frames are sent at a rate, 0 = SHARE of the highest."""
    return Plan(images=str(images), namespace=NAMESPACE, frames=frames, rate=rate_hz,
                saturate=max(WARM_UP, min(SATURATE, frames)), share=SHARE, warm_up=WARM_UP,
                memory_every=max(1, frames // MEMORY_SAMPLES))


def node_arguments(method: str, options: MethodOptions, params_file: Path | None) -> list[str]:
    """Return the ROS arguments of the node; a file's settings yield to those that were given."""
    parameters = options.node_parameters(method)
    if params_file:
        usual = MethodOptions().node_parameters('')
        parameters = {key: value for key, value in parameters.items()
                      if key not in usual or value != usual[key]}
    return ros_arguments(NAMESPACE, parameters, str(params_file or ''))


def drive_last_start(plan: Plan, node_words: list[str], starts: int, folder: Path,
                     env: dict[str, str]) -> dict[str, Any]:
    """Start the node some times and drive the last one; return its record."""
    starts_s = []
    for left in reversed(range(starts)):
        record = drive(dataclasses.replace(plan, frames=0) if left else plan, node_words, folder,
                       env)
        starts_s.append(record['start_s'])
    return {**record, 'starts_s': starts_s}


def drive(plan: Plan, node_words: list[str], folder: Path, env: dict[str, str]) -> dict[str, Any]:
    """Run driver and node; return the record, CommandError with the node's last words."""
    (folder / 'plan.json').write_text(json.dumps(dataclasses.asdict(plan)))
    log = folder / 'node.log'
    with log.open('wb') as output, \
            running(DRIVER, [str(folder / 'plan.json')], env, talk=True) as driver:
        assert driver.stdin and driver.stdout
        if driver.stdout.readline().strip() != b'ready':
            raise CommandError(f'the driver ended with exit code {driver.wait()}')
        began_ns = time.monotonic_ns()
        with running(NODE, node_words, env, output) as node:
            driver.stdin.write(json.dumps({'pid': node.pid, 'started_ns': began_ns}).encode()
                               + b'\n')
            driver.stdin.flush()
            await_partner(node, driver, 'driver', log)
    record: dict[str, Any] = json.loads((folder / 'record.json').read_text())
    return record


def write(path: Path, options: NodeBenchOptions, records: Mapping[str, dict[str, Any]]) -> None:
    """Write figures, and unless brief every time, as JSON; a picture of the memory beside it."""
    methods = options.method_options
    saved = {'size': options.size, 'grey': options.grey, 'images': Path(options.images).name,
             'settings': methods.settings, 'keypoints': methods.max_keypoints,
             'backend': methods.backend, 'threads': options.threads,
             'params_file': str(options.params_file) if options.params_file else None,
             'rate_hz': options.rate_hz, 'environment': made_by(),
             'processors': os.cpu_count(),
             'methods': {name: {'figures': figures(record), **({} if options.brief else record)}
                         for name, record in records.items()}}
    path.write_text(json.dumps(saved) + '\n', encoding='utf-8')
    write_plot(path.with_suffix('.png'), lambda figure: draw_memory(
        figure, {name: record['memory'] for name, record in records.items()}))
