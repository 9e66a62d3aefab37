# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""evaluate: run a benchmark, each of which has options of its own."""
from __future__ import annotations

import argparse
import importlib
from dataclasses import dataclass

from residual_features_ros.outputs import refuse_existing
from training.benchmarks.detector_options import DetectorOptions
from training.benchmarks.goodpoint_options import AirsimOptions, FireOptions
from training.benchmarks.matching_score_options import MatchingScoreOptions
from training.benchmarks.options import (
    BenchmarkOptions,
    HpatchesOptions,
    PapersOptions,
    RgbdOptions,
    RotationOptions,
    WholeOptions,
)
from training.benchmarks.place_options import PlaceOptions
from training.benchmarks.posed_options import (
    LocalisationOptions,
    MultiviewOptions,
    ReconstructionOptions,
    StereoOptions,
)
from training.benchmarks.validation_options import ValidationOptions

HELP = 'run a benchmark'
BENCHMARKS: dict[str, type[BenchmarkOptions]] = {
    'validation': ValidationOptions,
    'papers': PapersOptions,
    'hpatches': HpatchesOptions,
    'rotation': RotationOptions,
    'whole': WholeOptions,
    'detectors': DetectorOptions,
    'rgbd': RgbdOptions,
    'airsim': AirsimOptions,
    'fire': FireOptions,
    'matching_score': MatchingScoreOptions,
    'stereo': StereoOptions,
    'multiview': MultiviewOptions,
    'reconstruction': ReconstructionOptions,
    'localisation': LocalisationOptions,
    'place_recognition': PlaceOptions,
}
# Files that a benchmark writes beside its --out.
BESIDE = {'papers': ('.md',), 'hpatches': ('.md', '.png'), 'rgbd': ('.md',),
          'airsim': ('.md',), 'fire': ('.md',),
          'rotation': ('.png',), 'detectors': ('.md',), 'validation': ('.md',)}


@dataclass(frozen=True)
class EvaluateOptions:
    """Which benchmark, a name in BENCHMARKS, and what it is asked for."""

    benchmark: str
    options: BenchmarkOptions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add a sub-parser for each benchmark."""
    benchmarks = parser.add_subparsers(dest='benchmark', required=True)
    for name, kind in BENCHMARKS.items():
        kind.add_arguments(benchmarks.add_parser(name, help=kind.HELP))


def from_arguments(args: argparse.Namespace) -> EvaluateOptions:
    """Return the benchmark and its options; ValueError for values out of range."""
    return EvaluateOptions(args.benchmark, BENCHMARKS[args.benchmark].from_arguments(args))


def run(options: EvaluateOptions) -> None:
    """Evaluate and print the table; OutputError where a file of results is there already."""
    out = options.options.files.out
    if out:
        refuse_existing([out, *(out.with_suffix(suffix)
                                for suffix in BESIDE.get(options.benchmark, ()))])
    benchmark = importlib.import_module(f'training.benchmarks.{options.benchmark}')
    print(benchmark.main(options.options))
