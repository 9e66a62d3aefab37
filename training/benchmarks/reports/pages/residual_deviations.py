# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What differs from the Residual paper, element by element."""
from __future__ import annotations

from training.benchmarks.reports.pages.page import Deviation

MODEL, SHRINK = ('`training/methods/residual/model.py`', '`training/methods/residual/shrink.py`')
RECIPE, CORRESPONDENCE = ('`training/methods/residual/recipe.py`',
                          '`training/data/correspondence.py`')
DEVIATIONS = (
    Deviation('HPatches, 116 scenes', 'the four Oxford scenes, 20 pairs: one pair moves Cor by '
              '.05, one run, no interval', '`training/benchmarks/hpatches.py`', 'data'),
    Deviation('test scenes are unseen', "the Oxford scenes were also developed on: f's width and "
              "what the windows models shrink h's image by were chosen there; weights and "
              'thresholds are chosen by `evaluate validation` since', f'{SHRINK} (`shrink_of`)'),
    Deviation('MS-COCO, 118,000 photographs, 59,000 steps of 4', 'about 3,860 photographs; the '
              'steps are on the card, a tenth at most with those of what a run began with; '
              '`optim.epochs=2` counts what is there', RECIPE, 'training'),
    Deviation('the protocol is not given in full', "sizes, MS and Cor as KP2D's code has them; "
              'the number of keypoints limits what is detected; Cor is the mean over ten orders '
              'of the matches; resized by area', '`training/benchmarks/metrics.py`', 'protocol'),
    Deviation('SURF of 128 numbers, Hessian 30', "mahotas' SURF of 64 numbers; a non-free OpenCV "
              'gives 64 too: 128 cannot be had', '`keypoints/surf.py`', 'surf'),
    Deviation('SIFT of an image by itself', 'so it is: what it remembers of the image before '
              'decides its time alone', '`keypoints/sift.py` (`Contrast`)'),
    Deviation('h sees the whole image', "so it does in the paper's models; where f sees windows "
              'it runs at a half or a third', f'{SHRINK} (`SHRINK`)'),
    Deviation("authors' SuperPoint", 'trained here by recipe short; `import superpoint` takes '
              "the authors' file", '`training/authors/layouts.py`', 'superpoint'),
    Deviation('how weights are drawn is not said', 'variance is kept from layer to layer',
              f'{MODEL} (`keep_variance`)'),
    Deviation('which negative is not said', 'the hardest of all keypoints farther than 8 px, from '
              'a slow start with gradients cut at a norm of 1', f'{RECIPE} (`paper`)'),
    Deviation('the joined descriptor is normalised', 'each half is too, and h has BatchNorm: h is '
              'muted otherwise before it has learned anything '
              '([why](../decisions/paper-training.md))',
              f'{MODEL} (`PaperFusion`)', 'halves'),
    Deviation('h and f learn together', 'h learns alone before, which is cnn_sift and '
              'cnn_sift_half, and then with f; residual_rootsift, residual_rootsift_upright and '
              "residual_surf train f beside residual_sift's h, cnn_surf is cnn_sift's h "
              '([why](../decisions/paper-training.md#h-learns-alone-before-it-learns-beside-the-'
              'hand-crafted-half))', '`training/pretrained.py`', 'first'),
    Deviation('keypoints warped by the homography', 'detected in both views, within 3 px, 45 '
              'degrees and one octave', f'{CORRESPONDENCE} (`MATCH_DEG`)'),
    Deviation('ranges of homographies and light are not given', 'ours; of changes of light the '
              "paper's five alone", f'{RECIPE} (`PAPER_LIGHT`)'),
    Deviation('Small: layers removed at random', 'residual_sift_half: four layers less, 477,568 '
              'of 957,248 parameters; which, the paper does not say. The names with small are of '
              'another, strided network of 35 %', MODEL, 'half'),
    Deviation('fine-tuned on 120,000 pairs of Phototourism', 'not run; recipe finetune keeps '
              'model and loss of `pretrained=`', '`training/recipes.py` (`GOING_ON`)', 'imc'),
    Deviation('DEGENSAC, all pairs, 2k and 8k keypoints, COLMAP', "OpenCV's Graph-Cut RANSAC with "
              "DEGENSAC's test; 60 pairs of a scene unless `--pairs all`; COLMAP's limits in "
              'pixels at 3/8 unless `--colmap-defaults`; ratio and threshold tuned on the other '
              'scenes, or as the command says', '`training/benchmarks/stereo.py`'),
    Deviation('Aachen v1.1, hloc, NetVLAD, 4096 keypoints', 'three posed scenes of 2 to 10 '
              'queries, no night; [the command]'
              '(../training/published-protocols.md) has `--partners covisible`, as '
              "hloc; NetVLAD's pairs come from outside", '`training/benchmarks/localisation.py`',
              'aachen'),
    Deviation('50 times: epochs of two trainings', 'steps of one loop until a recall is kept, the '
              "rival's own at its end; our SuperPoint is its descriptor loss on the same h; the "
              'saved study is from before both halves weighed the same',
              '`training/study.py`', 'convergence'),
    Deviation('how the tenth was counted is not said', 'multiply-adds and time of h and f, with '
              "and without the hand-crafted method, beside SuperPoint's with both heads (`python "
              '-m training cost`)', MODEL, 'cost'),
    Deviation('Figures 3 and 4', 'not drawn; `match --out` and `reconstruction --models` give '
              'their parts', '`training/benchmarks/reconstruction.py`'),
)
