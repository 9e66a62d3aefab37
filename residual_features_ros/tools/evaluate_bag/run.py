# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""evaluate-bag: methods side by side on the images of a bag."""
from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from residual_features_ros.datasets.trajectory_files import write_tum
from residual_features_ros.errors import CommandError
from residual_features_ros.geometry.trajectory import Trajectory
from residual_features_ros.tools.evaluate_bag.evo_errors import evo_errors
from residual_features_ros.tools.evaluate_bag.example_frames import chosen_stamps, draw_examples
from residual_features_ros.tools.evaluate_bag.html import write_html
from residual_features_ros.tools.evaluate_bag.inputs import Inputs, open_inputs
from residual_features_ros.tools.evaluate_bag.methods import create_methods, see_all
from residual_features_ros.tools.evaluate_bag.plots import all_plots
from residual_features_ros.tools.evaluate_bag.report import Report, as_text, versions, write_json
from residual_features_ros.tools.evaluate_bag.scores import Score, figures
from residual_features_ros.tools.evaluate_bag.sign_test import compare

EVO_MISSING = 'ATE and RPE need the Python package evo: pip install evo'
PLOTS_MISSING = 'the plots need the Python package matplotlib: pip install matplotlib'


def run(args: argparse.Namespace) -> int:
    """Evaluate and write the report; return 0, also where a bag has little to say."""
    if not args.methods:
        raise CommandError('--methods names no method')
    if args.threshold <= 0 or args.rate <= 0:
        raise CommandError('--threshold and --rate must be larger than 0')
    inputs = open_inputs(args)
    out = Path(args.out)
    if out.resolve() == Path(args.bag).resolve():
        raise CommandError(f'--out {args.out} is the bag: choose another')
    out.mkdir(parents=True, exist_ok=True)
    if args.through_node:
        from residual_features_ros.tools.evaluate_bag.through_node import score_node
        scores, inputs = score_node(args, inputs, out)
    else:
        scores, inputs = score_local(args, inputs)
    report = make_report(args, inputs, scores)
    examples = draw_examples(scores, inputs.images, chosen_stamps(scores))
    plots = all_plots(scores, truth_beside(inputs, scores), inputs.true_pose, args.through_node)
    if not plots:
        report.notes.append(PLOTS_MISSING)
    write_html(out / 'report.html', report, plots, examples)
    write_json(out / 'report.json', report)
    print(as_text(report))
    print(f'report: {out / "report.html"} {out / "report.json"}')
    return 0


def score_local(args: argparse.Namespace, inputs: Inputs) -> tuple[dict[str, Score], Inputs]:
    """Run the methods in this process."""
    methods = create_methods(args)
    scores = {name: Score() for name in methods}
    images = tqdm(inputs.images, total=inputs.images.expected(), desc='evaluate', unit='image',
                  disable=None)
    for records in see_all(methods, images):
        inputs = inputs.fitted_to(inputs.images.size)
        for name, record in records.items():
            scores[name].add(record, inputs, args.threshold)
    return scores, inputs


def make_report(args: argparse.Namespace, inputs: Inputs, scores: dict[str, Score]) -> Report:
    """Return the report; writes the trajectories."""
    images, notes = inputs.images, list(inputs.notes)
    if not images.counts['evaluated']:
        notes.append('not one image could be evaluated')
    if images.broken:
        notes.append(f'the bag breaks off after {images.counts["read from the bag"]} images '
                     f'({images.broken}); what lies before is evaluated')
    methods = {name: figures(score) for name, score in scores.items()}
    for name, score in scores.items():
        estimate = score.odometry.trajectory()
        if inputs.camera and len(estimate):
            write_tum(Path(args.out) / f'{name}.tum', estimate)
        try:
            methods[name].update(evo_of(inputs, estimate))
        except ImportError:
            notes += [EVO_MISSING] if EVO_MISSING not in notes else []
    notes += _doubts(args, inputs, methods)
    camera = inputs.camera
    settings = {
        'bag': args.bag, 'topic': images.bag.topic, 'methods': ', '.join(args.methods),
        'image size': f'{images.size[0]}x{images.size[1]}', 'camera': inputs.camera_source,
        'camera matrix': str(camera.K.round(3).tolist()) if camera else 'none',
        'distortion': f'{camera.model} {camera.distortion.tolist()}' if camera else 'none',
        'ground truth': args.groundtruth or 'none', 'tolerance': f'{args.tolerance} s',
        'camera in body': args.camera_in_body or 'the same',
        'inlier threshold': f'{args.threshold} px', 'keypoints': args.keypoints,
        'step': args.step, 'max frames': args.max_frames or 'all',
        'backend': ', '.join(args.backend), 'set': ' '.join(args.settings) or 'nothing',
        'way': 'through the node' if args.through_node else 'in this process'}
    return Report(f'{Path(args.bag).name} {images.bag.topic}', methods, dict(images.counts),
                  settings, versions(), notes, args.through_node, compare(scores))


def evo_of(inputs: Inputs, estimate: Trajectory) -> dict[str, float]:
    """Return ATE and RPE at the images that have a ground truth, {} where there is none."""
    if inputs.ground_truth is None or inputs.camera is None:
        return {}
    true = [inputs.true_pose(stamp) for stamp in estimate.stamps_ns.tolist()]
    known = [i for i, pose in enumerate(true) if pose is not None]
    return evo_errors(
        Trajectory(estimate.stamps_ns[known], np.array([true[i] for i in known])),
        Trajectory(estimate.stamps_ns[known], estimate.poses[known])) if known else {}


def _doubts(args: argparse.Namespace, inputs: Inputs,
            methods: dict[str, dict[str, float | int]]) -> list[str]:
    """Return sentences on what the numbers leave out."""
    found = []
    for name, values in methods.items():
        pairs = values['pairs']
        if inputs.camera and values['repeated_motions']:
            found.append(f'{name}: {values["repeated_motions"]} of {pairs} pairs have no motion; '
                         'the odometry repeats the one before')
        if inputs.ground_truth is not None and values['pairs_with_truth'] < pairs:
            found.append(f'{name}: ground truth within {args.tolerance:g} s for '
                         f'{values["pairs_with_truth"]} of {pairs} pairs (--tolerance)')
    return found


def truth_beside(inputs: Inputs, scores: dict[str, Score]) -> Trajectory | None:
    """Return the ground truth from the first to the last image."""
    truth, records = inputs.ground_truth, next(iter(scores.values())).records
    if truth is None or not records:
        return truth
    during = ((truth.stamps_ns >= records[0].stamp_ns - inputs.tolerance_ns)
              & (truth.stamps_ns <= records[-1].stamp_ns + inputs.tolerance_ns))
    return Trajectory(truth.stamps_ns[during], truth.poses[during])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command as an executable of its own, for ros2 run."""
    from residual_features_ros.tools.command_line import main as command_line
    return command_line(['evaluate-bag', *(sys.argv[1:] if arguments is None else arguments)])


if __name__ == '__main__':
    sys.exit(main())
