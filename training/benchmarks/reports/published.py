# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Numbers that the papers give in the metrics of benchmarks/papers.py, each with its table.

Texts, as the table shows them: 'a / b' is illumination / viewpoint, or what `source` says. The
matching scores of LF-Net are in tables that were not at hand.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from training.benchmarks.reports import paper


@dataclass(frozen=True)
class Published:
    """Numbers of a method by name, from one place of one paper."""

    method: str
    source: str
    numbers: Mapping[str, str]


POSFEAT = "PoSFeat, Table 1 and Figure 5, HPatches' own sizes"
GOODPOINT_2 = 'GoodPoint, Table 2'
GOODPOINT_1 = 'GoodPoint, Table 1, AirSim fantasy village / village'
LF_NET = 'LF-Net, section 3.3, Titan X'


def residual(size: tuple[int, int], count: int) -> tuple[Published, ...]:
    """Return the rows of the Residual paper's Table 1."""
    return tuple(Published(method, 'Residual, Table 1', {
        name: f'{value:.3f}'.removeprefix('0')
        for name, value in zip(paper.COLUMNS, numbers, strict=True)})
        for method, numbers in paper.TABLE_1[(*size, count)].items())


LARGE = (
    *residual((640, 480), 1000),
    Published('superpoint', 'SuperPoint, Tables 3 and 4', {
        'cor@3': '.684', 'ms': '.470', 'rep@3': '.581'}),
    Published('superpoint', POSFEAT, {'mma@3': '.645', 'mma_score': '.658 (.715 / .606)'}),
    Published('posfeat', POSFEAT, {'mma@3': '.764', 'mma_score': '.775 (.826 / .728)'}),
    Published('superpoint', GOODPOINT_2, {
        'rep@3': '.53 / .45', 'rep@5': '.63 / .55', 'mma@3': '.70 / .64', 'mma@5': '.80 / .72',
        'coverage@3/25': '.47 / .42', 'coverage@5/25': '.50 / .45', 'harmonic@3/25': '.52',
        'harmonic@5/25': '.59'}),
    Published('goodpoint', GOODPOINT_2, {
        'rep@3': '.48 / .33', 'rep@5': '.63 / .47', 'mma@3': '.69 / .53', 'mma@5': '.82 / .67',
        'coverage@3/25': '.60 / .41', 'coverage@5/25': '.64 / .45', 'harmonic@3/25': '.48',
        'harmonic@5/25': '.59'}),
    Published('lfnet', f'{LF_NET}, 1024 points', {'milliseconds': '50'}),  # 20 fps
)
SMALL = (
    *residual((320, 240), 300),
    Published('superpoint', GOODPOINT_1, {
        'rep@3': '.57 / .45', 'mma@3': '.86 / .72', 'coverage@3/20': '.57 / .65',
        'harmonic@3/20': '.64 / .58'}),
    Published('goodpoint', GOODPOINT_1, {
        'rep@3': '.55 / .42', 'mma@3': '.85 / .74', 'coverage@3/20': '.65 / .70',
        'harmonic@3/20': '.66 / .58'}),
)
VIDEOS = (Published('lfnet', LF_NET, {'milliseconds': '16'}),)  # 62 fps
BY_PART: Mapping[tuple[str, int, int, int], tuple[Published, ...]] = {
    ('hpatches', 640, 480, 1000): LARGE, ('hpatches', 320, 240, 300): SMALL,
    ('rgbd', 320, 240, 512): VIDEOS}
