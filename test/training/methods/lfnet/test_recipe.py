# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from training.methods.lfnet.recipe import create


def test_augmented_has_the_papers_values():
    config = create('lfnet', 'augmented')
    optim = config.optim
    # Section 3.3; 50,000 steps are the authors' code's.
    assert (optim.optimiser, optim.lr, optim.schedule) == ('adam', 1e-3, 'constant')
    assert (optim.batch, optim.steps, optim.warmup_steps, optim.weight_decay) == (6, 50_000, 0, 0)
    assert config.keypoints.count == 512 and config.data.size == (256, 256)
    warp = config.data.warp
    assert (warp.rotation_deg, warp.full_rotation) == (180, 0)
    assert warp.scale == pytest.approx(2**0.5)


def test_augmented_has_the_papers_networks_and_losses():
    config = create('lfnet', 'augmented')
    model, loss = config.model, config.loss
    # Section 3.1.
    assert (model.channels, model.blocks, model.scales, model.oriented) == (16, 3, 5, True)
    assert model.largest_scale == pytest.approx(2**0.5) and model.nms_side == 15
    assert (model.widths, model.hidden, model.dim) == ((64, 128, 256), 512, 256)
    # Sections 3.2 and 3.3: equations 2 to 5, M = max(5, 64 exp(-.6 k / 1000)).
    assert (loss.sigma, loss.pair, loss.orientation, loss.scale) == (0.5, 0.01, 0.1, 0.1)
    assert (loss.margin, loss.hardest_first, loss.hardest_last, loss.hardest_decay) == (
        1, 64, 5, 0.6)


def test_upright_is_augmented_without_scales_orientation_and_augmentation():
    config, base = create('lfnet', 'upright'), create('lfnet', 'augmented')
    assert (config.model.scales, config.model.oriented) == (1, False)
    assert (config.data.warp.rotation_deg, config.data.warp.scale) == (0, 1)
    assert config.optim == base.optim and config.loss == base.loss
