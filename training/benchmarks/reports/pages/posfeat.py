# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The page of PoSFeat (arXiv 2201.02861)."""
from __future__ import annotations

from training.benchmarks.reports import published
from training.benchmarks.reports.pages.comparing import SIZES, judged, pairs, posed
from training.benchmarks.reports.pages.measured import Found, Measured
from training.benchmarks.reports.pages.page import (
    SHARES,
    Claim,
    Deviation,
    Page,
    Schedule,
    Shown,
    localised,
    nothing,
    of_pairs,
)
from training.benchmarks.reports.pages.verdict import no_data

LARGE = SIZES[:1]
HERE = {'SuperPoint': 'superpoint', 'SP': 'superpoint', 'PoSFeat (Ours)': 'posfeat'}
ALSO = {f'means of our scenes, {row}': method for row, method in (
    ('Root-SIFT', 'rootsift'), ('SuperPoint', 'superpoint'), ('PoSFeat', 'posfeat'))}
BUILT = ('registered', 'points', 'track', 'reproj_px')
RECIPE = '`training/methods/posfeat/recipe.py`'


def built(measured: Measured, method: str, row: str) -> Found | None:
    """Return what COLMAP builds of whole scenes, means over ours."""
    return measured.posed('reconstruction', method, 20_000)


CLAIMS = (
    Claim("Its MMA score is above SuperPoint's", 'Table 1', '.775 v .658',
          judged(pairs('posfeat', 'superpoint', 'mma_score', sizes=LARGE)),
          ('data', 'training', 'size')),
    Claim("Its MMA score is above RootSIFT's", 'Table 1', '.775 v .584',
          judged(pairs('posfeat', 'rootsift', 'mma_score', sizes=LARGE)),
          ('data', 'training', 'size')),
    Claim('It localises as many images by night as any method', 'Table 2', '81.6 v 81.6',
          lambda _: no_data('Aachen'), ('aachen',)),
    Claim("Its tracks are longer than SuperPoint's", 'Table 3', '9.47 v 7.83',
          judged(posed('reconstruction', 'track', 'posfeat', 'superpoint', 20_000)), ('eth',)),
    Claim("Its reprojection error is below SuperPoint's", 'Table 3', '.58 v .92',
          judged(posed('reconstruction', 'reproj_px', 'posfeat', 'superpoint', 20_000,
                       less=True)), ('eth',)),
    Claim('Decoupled training beats joint training', 'Figure 7', 'a figure',
          lambda _: no_data('MegaDepth'), ('figure7',)),
    Claim('Line-to-window search beats coarse-to-fine', 'Figure 7', 'a figure',
          lambda _: no_data('MegaDepth'), ('figure7',)),
    Claim('N_line and w_patch matter little', 'Table 4', '.7666 to .7748',
          lambda _: no_data('MegaDepth'), ('figure7',)),
)
DEVIATIONS = (
    Deviation('MegaDepth, 127 scenes', 'shipped weights learned from planes under homographies, '
              '1,600 + 400 steps of a network of .6 M parameters; recipe paper has not been run '
              'to its end; `data.kind=caps` reads the data, without the selection of scenes',
              RECIPE, 'training'),
    Deviation("ResNet-50 with ImageNet's weights", '`encoder=FILE`; without it recipe paper is '
              'refused, `encoder=random` has to be said', '`training/methods/posfeat/encoder.py`'),
    Deviation('HPatches, 52 + 56 scenes', 'the four Oxford scenes, which were also developed on',
              '`training/benchmarks/hpatches.py`', 'data'),
    Deviation("images' own sizes, 8192 keypoints, 3x3", 'numbers are of 640x480, 1000 keypoints; '
              "the paper's by `--native --leave-out-large --max-keypoints 8192 --set "
              'nms_radius=1`', '`training/benchmarks/options.py`', 'size'),
    Deviation('Figure 5 prints no MMA@3', "means of the errors that the authors' code draws",
              '`training/benchmarks/reports/published.py`'),
    Deviation('Aachen: .5, 1 and 5 m', "the Residual paper's .25, .5 and 5 m alone; 7x7 and "
              'scores over .9 are settings', '`training/benchmarks/pose_metrics.py` '
              '(`LOCALISED`)', 'aachen'),
    Deviation('ETH, 128 to 1463 images, 20,000 keypoints', 'three scenes of 11 to 51; `--pairs '
              'retrieval:K`, `--cache` and `--threads` make larger sets feasible',
              '`training/benchmarks/reconstruction.py`', 'eth'),
    Deviation('joint training, coarse-to-fine search, SIFT keypoints (Figure 7); N_line by '
              'w_patch (Table 4)', 'recipes joint, coarse and disk, posfeat@sift, and '
              '`search.line_samples`, `search.window`: not trained to their end; models 5 to 8 '
              'are not named in the text', '`training/methods/posfeat/config.py` (`SearchConfig`)',
              'figure7'),
    Deviation("torchvision's jitter", 'changes of light of this package', RECIPE),
    Deviation('input cropped to multiples of 16', 'padded', '`detection.py`'),
    Deviation('equations 7, 10 averaged over pairs', 'summed over the batch; sigma at least .1 px',
              RECIPE),
    Deviation('silent on', 'cosines times 60, both directions, softplus scores as logits, from '
              "the authors' code", RECIPE),
)
PAGE = Page(
    'posfeat', 'PoSFeat: Li et al., *Decoupling Makes Weakly Supervised Local Feature Better*, '
    'arXiv 2201.02861', CLAIMS,
    (Shown(published.POSFEAT_1, ('mma_score',), HERE, of_pairs((640, 480), 1000), ('mma_score',),
           'HPatches'),
     Shown(published.POSFEAT_FIGURE_5, ('mma@3',), HERE, of_pairs((640, 480), 1000), ('mma@3',),
           'HPatches'),
     Shown(published.POSFEAT_2, published.NIGHTS, HERE, localised(16_000), SHARES, 'Aachen',
           'within .5, 1, 5 m: v1, v1.1', percent=True),
     Shown(published.POSFEAT_3, published.POSFEAT_3.columns, {}, built, BUILT, 'ETH', also=ALSO),
     Shown(published.POSFEAT_4, published.POSFEAT_4.columns,
           dict.fromkeys(published.POSFEAT_4.rows, 'posfeat'), nothing, (), 'MegaDepth')),
    DEVIATIONS, (Schedule('posfeat', 'paper', 1, 'MegaDepth'),))
