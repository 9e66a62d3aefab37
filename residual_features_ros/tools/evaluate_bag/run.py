# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""evaluate-bag: methods side by side on the images of a bag."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from residual_features_ros.datasets.trajectory_files import write_tum
from residual_features_ros.geometry.trajectory import Trajectory
from residual_features_ros.outputs import undone_on_error
from residual_features_ros.tools.bags.images import SHOWN
from residual_features_ros.tools.evaluate_bag.evo_errors import evo_errors
from residual_features_ros.tools.evaluate_bag.example_frames import chosen_stamps, draw_examples
from residual_features_ros.tools.evaluate_bag.gap_plots import gap_plots, write_gap_plot
from residual_features_ros.tools.evaluate_bag.gaps import gap_notes, results_by_gap
from residual_features_ros.tools.evaluate_bag.html import write_html
from residual_features_ros.tools.evaluate_bag.inputs import Inputs, open_inputs
from residual_features_ros.tools.evaluate_bag.methods import (
    LocalMethod,
    create_methods,
    process_all,
)
from residual_features_ros.tools.evaluate_bag.options import GAP_PLOT, EvaluateBagOptions
from residual_features_ros.tools.evaluate_bag.plots import all_plots
from residual_features_ros.tools.evaluate_bag.report import Report, as_text, versions, write_json
from residual_features_ros.tools.evaluate_bag.scores import Score, figures
from residual_features_ros.tools.evaluate_bag.sign_test import compare

EVO_MISSING = 'ATE and RPE need the Python package evo: pip install evo'
PLOTS_MISSING = 'the plots need the Python package matplotlib: pip install matplotlib'
Figures = dict[str, dict[str, float | int]]  # by method


def run(options: EvaluateBagOptions) -> int:
    """Evaluate and write the report; return 0, also where a bag has little to say."""
    inputs, out, through_node = open_inputs(options.inputs), options.out, options.through_node
    with undone_on_error(out, ()):  # a folder without anything in it is of no use
        if through_node:
            from residual_features_ros.tools.evaluate_bag.through_node import score_node
            scores, inputs = score_node(options.methods, options.method_options, options.node,
                                        inputs, options.threshold_px, out)
        else:
            methods = create_methods(options.methods, options.method_options, options.gaps)
            scores, inputs = score_local(methods, inputs, options.threshold_px)
    write_trajectories(out, inputs, scores)
    report = make_report(f'{options.inputs.bag.name} {inputs.images.bag.topic}', inputs, scores,
                         settings(options, inputs), through_node, options.gaps)
    examples = draw_examples(scores, inputs.images, chosen_stamps(scores))
    plots = {**gap_plots(report.further()),
             **all_plots(scores, truth_beside(inputs, scores), inputs.true_pose, through_node)}
    if not plots:
        report.notes.append(PLOTS_MISSING)
    write_html(out / 'report.html', report, plots, examples)
    write_json(out / 'report.json', report)
    print(as_text(report))
    write_gap_plot(out / GAP_PLOT, report.further())
    print(f'report: {out / "report.html"} {out / "report.json"}')
    return 0


def score_local(methods: Mapping[str, LocalMethod], inputs: Inputs,
                threshold_px: float) -> tuple[dict[str, Score], Inputs]:
    """Run the methods in this process."""
    scores = {name: Score() for name in methods}
    images = tqdm(inputs.masked_images(), total=inputs.images.expected(), desc='evaluate',
                  unit='image', disable=None)
    for records in process_all(methods, images):
        inputs = inputs.fitted_to(inputs.images.size)
        for name, record in records.items():
            scores[name].add(record, inputs, threshold_px)
            for matches in methods[name].match_gaps():
                scores[name].add_gap(matches, inputs, threshold_px)
    return scores, inputs


def write_trajectories(out: Path, inputs: Inputs, scores: Mapping[str, Score]) -> None:
    """Write the trajectory of each method, where a camera gives them."""
    for name, score in scores.items():
        trajectory = score.odometry.trajectory()
        if inputs.camera and len(trajectory):
            write_tum(out / f'{name}.tum', trajectory)


def settings(options: EvaluateBagOptions, inputs: Inputs) -> dict[str, Any]:
    """Return what the numbers were made with, as the report shows it."""
    asked, methods, images, camera = (options.inputs, options.method_options, inputs.images,
                                      inputs.camera)
    return {
        'bag': str(asked.bag), 'topic': images.bag.topic, 'methods': ', '.join(options.methods),
        'image size': f'{images.size[0]}x{images.size[1]}', 'camera': inputs.camera_source,
        'camera matrix': str(camera.K.round(3).tolist()) if camera else 'none',
        'distortion': f'{camera.model} {camera.distortion.tolist()}' if camera else 'none',
        'ground truth': asked.groundtruth or 'none', 'tolerance': f'{asked.tolerance_s} s',
        'camera in body': ' '.join(map(str, asked.camera_in_body or ())) or 'the same',
        'inlier threshold': f'{options.threshold_px} px', 'keypoints': methods.max_keypoints,
        'gaps': ', '.join(map(str, options.gaps)), 'step': asked.step,
        'max frames': asked.max_frames or 'all',
        'backend': ', '.join(methods.backend), 'set': ' '.join(methods.settings) or 'nothing',
        'mask': methods.mask or 'none', 'mask topic': asked.mask_topic or 'none',
        'way': 'through the node' if options.through_node else 'in this process'}


def make_report(title: str, inputs: Inputs, scores: dict[str, Score], made_with: dict[str, Any],
                through_node: bool, gaps: Sequence[int] = (1,)) -> Report:
    """Return the report.

    Args:
        title: of the report.
        inputs: whose images have all been read.
        scores: of the methods.
        made_with: the settings, by name.
        through_node: whether the scores are those of the node's messages.
        gaps: how many images apart the pairs of images are.
    """
    images, notes = inputs.images, [*inputs.notes, *inputs.images.notes]
    notes += inputs.masks.notes() if inputs.masks else []
    if not images.counts[SHOWN]:
        notes.append('not one image could be evaluated')
    methods: Figures = {name: figures(score) for name, score in scores.items()}
    for name, score in scores.items():
        try:
            methods[name].update(evo_of(inputs, score.odometry.trajectory()))
        except ImportError:
            notes += [EVO_MISSING] if EVO_MISSING not in notes else []
    by_gap = results_by_gap(scores, gaps, inputs.camera is not None)
    notes += [*_caveats(inputs, methods), *gap_notes(by_gap, images.counts[SHOWN])]
    return Report(title, methods, dict(images.counts), made_with, versions(), notes, through_node,
                  compare({name: score.pairs_apart(1) for name, score in scores.items()}), by_gap)


def evo_of(inputs: Inputs, estimate: Trajectory) -> dict[str, float]:
    """Return ATE and RPE at the images that have a ground truth, {} where there is none."""
    if inputs.ground_truth is None or inputs.camera is None:
        return {}
    true = [inputs.true_pose(stamp) for stamp in estimate.stamps_ns.tolist()]
    known = [i for i, pose in enumerate(true) if pose is not None]
    return evo_errors(
        Trajectory(estimate.stamps_ns[known], np.array([true[i] for i in known])),
        Trajectory(estimate.stamps_ns[known], estimate.poses[known])) if known else {}


def _caveats(inputs: Inputs, methods: Figures) -> list[str]:
    """Return sentences on what the numbers leave out."""
    found = []
    if inputs.images.luma_alone:
        found.append(f'the images are {inputs.images.encoding}: their luma alone is used')
    for name, values in methods.items():
        pairs = values['pairs']
        if inputs.camera and values['repeated_motions']:
            found.append(f'{name}: {values["repeated_motions"]} of {pairs} pairs have no motion; '
                         'the odometry repeats the one before')
        if inputs.ground_truth is not None and values['pairs_with_truth'] < pairs:
            found.append(f'{name}: ground truth within {inputs.tolerance_ns / 1e9:g} s for '
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
