# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch
from torch import nn

from residual_features_ros.network import prepare
from training.networks import InputFormat, to_input
from training.stage import freeze, seed_step, training_mode


@pytest.mark.parametrize('form', [
    InputFormat(8), InputFormat(8, (0.4,), (0.2,)), InputFormat(8, per_image=True),
    InputFormat(8, (0.4, 0.5, 0.6), (0.2, 0.3, 0.4), channels=3),
    InputFormat(8, channels=3, per_image=True)])
def test_trainer_and_runtime_prepare_images_alike(rng, form):
    images = rng.integers(0, 256, (2, 48, 64, 3), np.uint8)
    images[1] //= 2
    expected = prepare(list(images), form)
    found = to_input(torch.from_numpy(images), form).numpy()
    assert found.shape == (2, form.channels, 48, 64)
    # cv2 rounds grey to whole levels.
    step = 0.6 / 255 / (min(form.std) if not form.per_image else 0.1) if form.channels == 1 else 0
    np.testing.assert_allclose(found, expected, atol=1e-4 + step)


def network():
    return nn.ModuleDict({
        'one': nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2)),
        'two': nn.Sequential(nn.Conv2d(2, 2, 1), nn.BatchNorm2d(2), nn.Dropout())})


def test_what_a_stage_does_not_train_is_frozen_and_in_eval_mode():
    model = network()
    chosen = freeze(model, ('two.0',))
    assert [tuple(p.shape) for p in chosen] == [(2, 2, 1, 1), (2,)]
    assert not any(p.requires_grad for p in model['one'].parameters())
    assert (model['one'].training, model['one'][1].training, model['two'][0].training,
            model['two'][1].training, model['two'][2].training) == (
        False, False, True, False, True)
    model.eval()
    training_mode(model)
    assert model['two'][0].training and not model['one'][1].training
    assert len(freeze(model, ('',))) == 8 and model['one'][1].training
    with pytest.raises(ValueError, match="'three'"):
        freeze(model, ('three',))


def test_what_a_step_draws_depends_on_all_its_numbers():
    def draw(*numbers):
        seed_step(*numbers)
        return torch.rand(3).tolist()

    assert draw(1, 2, 3, 4) == draw(1, 2, 3, 4)
    assert len({tuple(draw(*numbers)) for numbers in (
        (1, 2, 3, 4), (2, 2, 3, 4), (1, 3, 3, 4), (1, 2, 4, 4), (1, 2, 3, 5))}) == 5
