# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch
from support.pictures import textured
from support.posed_trees import wall_view, write_tum

from residual_features_ros import create_extractor
from residual_features_ros.errors import ConfigError
from training import checkpoint, methods
from training.config import override, to_dict
from training.data.pairs.homography_pairs import HomographyPairs
from training.data.sources.images import open_folder
from training.distributed import join
from training.export import export
from training.methods.lfnet import branches
from training.methods.lfnet.branches import spread, through, two_branches
from training.methods.lfnet.method import build, stages
from training.methods.lfnet.recipe import RECIPES, create
from training.methods.lfnet.validation import score
from training.phase_timer import PhaseTimer
from training.stage import Run
from training.train import train

TINY = ('model.channels=4', 'model.blocks=1', 'model.widths=(8, 8, 8)', 'model.hidden=16',
        'model.dim=16', 'model.scales=3', 'keypoints.count=40', 'keypoints.border=4',
        'data.size=(96, 80)', 'data.workers=0', 'data.validation_pairs=2', 'optim.steps=4',
        'optim.batch=2', 'threads=1', 'validate_every=4', 'checkpoint_every=2', 'precision=fp32')


def tiny(photographs, *settings):
    return override(create('lfnet', 'augmented'),
                    [f'data.images={photographs}', *TINY, *settings])


def one_batch(config, photographs, count=2):
    dataset = HomographyPairs(open_folder(photographs), config.data, 0, count)
    items = [dataset[number] for number in range(count)]
    return {name: torch.from_numpy(np.stack([item[name] for item in items]))
            for name in items[0]}


def run_of(config, tmp_path):
    group = join()
    return Run(config, tmp_path, group, PhaseTimer(group.device), bf16=False)


@pytest.mark.parametrize('recipe', RECIPES)
def test_recipes_are_values(recipe):
    config = create('lfnet', recipe)
    assert methods.config_from(to_dict(config)) == config
    assert [stage.name for stage in stages(config)] == ['train']


def test_a_pair_that_shares_nothing_has_a_score_loss_alone(photographs, tmp_path):
    config = tiny(photographs)
    batch = one_batch(config, photographs, 1)
    batch['homography'] = torch.tensor([[[1.0, 0, 1000], [0, 1, 0], [0, 0, 1]]])
    terms = two_branches(build(config), batch, run_of(config, tmp_path))
    assert {name: float(value) for name, value in terms.parts.items()} == dict.fromkeys(
        ('score', 'orientation', 'scale', 'pair', 'triplet'), 0.0)


def test_settings_that_leave_nothing_are_refused():
    with pytest.raises(ConfigError, match='border=16'):
        stages(override(create('lfnet'), ['data.size=(32, 32)']))
    with pytest.raises(ConfigError, match='odd number'):
        stages(override(create('lfnet'), ['model.scales=4']))
    with pytest.raises(ConfigError, match='recipe'):
        create('lfnet', 'shrot')


def test_the_detector_learns_without_the_triplets_and_the_descriptor_from_them_alone(
        photographs, tmp_path):
    config = tiny(photographs)
    batch, run = one_batch(config, photographs), run_of(config, tmp_path)

    def gradients(**weights):
        torch.manual_seed(0)
        model = build(config)
        values = {'pair': 0.0, 'orientation': 0.0, 'scale': 0.0, **weights}
        run.config = override(config, [f'loss.{k}={v}' for k, v in values.items()])
        torch.manual_seed(1)
        two_branches(model, batch, run).total.backward()
        return ([p.grad.clone() for p in model.f.parameters()],
                [p.grad.clone() for p in model.h.features.parameters()])
    f_alone, h_alone = gradients()
    f_pair, h_pair = gradients(pair=100.0)
    assert all(map(torch.equal, f_alone, f_pair))  # L_desc = L_tri
    assert not all(map(torch.allclose, h_alone, h_pair))  # L_pair reaches h through the patches
    f_margin, h_margin = gradients(margin=5.0)
    assert not all(map(torch.allclose, f_alone, f_margin))
    assert all(map(torch.equal, h_alone, h_margin))  # L_tri does not reach h


def test_branch_j_has_no_gradient(photographs, tmp_path, monkeypatch):
    config = tiny(photographs, 'loss.orientation=1.0', 'loss.scale=1.0', 'loss.pair=1.0')
    batch, run = one_batch(config, photographs, 1), run_of(config, tmp_path)
    real, seen, cuts = branches.see, [], []

    def watched(h, images):
        maps = real(h, images)
        for value in (maps.scores, maps.scale, maps.direction):
            value.retain_grad()
        seen.append(maps)
        return maps

    def only_first(warp_of):
        """Let nothing be seen on the way from view 2: view 1 is i, view 2 is j."""
        warp = warp_of(batch)
        move = type(warp).move

        class OneWay(type(warp)):
            def move(self, points):
                places, visible = move(self, points)
                visible[1] = False
                return places, visible
        return OneWay(warp.homography, warp.shown)

    cut = branches.cut
    both = branches.both_ways
    monkeypatch.setattr(branches, 'see', watched)
    monkeypatch.setattr(branches, 'both_ways', lambda _: only_first(both))
    monkeypatch.setattr(branches, 'cut', lambda *a: cuts.append(cut(*a)) or cuts[-1])
    torch.manual_seed(0)
    model = build(config)
    with torch.no_grad():
        model.h.orientation.weight.normal_(std=0.1)
    two_branches(model, batch, run).total.backward()
    maps, = seen
    for value in (maps.scores, maps.scale, maps.direction):
        assert value.grad[0].abs().sum() > 0
        assert value.grad[1].abs().sum() == 0
    of_i, of_j = cuts
    assert of_i.requires_grad and not of_j.requires_grad


def test_a_loss_goes_through_to_the_patches_and_not_to_f():
    f = torch.nn.Linear(3, 2)
    patches = torch.randn(4, 3, requires_grad=True)
    leaf = patches.detach().requires_grad_()
    loss = f(leaf).square().sum()[None]
    passed = through(loss, leaf, patches)
    assert torch.equal(passed, loss)
    passed.sum().backward()
    assert f.weight.grad is None and leaf.grad is None
    direct, = torch.autograd.grad(f(patches).square().sum(), patches)
    assert torch.allclose(patches.grad, direct)


def test_rows_are_spread_over_the_keypoints_that_are_seen():
    seen = torch.tensor([[False, True], [True, False]])
    rows = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert spread(rows, seen).tolist() == [[[0, 0], [1, 2]], [[3, 4], [0, 0]]]


def test_one_batch_is_learned_by_heart(photographs, tmp_path):
    torch.manual_seed(0)
    config = tiny(photographs, 'model.oriented=False', 'model.scales=1',
                  'data.warp.rotation_deg=5.0', 'data.warp.scale=1.0',
                  'data.warp.perspective=0.1', 'keypoints.softargmax_temperature=0.1')
    model, run = build(config), run_of(config, tmp_path)
    batch = one_batch(config, photographs, 1)
    optimiser = torch.optim.Adam(model.parameters(), 5e-3)
    found = []
    for step in range(25):
        torch.manual_seed(step)
        terms = two_branches(model, batch, run)
        optimiser.zero_grad()
        (terms.total / terms.count).backward()
        optimiser.step()
        found.append({name: float(value / terms.count) for name, value in terms.parts.items()})
    last = {name: np.mean([line[name] for line in found[-5:]]) for name in found[0]}
    assert last['triplet'] < 0.4 * found[0]['triplet']
    assert last['score'] < 0.85 * found[0]['score']


def test_a_run_resumes_exactly_exports_and_extracts(photographs, tmp_path):
    config = tiny(photographs, 'optim.schedule=constant')
    whole = checkpoint.load(train(config, tmp_path / 'whole'))
    train(override(config, ['optim.steps=2']), tmp_path / 'parts')
    path = train(config, tmp_path / 'parts')
    parts = checkpoint.load(path)
    for name, value in whole.model.items():
        assert torch.equal(value, parts.model[name]), name
    assert parts.scores == whole.scores
    assert 0 <= parts.scores['ms'] <= parts.scores['repeatability'] <= 1

    card = export(path, tmp_path / 'weights', 'none', 'textures')
    assert card.scores['parity']['largest_difference_to_torch'] < 1e-4
    assert card.detector.maps == ('scores', 'scale', 'orientation')
    extractor = create_extractor('lfnet', 50, weights=str(tmp_path / 'weights'))
    found = extractor.extract(textured(150, 121, seed=3))
    assert 10 < len(found) <= 50
    assert found.descriptors.shape == (len(found), 16)
    assert np.allclose(np.linalg.norm(found.descriptors, axis=1), 1, atol=1e-5)
    assert found.sizes.min() >= 8 / 2**0.5 - 1e-3 and found.sizes.max() <= 8 * 2**0.5 + 1e-3
    assert (found.angles >= 0).all()


def test_an_upright_model_has_no_angles_and_no_scales(photographs, tmp_path):
    config = tiny(photographs, 'model.oriented=False', 'model.scales=1', 'optim.steps=1')
    path = train(config, tmp_path)
    parts = two_branches(build(config), one_batch(config, photographs), run_of(config, tmp_path)
                         ).parts
    assert set(parts) == {'score', 'pair', 'triplet'}
    card = export(path, tmp_path, 'none', 'textures')
    assert card.windows == ((4.0, False),)
    found = create_extractor('lfnet', 50, weights=str(tmp_path)).extract(textured(150, 121))
    assert set(found.angles) == {-1} and set(found.sizes) == {8}


def test_pairs_with_depth_and_poses_are_trained_on(tmp_path):
    write_tum(tmp_path / 'video', [wall_view(0.05 * k) for k in range(9)])
    config = tiny(tmp_path, 'data.kind=tum', 'optim.steps=1', 'data.warp.scale=1.0')
    state = checkpoint.load(train(config, tmp_path / 'run'))
    assert state.step == 1 and state.scores['repeatability'] > 0


def test_the_matching_score_counts_nearest_neighbours_of_keypoints_that_are_seen():
    places = np.array([[10.0, 10], [20, 10], [30, 10], [90, 90]])
    seen = np.array([True, True, True, False])
    others = np.array([[13.0, 14], [24, 10], [80, 80]])  # 5 px, 4 px, far
    similarity = np.array([[9, 0, 0], [0, 9, 0], [0, 9, 0], [0, 0, 9]])
    assert score(places, seen, others, similarity) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert score(places, seen & False, others, similarity) == (0, 0)
