# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""bench --node: the real node in a process of its own, driven over real DDS."""
from __future__ import annotations

import argparse
import contextlib
import dataclasses
import itertools
import json
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from residual_features_ros.config import ExtractorConfig, read_settings
from residual_features_ros.datasets.image_files import find_images, read_image
from residual_features_ros.errors import CommandError
from residual_features_ros.image import fill, to_grey
from residual_features_ros.tools.bench.node.figures import draw_memory, figures, render
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
from residual_features_ros.tools.method_options import configs
from residual_features_ros.tools.photographs import packaged_photographs
from residual_features_ros.tools.plots import write_plot

DRIVER = 'residual_features_ros.tools.bench.node.driver'
NAMESPACE = '/bench'
FRAMES = 300
STARTS = 2  # the second finds the files of the first in memory
MOST_BYTES = 128 << 20  # of images that are kept in memory
SHARE = 0.8  # of the highest rate, where the node has room for a slow frame
WARM_UP = 20
SATURATE = 100
MEMORY_LOOKS = 200


def run(args: argparse.Namespace) -> int:
    """Drive the node of each method and print the table; nothing else is judged."""
    require_ros()
    methods = check(args)
    env = environment(dds_profile(args.dds_profile or ''), Path(tempfile.gettempdir()))
    if args.threads:
        env['OPENCV_FOR_THREADS_NUM'] = str(args.threads)
    records = {}
    with interruptible(), tempfile.TemporaryDirectory(prefix='node_bench_') as folder:
        env['ROS_LOG_DIR'] = folder
        count, distinct = args.frames or FRAMES, save_images(args, Path(folder) / 'images.npy')
        for method in methods:
            name = method or Path(args.params_file).stem
            records[name] = drive_anew(args, method, Path(folder), count, env)
    print(render({name: figures(record) for name, record in records.items()}))
    width, height = args.size
    print(f'\n{distinct} images of {width}x{height} {"mono8" if args.grey else "bgr8"}, there and '
          f'back; {os.cpu_count()} processors, which the driver shares\n'
          'ms from publish() of the image to the callback with features or matches; node alone: '
          'its extract and match')
    if args.out:
        write(Path(args.out), args, records)
    return 0


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM end driver and node as Ctrl-C does: no process is left behind."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def check(args: argparse.Namespace) -> list[str]:
    """Return the methods to drive, '' for the one of --params-file; CommandError, ConfigError."""
    if args.params_file and not Path(args.params_file).is_file():
        raise CommandError(f'{args.params_file}: no such file')
    if not args.methods and not args.params_file:
        raise CommandError('--methods names no method')
    if args.rate is not None and not 0 <= args.rate <= 1000:
        raise CommandError('--rate lies in 0 ... 1000')
    if args.threads and any(word.startswith('threads=') for word in args.settings):
        raise CommandError('--threads and --set threads are the same setting: give one')
    for method in args.methods:
        configs(args, method)
    return args.methods or ['']


def save_images(args: argparse.Namespace, path: Path) -> int:
    """Write what the driver shows; return how many."""
    most = max(2, MOST_BYTES // (args.size[0] * args.size[1] * (1 if args.grey else 3)))
    images: Iterator[np.ndarray]
    if args.images:
        images = (fill(read_image(file), args.size) for file in find_images([args.images]))
    else:
        photographs = [read_image(file) for file in packaged_photographs()]
        images = moving_crops(photographs, args.size, most)
    shown = [to_grey(image) if args.grey else image for image in itertools.islice(images, most)]
    np.save(path, np.stack(shown))
    return len(shown)


def node_arguments(args: argparse.Namespace, method: str) -> list[str]:
    """Return the ROS arguments of the node; a file's settings yield to those that were given."""
    default = ExtractorConfig()
    given = {'method': method, 'max_keypoints': args.keypoints,
             'backend': f'[{", ".join(args.backend)}]'}
    usual = {'method': '', 'max_keypoints': default.max_keypoints,
             'backend': f'[{", ".join(default.backend)}]'}
    if args.params_file:
        given = {key: value for key, value in given.items() if value != usual[key]}
    extractor, matcher = read_settings(args.settings)
    threads = {'threads': args.threads} if args.threads else {}
    return ros_arguments(NAMESPACE, {**given, **extractor, **matcher, **threads},
                         args.params_file or '')


def drive_anew(args: argparse.Namespace, method: str, folder: Path, frames: int,
               env: dict[str, str]) -> dict[str, Any]:
    """Start the node some times and drive the last one; return its record."""
    plan = Plan(images=str(folder / 'images.npy'), namespace=NAMESPACE, frames=0,
                rate=args.rate or 0.0, saturate=max(WARM_UP, min(SATURATE, frames)), share=SHARE,
                warm_up=WARM_UP, memory_every=max(1, frames // MEMORY_LOOKS))
    starts = []
    for left in reversed(range(args.starts or STARTS)):
        record = drive(dataclasses.replace(plan, frames=0 if left else frames),
                       node_arguments(args, method), folder, env)
        starts.append(record['start_s'])
    return {**record, 'starts_s': starts}


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


def write(path: Path, args: argparse.Namespace, records: dict[str, dict[str, Any]]) -> None:
    """Write figures and every time as JSON, and the curve of the memory as a picture beside it."""
    saved = {'size': args.size, 'grey': bool(args.grey), 'images': args.images,
             'settings': args.settings, 'keypoints': args.keypoints, 'backend': args.backend,
             'threads': args.threads, 'params_file': args.params_file,
             'processors': os.cpu_count(),
             'methods': {name: {'figures': figures(record), **record}
                         for name, record in records.items()}}
    path.write_text(json.dumps(saved) + '\n', encoding='utf-8')
    write_plot(path.with_suffix('.png'), lambda figure: draw_memory(
        figure, {name: record['memory'] for name, record in records.items()}))
