# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from training.methods.superpoint.recipe import create, detector_card


def test_paper_has_the_papers_values():
    config = create('superpoint', 'paper')
    # Section 6, which gives 200,000 steps for the drawings alone.
    for optim in (config.stages.magicpoint, config.stages.adapted, config.stages.joint):
        assert (optim.optimiser, optim.lr, optim.batch, optim.steps) == ('adam', 1e-3, 32, 200_000)
        assert (optim.schedule, optim.warmup_steps, optim.weight_decay) == ('constant', 0, 0)
    assert (config.data.size, config.drawing_size) == ((320, 240), (320, 240))
    assert (config.labels.homographies, config.labels.teacher) == (100, 'magicpoint')


def test_paper_has_the_papers_network_and_losses():
    config = create('superpoint', 'paper')
    model, loss, card = config.model, config.loss, detector_card(config)
    assert (model.widths, model.head, model.dim) == ((64, 64, 128, 128), 256, 256)
    assert (loss.descriptor, loss.weight, loss.positive_weight) == ('dense', 1e-4, 250)
    assert (loss.positive_margin, loss.negative_margin, loss.near_px) == (1, 0.2, 8)
    assert (card.threshold, card.nms_radius) == (1e-4, 4)
