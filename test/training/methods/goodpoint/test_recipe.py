# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from training.methods.goodpoint.recipe import create


def test_paper_has_the_papers_values():
    config = create('goodpoint', 'paper')
    optim = config.stages.train
    # Section 5; batch, steps of an epoch and decay are the authors' code's.
    assert (optim.optimiser, optim.lr, optim.weight_decay) == ('adamw', 5e-4, 0.01)
    assert (optim.batch, optim.steps, optim.decay_from) == (20, 18 * 4139, 8 * 4139)
    assert (optim.schedule, optim.decay, optim.decay_every, optim.warmup_steps) == (
        'exponential', 0.9, 1000, 0)
    assert 4139 * 20 <= 82_783 < 4140 * 20  # MS COCO's train2014
    assert config.stages.corners.steps == 0  # unsupervised from the beginning
    assert config.data.size == (256, 256)
    assert (config.model.backbone, config.model.head, config.model.dim) == ('full', 256, 256)


def test_paper_has_the_papers_loss_noise_and_warps():
    config = create('goodpoint', 'paper')
    loss, noise, warp = config.loss, config.noise, config.warp
    # Equations 4 to 6 and 12; theta_dist is the code's.
    assert (loss.heatmaps, loss.first_window, loss.second_window) == (2000, 32, 16)
    assert (loss.wrong, loss.wrong_px, loss.distance_px) == ('geometric', 7, 4)
    assert (loss.matched_px, loss.floor, loss.descriptors, loss.keypoints) == (0, -2, 1, 1)
    assert (noise.share, noise.ruined) == (0.5, 0.1)  # section 5.1
    # Section 5.2; one homography for a mini-batch, section 3.
    assert (warp.shift_px, warp.perspective_px, warp.rotation_rad) == (14, 85, 0.08)
    assert warp.pairs_alike == 20
