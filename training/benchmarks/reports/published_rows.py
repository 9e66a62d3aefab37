# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Published rows under the names of our methods and of the metrics of benchmarks/papers.py.

Texts, as the tables show them: 'a / b' is illumination / viewpoint, or what the source says. The
matching scores of LF-Net are in tables that were not at hand.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from training.benchmarks.reports import published
from training.benchmarks.reports.published import Table

# Names of rows in the papers -> our methods.
METHODS = {'ORB': 'orb', 'SIFT': 'sift', 'SURF': 'surf', 'SuperPoint': 'superpoint',
           'Ours (SIFT)': 'residual_sift', 'Ours (SURF)': 'residual_surf',
           'PoSFeat (Ours)': 'posfeat', 'GP': 'goodpoint', 'SP': 'superpoint'}


@dataclass(frozen=True)
class Published:
    """Numbers of a method by name, from one place of one paper."""

    method: str
    source: str
    numbers: Mapping[str, str]


def residual(table: Table) -> tuple[Published, ...]:
    """Return the rows of the Residual paper's Table 1."""
    return tuple(Published(METHODS[row], table.source, numbers)
                 for row, numbers in table.rows.items())


def posfeat(row: str) -> tuple[Published, Published]:
    """Return a method's row of PoSFeat's Table 1, and what its Figure 5 shows of it."""
    scores, figure = published.POSFEAT_1, published.POSFEAT_FIGURE_5
    numbers = scores.rows[row]
    return (Published(METHODS[row], f'{scores.source}: {scores.about}', {
        'mma_score': f'{numbers["mma_score"]} ({numbers["illumination"]} / '
                     f'{numbers["viewpoint"]})'}),
        Published(METHODS[row], figure.source, figure.rows[row]))


def goodpoint(name: str) -> Published:
    """Return a method's columns of GoodPoint's Table 2, 'GP' or 'SP', at both thresholds."""
    table, numbers = published.GOODPOINT_2, {}
    for limit in (3, 5):
        printed = table.rows[f'{name} {limit} px']
        for metric, place in (('rep', ''), ('accuracy', ''), ('coverage', '/25')):
            numbers[f'{metric}@{limit}{place}'] = (f'{printed[f"light {metric}"]} / '
                                                   f'{printed[f"view {metric}"]}')
        numbers[f'harmonic of six@{limit}/25'] = printed['harmonic mean']
    return Published(METHODS[name], f'{table.source}: {table.about}', numbers)


def lfnet(row: str, size: str) -> Published:
    """Return the time of an image, which LF-Net gives as frames per second."""
    table = published.LF_NET_SPEED
    rate = table.rows[row][size]
    return Published('lfnet', f'{table.source}: {row}, {rate} {table.about}',
                     {'milliseconds': f'{1000 / float(rate):.0f}'})


def superpoint() -> Published:
    """Return SuperPoint's own row."""
    table = published.SUPERPOINT_4
    numbers = table.rows['SuperPoint']
    return Published('superpoint', table.source, {
        name: numbers[name] for name in ('cor@1', 'cor@3', 'cor@5', 'ms', 'rep@3')})


LARGE = (*residual(published.RESIDUAL_1_LARGE), superpoint(), *posfeat('SuperPoint'),
         *posfeat('PoSFeat (Ours)'), goodpoint('SP'), goodpoint('GP'),
         lfnet('1024 keypoints', '640x480'))
SMALL = residual(published.RESIDUAL_1_SMALL)
VIDEOS = (lfnet('512 keypoints', '320x240'),)
BY_PART: Mapping[tuple[str, int, int, int], tuple[Published, ...]] = {
    ('hpatches', 640, 480, 1000): LARGE, ('hpatches', 320, 240, 300): SMALL,
    ('rgbd', 320, 240, 512): VIDEOS}
# On data that no benchmark here has read: shown as they are printed, beside no number of ours.
ELSEWHERE = (published.GOODPOINT_1, published.GOODPOINT_3, published.GOODPOINT_4)
