# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import torch
from support.pictures import textured
from support.residual_pairs import METHOD, made
from support.saved_runs import save_run

from residual_features_ros import create_extractor
from residual_features_ros.image import pad_to_multiple, to_grey
from residual_features_ros.rows.windows import cut_windows, keypoint_rows
from residual_features_ros.types import float_rows
from training import export, methods
from training.config import override
from training.methods.residual.model import (
    STRIDE,
    WINDOW_SAMPLES,
    ResidualNetwork,
    to_input,
    windows_of,
)
from training.methods.residual.recipe import MEAN, STD, create
from training.methods.residual.shrink import as_it_runs, shrink_told


def rows(model, pair, images):
    with torch.inference_mode():
        return model(to_input(torch.from_numpy(images), MEAN, STD), *(
            torch.from_numpy(pair[name]) for name in ('keypoints', 'handcrafted', 'windows')))


def test_h_sees_smaller_images_and_the_weights_are_shared(photographs):
    model, (pair,) = made(photographs)
    running = as_it_runs(model, 2)
    assert model.config.shrink == 1 and running.config.shrink == 2
    assert all(a is b for a, b in zip(model.parameters(), running.parameters(), strict=True))
    images = pair['images']
    assert not torch.allclose(rows(running, pair, images), rows(model, pair, images), atol=1e-3)
    trained, _ = made(photographs, shrink=2)
    assert torch.equal(rows(running, pair, images), rows(trained, pair, images))


def test_it_sees_what_the_runtime_sees(tmp_path):
    config = create(METHOD)
    torch.manual_seed(0)
    model = ResidualNetwork(config.model).eval()
    torch.nn.init.normal_(model.h[-1].weight, std=0.1)
    save_run(tmp_path / 'last.pt', config, model)
    card = export.export(tmp_path / 'last.pt', tmp_path / 'out', '', '')
    image = textured(200, 150)  # no side is a multiple of 16
    features = create_extractor(METHOD, 120, weights=str(card.folder)).extract(image)
    plain = create_extractor(card.handcrafted, 120, orientations=1).extract(image)
    keypoints = keypoint_rows(plain)
    windows = cut_windows(to_grey(image), keypoints, windows_of(model.config), WINDOW_SAMPLES)
    padded = pad_to_multiple(image, STRIDE * card.shrink)
    with torch.inference_mode():
        found = as_it_runs(model, card.shrink)(
            to_input(torch.from_numpy(padded[None]), MEAN, STD), *(torch.from_numpy(a[None]) for a
            in (keypoints, float_rows(plain.descriptors), windows)))[0]
    assert card.shrink == 2
    # h's input is rounded to grey levels there, and weights to fp16
    np.testing.assert_allclose(features.descriptors, found.numpy(), atol=1e-2)


def test_h_without_windows_runs_at_the_size_that_it_is_trained_with():
    for fusion, shrink in (('paper', 2), ('windows', 2), ('paper', 1)):
        config = override(create(METHOD), [f'model.fusion={fusion}', f'model.shrink={shrink}'])
        assert methods.load(METHOD).networks(
            ResidualNetwork(config.model), config).shrink == shrink


def test_the_trained_shrink_needs_no_word(photographs):
    model, _ = made(photographs, shrink=2)
    assert shrink_told(model, 2) == {} and shrink_told(model, 3) == {'shrink': 3.0}
