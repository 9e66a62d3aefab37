# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The page of SuperPoint (arXiv 1712.07629), the other papers' rival, which was not at hand."""
from __future__ import annotations

from training.benchmarks.reports import published
from training.benchmarks.reports.pages.comparing import SIZES, judged, pairs
from training.benchmarks.reports.pages.page import (
    Claim,
    Deviation,
    Page,
    Schedule,
    Shown,
    of_pairs,
)

RECIPE = '`training/methods/superpoint/recipe.py`'
LARGE, SMALL = published.RESIDUAL_1_LARGE, published.RESIDUAL_1_SMALL
COLUMNS = ('cor@1', 'cor@3', 'cor@5', 'rep@3', 'ms')
CLAIMS = (
    Claim("More of its matches are right than of SIFT's, at 320x240", 'Residual, Table 1',
          f'{SMALL.rows["SuperPoint"]["ms"]} v {SMALL.rows["SIFT"]["ms"]}',
          judged(pairs('superpoint', 'sift', sizes=SIZES[1:])), ('data', 'training')),
    Claim("Fewer of its matches are right than of SIFT's, at 640x480", 'Residual, Table 1',
          f'{LARGE.rows["SuperPoint"]["ms"]} v {LARGE.rows["SIFT"]["ms"]}',
          judged(pairs('sift', 'superpoint', sizes=SIZES[:1])), ('data', 'training')),
)
DEVIATIONS = (
    Deviation('the paper was not at hand', 'its row is as public re-implementations quote it',
              '`training/benchmarks/reports/published.py`'),
    Deviation('200,000 steps of 32 a stage, two rounds of labels of 100 homographies', 'recipe '
              'short: fewer channels, 9,000 steps, one round of 10 homographies of Shi and '
              "Tomasi's corners; recipe paper has not been run to its end", RECIPE, 'training'),
    Deviation('HPatches', 'the four Oxford scenes, also developed on',
              '`training/benchmarks/hpatches.py`', 'data'),
    Deviation('dense loss, lambda_d 250', 'sparse in short', RECIPE),
    Deviation('ranges of homographies are not given', "re-implementations'", RECIPE),
    Deviation("the authors' weights", '`import superpoint FILE` takes them; the file is the '
              "user's", '`training/authors/importing.py`'),
)
PAGE = Page(
    'superpoint', 'SuperPoint: DeTone, Malisiewicz, Rabinovich, *SuperPoint: Self-Supervised '
    'Interest Point Detection and Description*, arXiv 1712.07629', CLAIMS,
    (Shown(published.SUPERPOINT_4, COLUMNS, {'SuperPoint': 'superpoint'},
           of_pairs((640, 480), 1000), COLUMNS, 'HPatches'),),
    DEVIATIONS, (Schedule('superpoint', 'paper', 1, 'COCO'),))
