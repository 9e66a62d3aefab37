# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Results of stereo, multiview, reconstruction and localisation as tables in Markdown."""
from __future__ import annotations

from typing import Any

from training.benchmarks.posed_features import digits
from training.benchmarks.reports.image_pairs import markdown_table

TITLES = {
    'stereo': ('Relative pose of two photographs',
               'Matches, inliers of the estimator, those within 2 px of the true epipolar lines, '
               'median errors of rotation and of the direction of translation in degrees, mean '
               'average accuracy at 5 and 10 degrees, as the Image Matching Challenge counts it.'),
    'multiview': ('COLMAP on bags of photographs',
                  'Registered images, landmarks, mean track length, reprojection error in pixels, '
                  'mean average accuracy over all pairs of cameras; means over bags.'),
    'reconstruction': ('COLMAP on whole scenes',
                       "As ETH's local feature benchmark; position in the scene's unit and "
                       'rotation in degrees are of the cameras after alignment. Means over three '
                       'seeds: a run without a model counts with 0 images, points and '
                       'observations, and has no track, pixels or poses to count. An error of '
                       'tens of degrees is a wrong solution of COLMAP, to which places that are '
                       'not exact lead where the parallax is small.'),
    'localisation': ('Localisation in a map of posed photographs',
                     'Share of queries within each limit; medians of metres and degrees.'),
}


def tables(result: dict[str, Any]) -> list[str]:
    """Return title, what the columns are, the table, what was chosen, and the command."""
    title, meaning = TITLES[result['benchmark']]
    (width, height), count = result['protocol']['size'], result['protocol']['max_keypoints']
    scenes = ', '.join(result['data']['scenes'])
    text = [f'## {title}', f'{meaning} {result["data"]["what"]} ({scenes}); images shrunk to fit '
            f'into {width}x{height}, {count} keypoints. Not a table of the paper.',
            lines_table(result['lines'])]
    if result['data'].get('tuned_on'):
        text.append(chosen_text(result))
    return [*text, f'`{result["command"]}`, commit {result["environment"]["commit"]}'
            + (f', {result["solver"]}.' if 'solver' in result else '.')]


def lines_table(lines: list[dict[str, Any]]) -> str:
    """Return rows of equal names as a table."""
    return markdown_table(list(lines[0]), [
        [value if isinstance(value, str) else digits(value) for value in line.values()]
        for line in lines])


def chosen_text(result: dict[str, Any]) -> str:
    """Return what ratio and threshold were chosen on."""
    tuned = result['data']['tuned_on']
    what = 'ratio and px, of an inlier' if result['benchmark'] == 'stereo' else 'ratio'
    where = 'the other scenes' if tuned == ['others'] else ', '.join(tuned)
    return f'Tuned on {where} alone, by mAA@10: {what}.'
