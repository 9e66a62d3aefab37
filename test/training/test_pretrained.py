# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import shutil

import pytest
import torch
from support.saved_runs import save_run

from residual_features_ros.errors import ConfigError, ModelCardError
from training import checkpoint
from training.config import override
from training.export import export, public
from training.methods.residual.config import NO_PLACES
from training.methods.residual.model import ResidualNetwork
from training.methods.residual.recipe import create
from training.pretrained import inherit, load_pretrained, load_teacher
from training.train import train

METHOD = 'residual_rootsift_small'


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """Return a checkpoint of random weights."""
    path = tmp_path_factory.mktemp('trained') / 'last.pt'
    config = create(METHOD)
    torch.manual_seed(5)
    model = ResidualNetwork(config.model)
    save_run(path, config, model, step=9)
    return path


def network(method, *settings):
    torch.manual_seed(6)
    return ResidualNetwork(override(create(method), settings).model)


def same(model, path, part):
    weights = checkpoint.load(path).model
    return all(torch.equal(value, weights[key]) for key, value in model.state_dict().items()
               if key.startswith(part))


def test_all_weights_are_loaded(trained):
    model = network('residual_sift_small')  # another g, the same networks
    said = load_pretrained(model, str(trained))
    assert said == f'h and f start as in {trained} ({METHOD}, step 9)'
    assert same(model, trained, 'h.') and same(model, trained, 'f.')


@pytest.mark.parametrize(('part', 'other'), [('h', 'f'), ('f', 'h')])
def test_one_network_is_loaded_where_it_is_named(trained, part, other):
    model = network(METHOD)
    assert load_pretrained(model, f'{trained}:{part}').endswith(f'; {other} starts anew')
    assert same(model, trained, f'{part}.') and not same(model, trained, f'{other}.')


def test_other_networks_are_named_with_the_part_that_fits(trained):
    with pytest.raises(ValueError, match=r'f\.lift\.weight is missing.*pretrained=.*:h loads h'):
        load_pretrained(network('residual_surf_small'), str(trained))
    with pytest.raises(ValueError, match=r'f\.weight is not of this run.*:h loads h alone'):
        load_pretrained(network(METHOD, 'model.fusion=none'), str(trained))
    with pytest.raises(ValueError, match=r'h\.14\.weight is \(128, 96, 1, 1\) instead of \(256'):
        load_pretrained(network('cnn_sift_small'), str(trained))
    with pytest.raises(ValueError, match=r'h\.5\.weight is missing.*:f loads f alone'):
        load_pretrained(network('residual_rootsift_small', 'model.backbone=full'), str(trained))
    with pytest.raises(ValueError, match='no such checkpoint'):
        load_pretrained(network(METHOD), f'{trained}:g')


def test_what_fits_is_loaded_and_what_does_not_is_named(trained):
    model = network('residual_surf_small')
    said = load_pretrained(model, f'{trained}:fitting')
    assert same(model, trained, 'h.') and same(model, trained, 'f.turned.')
    assert said.endswith('; anew: f.refine.hidden_1.weight, f.lift.weight')
    with pytest.raises(ValueError, match='none of its tensors fits'):
        load_pretrained(torch.nn.Linear(2, 2), f'{trained}:fitting')


@pytest.mark.parametrize('method', ['residual_rootsift_small', 'residual_surf_small',
                                    'cnn_sift_small'])
def test_a_run_starts_from_an_exports_weights(method, tmp_path):
    config = create(method)
    torch.manual_seed(7)
    written = ResidualNetwork(config.model)
    for value in written.parameters():  # of equal tensors a file has one
        torch.nn.init.normal_(value, std=0.05)
    save_run(tmp_path / 'last.pt', config, written, step=3)
    card = export(tmp_path / 'last.pt', tmp_path, 'Apache-2.0', 'none')
    read = network(method)
    said = load_pretrained(read, f'{card.folder / method}.json')
    assert said.endswith(f'({method}, step 3, fp16)')
    for name, value in written.state_dict().items():
        assert torch.equal(read.state_dict()[name], value.half().float()), name


def test_a_run_starts_from_shipped_weights_by_name():
    model = network('residual_sift_small')
    words = load_pretrained(model, f'{METHOD}:h')
    assert words.startswith(f'h start as in {METHOD} ({METHOD}, step')
    config = override(create(METHOD), [f'pretrained={METHOD}:h'])
    assert public(config)['pretrained'] == f'{METHOD}:h'
    with pytest.raises(ModelCardError, match='no weights for cnn_surf_small here'):
        load_pretrained(model, 'cnn_surf_small')


def test_a_teacher_is_whole_and_does_not_learn(trained, tmp_path):
    teacher = load_teacher(str(trained))
    assert same(teacher, trained, '') and not teacher.training
    assert not any(value.requires_grad for value in teacher.parameters())


def test_a_run_starts_with_the_weights_and_then_goes_on_with_its_own(trained, small_run, tmp_path):
    given = tmp_path / 'given.pt'
    shutil.copy(trained, given)
    config = override(create(METHOD, 'finetune'), [
        *small_run, f'pretrained={given}', 'optim.lr=0'])
    path = train(config, tmp_path)
    weights = checkpoint.load(path).model
    assert torch.equal(weights['h.0.weight'], checkpoint.load(trained).model['h.0.weight'])
    assert str(tmp_path) not in str(public(config))
    assert public(config)['pretrained'] == 'CHECKPOINT'
    given.unlink()
    assert checkpoint.load(train(override(config, ['optim.steps=6']), tmp_path)).step == 6
    with pytest.raises(ConfigError, match=r"pretrained was '.*given\.pt', not 'another'"):
        train(override(config, ['optim.steps=8', 'pretrained=another']), tmp_path)


def test_the_networks_and_the_loss_of_a_run_are_inherited(tmp_path):
    paper = create(METHOD, 'paper')
    save_run(tmp_path / 'paper.pt', paper, ResidualNetwork(paper.model))
    config = inherit(create(METHOD, 'finetune'), str(tmp_path / 'paper.pt'))
    assert (config.model, config.loss) == (paper.model, paper.loss)
    assert config.optim == create(METHOD, 'finetune').optim
    load_pretrained(ResidualNetwork(config.model), str(tmp_path / 'paper.pt'))
    part = create(METHOD, 'finetune')
    assert inherit(part, f'{tmp_path / "paper.pt"}:h') == part


@pytest.mark.parametrize('method', ['residual_akaze', 'residual_hessian_small',
                                    'residual_hessian_tiny', 'residual_surf'])
def test_shipped_weights_can_be_tuned(method):
    config = inherit(create(method, 'finetune'), method)
    model = ResidualNetwork(config.model, config.places)
    assert load_pretrained(model, method).startswith('h and f')
    assert config.places.optim == create(method, 'finetune').places.optim


def test_places_are_loaded_where_both_have_them(tmp_path):
    config = create('residual_hessian_tiny')
    torch.manual_seed(8)
    written = ResidualNetwork(config.model, config.places)
    for value in written.parameters():
        torch.nn.init.normal_(value, std=0.1)
    save_run(tmp_path / 'last.pt', config, written, step=3)
    card = export(tmp_path / 'last.pt', tmp_path, 'Apache-2.0', 'none')
    assert card.place_side == 4.0 and card.path('p').is_file()
    source = f'{card.folder / card.method}.json'
    for places, words in ((config.places, 'h and f and p start'), (NO_PLACES, 'h and f start')):
        read = ResidualNetwork(config.model, places)
        assert load_pretrained(read, source).startswith(words)
        for name, value in read.state_dict().items():
            torch.testing.assert_close(value, written.state_dict()[name], rtol=1e-3, atol=1e-6)
    assert load_teacher(source).p is not None
    plain = ResidualNetwork(config.model)
    save_run(tmp_path / 'plain.pt', override(config, ['places.width=0']), plain, step=1)
    anew = ResidualNetwork(config.model, config.places)
    assert load_pretrained(anew, str(tmp_path / 'plain.pt')).endswith('; p starts anew')
