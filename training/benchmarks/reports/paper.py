# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Numbers of 'Residual Learning for Image Point Descriptors' (arXiv 2312.15471), and what differs.

The paper's 'Ours (SIFT)' is residual_sift here, 'Ours (SURF)' residual_surf. Its Table 1 gives
1000 keypoints at 640x480, the text below it 100; the table is followed.
"""
from __future__ import annotations

TITLE = ('R. Shrestha, A. Chhatkuli, M. Kanakis, L. Van Gool, *Residual Learning for Image Point '
         'Descriptors*, arXiv 2312.15471')
COLUMNS = ('cor@1', 'cor@3', 'cor@5', 'ms')
SCENES, PAIRS = 116, 580  # section 4.2
# Section 4.2, Table 1. [(width, height, keypoints)][method]: Cor-1, Cor-3, Cor-5, MS.
TABLE_1 = {
    (320, 240, 300): {
        'orb': (0.112, 0.369, 0.474, 0.206),
        'sift': (0.583, 0.841, 0.884, 0.268),
        'surf': (0.397, 0.702, 0.762, 0.255),
        'superpoint': (0.491, 0.833, 0.893, 0.318),
        'residual_sift': (0.498, 0.868, 0.905, 0.400),
        'residual_surf': (0.492, 0.821, 0.901, 0.401),
    },
    (640, 480, 1000): {
        'orb': (0.217, 0.528, 0.621, 0.200),
        'sift': (0.590, 0.867, 0.914, 0.289),
        'surf': (0.421, 0.745, 0.812, 0.230),
        'superpoint': (0.509, 0.834, 0.900, 0.281),
        'residual_sift': (0.547, 0.859, 0.933, 0.407),
        'residual_surf': (0.531, 0.821, 0.917, 0.401),
    },
}
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


# Abstract; section 4.1 gives 2 epochs, and 100 for SuperPoint.
CONVERGENCE = '50 times as fast as SuperPoint (abstract); 2 epochs, SuperPoint 100 (section 4.1)'
# What is measured elsewhere: (table, the paper's numbers, why there are none of ours).
NOT_MEASURED = (
    ('Table 2, localisation (day; night; within .25, .5, 5 m)',
     'SIFT 82.3 91.6 97.0; 45.0 58.6 72.8. Ours (SIFT) 87.0 94.8 97.9; 62.3 80.6 95.3',
     'Aachen v1.1 and hloc are not here; `python -m residual_features_ros extract` writes the '
     'files that hloc reads'),
    ('Table 3, Image Matching Challenge (stereo mAA at 5 and 10 degrees; 2k; 8k keypoints)',
     'RootSIFT upright .2619 .3658; .3940 .5120. Ours (RootSIFT upright) .2766 .3852; '
     '.4279 .5524', 'Phototourism is not here'),
    ('Table 4, ablations (as Table 2)',
     'Ours (SIFT) without fusion 83.7 91.7 97.1; 56.0 75.9 90.1. Small (SIFT) 86.8 93.9 98.4; '
     '60.7 78.5 91.6', 'as Table 2'),
    ('Table 5, ablation without fusion (as Table 3)',
     'Ours (SIFT) .0770 .1295; .1584 .2492', 'as Table 3'),
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
