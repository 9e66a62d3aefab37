# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The page of LF-Net (arXiv 1805.09662), whose tables of results were not at hand."""
from __future__ import annotations

from training.benchmarks.reports import published
from training.benchmarks.reports.pages.comparing import judged, posed, value, videos
from training.benchmarks.reports.pages.measured import Found, Measured
from training.benchmarks.reports.pages.page import Claim, Deviation, Page, Schedule, Shown
from training.benchmarks.reports.pages.verdict import Comparison, Finding, judge

RECIPE, MODEL = '`training/methods/lfnet/recipe.py`', '`training/methods/lfnet/model.py`'
LAYOUTS = '`training/data/sources/posed.py` (`GAPS`)'
FEW = '512 keypoints'
RATE = float(published.LF_NET_SPEED.rows[FEW]['320x240'])


def speed(measured: Measured, method: str, row: str) -> Found | None:
    """Return images per second, those of a row of 1024 keypoints at 640x480 alone."""
    found = measured.frames_per_second(method)
    if found is None or row == FEW:
        return found
    return Found({name: rate for name, rate in found.numbers.items() if name == '640x480'},
                 found.sources)


def fast(measured: Measured) -> Finding:
    """Return whether our network is as fast as the paper's; its hardware is another."""
    ours = value(measured.frames_per_second('lfnet'), '320x240')
    return judge([Comparison('320x240', ours, RATE)])


CLAIMS = (
    Claim('Indoors more matches are right than with SIFT', 'abstract', 'numbers not at hand',
          judged(videos('lfnet', ('sift',))), ('scannet', 'training')),
    Claim('Indoors more matches are right than with A-KAZE, ORB, SuperPoint', 'abstract',
          'numbers not at hand',
          judged(videos('lfnet', ('akaze', 'orb', 'superpoint'))), ('scannet', 'training')),
    Claim('Outdoors it is better too', 'abstract', 'numbers not at hand',
          judged(posed('matching_score', 'ms', 'lfnet', 'sift', 1024)),
          ('outdoor', 'training')),
    Claim('It runs at 62 frames per second', 'section 3.3', f'{RATE:g}', fast, ('speed',)),
)
DEVIATIONS = (
    Deviation('50,000 steps of 6 pairs with depth', 'not run; the shipped network has 8 channels '
              'for 16, one scale, no orientation, and 4,900 steps of 2 pairs of photographs under '
              'homographies', RECIPE, 'training'),
    Deviation('trained on pairs with depth', 'so it is with `data.kind=scannet` and other kinds; '
              'the default kind, homography, runs without a word', '`training/config.py`'),
    Deviation('ScanNet, 15 frames apart', '4, 8, 16, 32 and 64 frames apart', LAYOUTS),
    Deviation('tested on 312 videos of ScanNet', 'one video of 40 frames, gaps of 1 to 16',
              '`training/benchmarks/rgbd.py`', 'scannet'),
    Deviation('25 photo-tourism collections, 50,000 pairs, 70 to 30, depth cleaned, boxes of '
              'twice the size', 'up to 10,000 pairs of a scene, maps as they are given', LAYOUTS),
    Deviation('tested outdoors on 11 sequences, longest side 640, 1024 keypoints', '`evaluate '
              'matching_score --size 640x640` gives the score; not on those sequences',
              '`training/benchmarks/rgbd.py`', 'outdoor'),
    Deviation('Titan X', 'ONNX Runtime on two CPU cores, a network of a quarter of the size',
              '`training/benchmarks/papers.py`', 'speed'),
    Deviation('baselines SURF, A-KAZE, LIFT', 'no LIFT', '`registry.py`'),
    Deviation('patches of the normalised image', 'each normalised by itself', RECIPE),
    Deviation('blocks of ResNet', 'pre-activated: normalised and activated before a convolution',
              f'{MODEL} (`Block`)'),
    Deviation('score maps go into the softmax', 'with mean 0 and deviation 1 first, from the '
              "authors' code", f'{MODEL} (`instance_norm`)'),
    Deviation('silent on', 'strengths 3 and 100, border, temperature, means instead of sums, '
              "angle as a vector, scale's logarithm: from the authors' code", RECIPE),
)
PAGE = Page(
    'lfnet', 'LF-Net: Ono et al., *LF-Net: Learning Local Features from Images*, arXiv 1805.09662',
    CLAIMS, (Shown(published.LF_NET_SPEED, published.LF_NET_SPEED.columns,
                   dict.fromkeys(published.LF_NET_SPEED.rows, 'lfnet'), speed,
                   published.LF_NET_SPEED.columns, 'Titan'),),
    DEVIATIONS, (Schedule('lfnet', 'augmented', 2, 'ScanNet'),),
    'The tables of matching scores (section 4) were not at hand: no row of them is here. Data '
    'missing: ScanNet, and the photo-tourism collections.')
