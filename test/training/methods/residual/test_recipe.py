# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

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
    config = create(method, recipe)
    assert from_dict(ResidualConfig, to_dict(config)) == config
    assert config.model.backbone == ('small' if 'small' in method else 'full')


def test_the_paper_recipe_is_the_papers():
    config = create('residual_sift', 'paper')
    assert (config.loss.kind, config.loss.margin, config.model.fusion) == ('hinge', 2.0, 'paper')
    optim = config.optim
    # Section 4.1: 2 epochs of 118,000 photographs.
    assert (optim.optimiser, optim.lr, optim.batch, optim.steps) == (
        'adam', 1e-3, 4, 2 * 118_000 // 4)
    assert (optim.schedule, optim.warmup_steps, optim.weight_decay) == ('constant', 0, 0)
    model = config.model
    assert (model.backbone, model.dense_dim, model.width, model.shrink, model.dim) == (
        'full', 128, 256, 1, 0)  # sections 3.2 and 4.5, figure 2
    found = networks(build(config), config)
    assert (found.shrink, found.windows, found.p, found.b) == (1, (), None, None)
    assert config.loss.negative == 'all'
    assert optim.epochs == 0  # which would count the photographs at hand


@pytest.mark.parametrize('method', ['residual_sift', 'residual_surf', 'cnn_sift',
                                    'residual_hessian'])
def test_the_paper_recipe_changes_light_as_section_4_1_names_it_alone(method):
    light = create(method, 'paper').data.photometric
    assert min(light.noise, light.brightness, light.contrast, light.saturation, light.hue_deg) > 0
    assert light.gamma == 1.0  # to the power of 1
    for share in ('blur', 'motion', 'grey', 'exposure', 'shade', 'jpeg'):
        assert getattr(light, f'{share}_share') == 0
    assert create(method).data.photometric.grey_share > 0


@pytest.mark.parametrize('recipe', RECIPES)
def test_the_ablation_without_fusion_keeps_the_descriptors_length(recipe):
    for method in ('cnn_sift', 'cnn_surf', 'cnn_sift_small', 'cnn_surf_small'):
        model = create(method, recipe).model
        assert (model.fusion, model.dense_dim) == ('none', 256)


def test_h_at_blobs_is_trained_with_what_it_sees():
    for method in ('residual_hessian', 'residual_hessian_tiny', 'residual_akaze_small'):
        config = create(method)
        assert config.data.size == (640, 480) and config.data.keypoints == 1000
        assert config.model.shrink == shrink_of(config) == 4
    for method, shrink in (('residual_rootsift_small', 2), ('residual_rootsift', 3)):
        assert create(method).model.shrink == 1 and shrink_of(create(method)) == shrink
    assert create('residual_hessian', 'paper').model.shrink == 1


def test_unknown_method_and_recipe():
    with pytest.raises(ConfigError, match='residual_sift_small'):
        create('sift')
    with pytest.raises(ConfigError, match='paper'):
        create('residual_sift', 'best')
