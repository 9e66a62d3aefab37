# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch

from residual_features_ros.errors import ConfigError
from training.config import from_dict, to_dict
from training.methods.residual.config import ResidualConfig
from training.methods.residual.method import build, networks
from training.methods.residual.recipe import RECIPES, create
from training.methods.residual.shrink import shrink_of

METHODS = ['residual_sift', 'residual_rootsift_upright_small', 'residual_surf_small',
           'cnn_surf_small', 'residual_orb_small']


@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize('recipe', RECIPES)
def test_every_recipe_survives_the_round_trip(method, recipe):
    if (method, recipe) == ('residual_sift', 'ours'):
        with pytest.raises(ConfigError, match=r'sees no windows.*\*_small'):
            create(method, recipe)
        return
    config = create(method, recipe)
    assert from_dict(ResidualConfig, to_dict(config)) == config
    assert config.model.backbone == ('small' if 'small' in method else 'full')


def test_the_paper_recipe_is_the_papers():
    config = create('residual_sift')
    assert config == create('residual_sift', 'paper')
    assert (config.loss.kind, config.loss.margin, config.model.fusion) == ('hinge', 2.0, 'paper')
    optim = config.optim
    # Section 4.1: 2 epochs of 118,000 photographs.
    assert (optim.optimiser, optim.lr, optim.batch, optim.steps) == (
        'adam', 1e-3, 4, 2 * 118_000 // 4)
    assert (optim.schedule, optim.weight_decay) == ('constant', 0)
    assert (optim.warmup_steps, optim.clip_norm) == (100, 1.0)  # docs/decisions/paper-training.md
    model = config.model
    assert (model.backbone, model.dense_dim, model.width, model.shrink, model.dim) == (
        'full', 128, 256, 1, 0)  # sections 3.2 and 4.5, figure 2
    found = networks(build(config), config)
    assert (found.shrink, found.windows, found.p, found.b) == (1, (), None, None)
    assert config.loss.negative == 'hardest' and model.batch_norm  # ours too
    assert optim.epochs == 0  # which would count the photographs at hand


@pytest.mark.parametrize('method', ['residual_sift', 'residual_surf', 'cnn_sift',
                                    'residual_hessian'])
def test_the_paper_recipe_changes_light_as_section_4_1_names_it_alone(method):
    light = create(method, 'paper').data.photometric
    assert min(light.noise, light.brightness, light.contrast, light.saturation, light.hue_deg) > 0
    assert light.gamma == 1.0  # to the power of 1
    for share in ('blur', 'motion', 'grey', 'exposure', 'shade', 'jpeg'):
        assert getattr(light, f'{share}_share') == 0
    assert create('residual_sift_small').data.photometric.grey_share > 0


@pytest.mark.parametrize('recipe', RECIPES)
def test_the_ablation_without_fusion_keeps_the_descriptors_length(recipe):
    for method in ('cnn_sift', 'cnn_surf', 'cnn_sift_half', 'cnn_sift_small', 'cnn_surf_small'):
        model = create(method, recipe).model
        assert (model.fusion, model.dense_dim) == ('none', 256)


def test_h_at_blobs_is_trained_with_what_it_sees():
    for method in ('residual_hessian', 'residual_hessian_tiny', 'residual_akaze_small'):
        config = create(method)
        assert config.data.size == (640, 480) and config.data.keypoints == 1000
        assert config.model.shrink == shrink_of(config) == 4
    method = create('residual_rootsift_small')
    assert method.model.shrink == 1 and shrink_of(method) == 2
    assert create('residual_hessian', 'paper').model.shrink == 1


def test_unknown_method_and_recipe():
    with pytest.raises(ConfigError, match='residual_sift_small'):
        create('sift')
    with pytest.raises(ConfigError, match='paper'):
        create('residual_sift', 'best')


def test_half_of_h_has_half_the_parameters_and_the_same_map():
    full, half = (build(create(name)).h for name in ('residual_sift', 'residual_sift_half'))
    counts = [sum(weights.numel() for layer in network if isinstance(layer, torch.nn.Conv2d)
                  for weights in layer.parameters()) for network in (full, half)]
    assert counts == [957_248, 477_568]
    image = torch.zeros(1, 3, 48, 64)
    assert half(image).shape == full(image).shape == (1, 128, 6, 8)


def test_finetuning_keeps_the_methods_own_recipe():
    paper, ours = (create(name, 'finetune') for name in ('residual_sift', 'residual_sift_small'))
    assert (paper.loss.kind, paper.model.fusion) == ('hinge', 'paper')
    assert (ours.loss.kind, ours.model.fusion) == ('places', 'windows')
    assert paper.optim.lr == ours.optim.lr == 1e-4
