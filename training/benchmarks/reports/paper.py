# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What stands beside 'Residual Learning for Image Point Descriptors' (arXiv 2312.15471).

The paper's 'Ours (SIFT)' is residual_sift here, 'Ours (SURF)' residual_surf. Its Table 1 gives
1000 keypoints at 640x480, the text below it 100; the table is followed. pages/ has its claims.
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


def quoted(table: Table, row: str, columns: str = '') -> str:
    """Return a row and those of its numbers whose columns begin with a word."""
    return ' '.join([row, *(number for column, number in table.rows[row].items()
                            if column.startswith(columns))])


def day_and_night(table: Table, *rows: str) -> str:
    """Return the numbers of rows of Table 2 or 4."""
    return '. '.join(f'{quoted(table, row, "day")}; '
                     f'{quoted(table, row, "night").removeprefix(row).strip()}' for row in rows)


SPEED = published.RESIDUAL_SPEED.rows['Ours']
CONVERGENCE = (f'{SPEED["times as fast"]} times as fast as SuperPoint (abstract); '
               f'{SPEED["epochs"]} epochs, SuperPoint {SPEED["epochs of SuperPoint"]} '
               '(section 4.1)')
DEVIATIONS = {
    'data': f'HPatches ({SCENES} scenes, {PAIRS} pairs) is not here: the scenes that are '
            'named above, in the same layout.',
    'protocol': 'The paper does not give its protocol in full. Sizes, numbers of keypoints, MS '
                'and Cor are those of the code of KP2D (TRI-ML/KP2D, kp2d/evaluation). '
                'Other than there, the number of keypoints limits what is detected, not what is '
                'left of it in the shared view, images are resized by area, and Cor is the mean '
                'of ten homographies, estimated from ten orders of the matches.',
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
