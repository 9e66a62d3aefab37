# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
from support.saved_runs import save_run

from residual_features_ros.errors import ConfigError
from training import methods
from training.config import override
from training.methods.residual.model import ResidualNetwork
from training.recipes import GOING_ON, configure
from training.train import train

METHOD = 'residual_rootsift_small'


def test_other_recipes_are_as_they_are_written(tmp_path):
    settings = ['seed=3', 'optim.steps=7']
    for recipe in ('', 'paper'):
        assert configure(METHOD, recipe, settings, tmp_path / 'last.pt') == override(
            methods.create(METHOD, recipe), settings)


def test_finetune_goes_on_with_the_papers_model_and_loss(small_run, tmp_path):
    paper = methods.create(METHOD, 'paper')
    save_run(tmp_path / 'paper.pt', paper, ResidualNetwork(paper.model))
    settings = [*small_run, f'pretrained={tmp_path / "paper.pt"}', 'optim.steps=1']
    out = tmp_path / 'run'
    config = configure(METHOD, 'finetune', settings, out / 'last.pt')
    assert (config.model, config.loss) == (paper.model, paper.loss)
    assert config.optim.lr == 1e-4
    asked = configure(METHOD, 'finetune', [*settings, 'loss.margin=1'], out / 'last.pt')
    assert (asked.loss.kind, asked.loss.margin) == ('hinge', 1.0)
    train(config, out)
    (tmp_path / 'paper.pt').unlink()  # the run's own checkpoint has them too
    assert configure(METHOD, 'finetune', settings, out / 'last.pt') == config


@pytest.mark.parametrize(('method', 'recipe'), [(METHOD, 'finetune'), ('goodpoint', 'tune')])
def test_a_recipe_that_goes_on_needs_what_from(method, recipe, tmp_path):
    assert recipe in GOING_ON
    with pytest.raises(ConfigError, match=f'--recipe {recipe} goes on from a run: set pretrained'):
        configure(method, recipe, [], tmp_path / 'last.pt')


def test_goodpoint_is_tuned_with_the_networks_that_it_has(tmp_path):
    small = methods.create('goodpoint', 'short')
    config = configure('goodpoint', 'tune', ['pretrained=goodpoint'], tmp_path / 'last.pt')
    assert (config.model, config.loss) == (small.model, small.loss)
    methods.load('goodpoint').stages(config)
