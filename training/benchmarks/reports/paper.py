# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What stands beside 'Residual Learning for Image Point Descriptors' (arXiv 2312.15471).

The paper's 'Ours (SIFT)' is residual_sift here, 'Ours (SURF)' residual_surf. Its Table 1 gives
1000 keypoints at 640x480, the text below it 100; the table is followed.
"""
from __future__ import annotations

from training.benchmarks.reports import published
from training.benchmarks.reports.published import Table
from training.benchmarks.reports.published_rows import METHODS

TITLE = ('R. Shrestha, A. Chhatkuli, M. Kanakis, L. Van Gool, *Residual Learning for Image Point '
         'Descriptors*, arXiv 2312.15471')
COLUMNS = published.COR
SCENES, PAIRS = 116, 580  # section 4.2
# [(width, height, keypoints)][method]: Cor-1, Cor-3, Cor-5, MS.
TABLE_1 = {size: {METHODS[row]: table.values(row) for row in table.rows}
           for size, table in (((320, 240, 300), published.RESIDUAL_1_SMALL),
                               ((640, 480, 1000), published.RESIDUAL_1_LARGE))}
# Methods that have no row of their own: the row of the same keypoints.
COUNTERPARTS = {
    'rootsift': 'sift',
    'residual_rootsift': 'residual_sift',
    'residual_rootsift_small': 'residual_sift',
    'residual_sift_small': 'residual_sift',
    'residual_surf_small': 'residual_surf',
}


def counterpart(method: str) -> str:
    """Return the row of Table 1 that a method is nearest to, or its own name."""
    return COUNTERPARTS.get(method, method)


def quoted(table: Table, row: str, columns: str = '') -> str:
    """Return a row and those of its numbers whose columns begin with a word."""
    return ' '.join([row, *(number for column, number in table.rows[row].items()
                            if column.startswith(columns))])


def day_and_night(table: Table, *rows: str) -> str:
    """Return the numbers of rows of Table 2 or 4."""
    return '. '.join(f'{quoted(table, row, "day")}; '
                     f'{quoted(table, row, "night").removeprefix(row).strip()}' for row in rows)


def challenge(*rows: tuple[str, Table, str, Table]) -> str:
    """Return the stereo accuracies of rows of Table 3 or 5, with 2k keypoints and with 8k."""
    return '. '.join(f'{quoted(few, name, "stereo mAA")}; '
                     f'{quoted(many, other, "stereo mAA").removeprefix(other).strip()}'
                     for name, few, other, many in rows)


SPEED = published.RESIDUAL_SPEED.rows['Ours']
CONVERGENCE = (f'{SPEED["times as fast"]} times as fast as SuperPoint (abstract); '
               f'{SPEED["epochs"]} epochs, SuperPoint {SPEED["epochs of SuperPoint"]} '
               '(section 4.1)')
# What is measured elsewhere: (table, the paper's numbers, why there are none of ours).
NOT_MEASURED = (
    ('Table 2, localisation (day; night; within .25, .5, 5 m)',
     day_and_night(published.RESIDUAL_2, 'SIFT', 'Ours (SIFT)'),
     'Aachen v1.1 and hloc are not here; `python -m residual_features_ros extract` writes the '
     'files that hloc reads'),
    ('Table 3, Image Matching Challenge (stereo mAA at 5 and 10 degrees; 2k; 8k keypoints)',
     challenge(*((row, published.RESIDUAL_3_2K, row, published.RESIDUAL_3_8K)
                 for row in ('RootSIFT Upright', 'Ours (RootSIFT Up)'))),
     'Phototourism is not here'),
    ('Table 4, ablations (as Table 2; * without fusion)',
     day_and_night(published.RESIDUAL_4, 'Ours (SIFT)*', 'Small (SIFT)'), 'as Table 2'),
    ('Table 5, ablation without fusion (as Table 3)',
     challenge(('2k Ours (SIFT)', published.RESIDUAL_5, '8k Ours (SIFT)', published.RESIDUAL_5)),
     'as Table 3'),
    ('Section 4.6, computation over SuperPoint',
     f'{SPEED["more computation, %"]} % more', 'the paper does not say how it was counted'),
)
DEVIATIONS = {
    'data': f'HPatches ({SCENES} scenes, {PAIRS} pairs) is not here: the scenes that the column '
            'data names, in the same layout.',
    'protocol': 'The paper does not give its protocol in full. Sizes, numbers of keypoints, MS '
                'and Cor are those of the code of KP2D (TRI-ML/KP2D, kp2d/evaluation). '
                'Other than there, the number of keypoints limits what is detected, not what is '
                'left of it in the shared view, images are resized by area, and Cor is the mean '
                'of ten homographies, estimated from ten orders of the matches.',
    'rootsift': "RootSIFT, where the paper's Table 1 has SIFT, whose row is shown.",
    'small': "The small network, where the paper's Table 1 has the full one, whose row is shown.",
    'training': 'Trained on other photographs, for another number of steps (both are given here) '
                'and by the recipe in the card of the weights, where the paper takes 2 epochs of '
                'the 118,000 of MS-COCO (59,000 steps of 4).',
    'windows': 'f starts as the hand-crafted descriptor and sees, besides h at the keypoint, '
               "windows of the image in the keypoint's frame and upright; the loss is over all "
               "keypoints at the true place (recipe ours; `--recipe paper` is the paper's).",
    'surf': "SURF of mahotas (64 numbers, its threshold), not OpenCV's (128 in the paper, "
            'Hessian 30).',
    'rotation': "Our own benchmark, not the paper's.",
    'convergence': 'Our SuperPoint is its descriptor loss on the same h and samples at equal '
                   'cost; the paper compares epochs of two trainings.',
}
