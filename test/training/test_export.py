# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest
import torch
from onnx import load
from support.pictures import textured
from support.saved_runs import save_run
from torch.nn import functional

from residual_features_ros import create_extractor
from residual_features_ros.image import to_grey
from residual_features_ros.model_card import load_card
from residual_features_ros.network import prepare
from residual_features_ros.rows.windows import cut_windows, keypoint_rows
from residual_features_ros.types import float_rows
from training import checkpoint, export
from training.config import override
from training.methods.residual.model import FUSIONS, WINDOW_SAMPLES, ResidualNetwork, windows_of
from training.methods.residual.recipe import create

RUNS = [('residual_rootsift_small', 'residual'), ('residual_rootsift_small', 'windows'),
        ('residual_sift', 'residual'), ('residual_orb_small', 'windows'),
        ('cnn_sift_small', 'none'), ('cnn_sift_small', 'near')]


class NearFusion(torch.nn.Module):
    """An f that reads a window around each keypoint and no map of h."""

    inputs = ('windows', 'handcrafted')

    def __init__(self, config):
        super().__init__()
        self.turn = torch.nn.Linear(4 * WINDOW_SAMPLES**2 + config.handcrafted_dim, 16)
        self.dim = 16

    def forward(self, windows, handcrafted):
        return functional.normalize(self.turn(torch.cat([windows.flatten(2), handcrafted], 2)),
                                    dim=2)


@pytest.fixture(scope='module', params=RUNS, ids='-'.join)
def exported(request, tmp_path_factory):
    """Return (torch model, folder with its export) of random weights."""
    method, fusion = request.param
    FUSIONS['near'] = NearFusion
    folder = tmp_path_factory.mktemp(method)
    config = override(create(method), ['data.keypoints=50', f'model.fusion={fusion}'])
    torch.manual_seed(1)
    model = ResidualNetwork(config.model)
    if hasattr(model.f, 'refine'):
        torch.nn.init.normal_(model.f.refine.out.weight, std=0.1)
    save_run(folder / 'last.pt', config, model, step=7)
    export.export(folder / 'last.pt', folder, 'Apache-2.0', 'random weights')
    yield method, model.eval(), folder
    del FUSIONS['near']


def test_the_runtime_gives_torchs_descriptors(exported):
    method, model, folder = exported
    image = textured(200, 150)  # neither side a multiple of 8
    card = load_card(method, folder)
    features = create_extractor(method, 120, weights=str(folder), network_shrink=1).extract(image)
    plain = create_extractor(card.handcrafted, 120, orientations=1).extract(image)
    keypoints = keypoint_rows(plain)
    windows = cut_windows(to_grey(image), keypoints, windows_of(model.config), WINDOW_SAMPLES)
    with torch.inference_mode():
        rows = model(*(torch.from_numpy(a) for a in (
            prepare([image], card), keypoints[None], float_rows(plain.descriptors)[None],
            windows[None])))[0]
    np.testing.assert_allclose(features.descriptors, rows.numpy(), atol=2e-3)  # fp16 weights


def test_the_card_states_the_run(exported):
    method, _, folder = exported
    card = load_card(method, folder)
    assert card.shrink == (2 if card.windows else 1)
    assert card.training['steps'] == 7 and card.scores['validation'] == {'recall': 0.5}
    assert card.training['config']['data']['images'] == 'DIR'
    assert card.scores['parity']['largest_difference_to_torch'] <= 1e-4


def test_the_files_are_those_that_the_fusion_needs(exported):
    method, model, folder = exported
    card = load_card(method, folder)
    assert set(card.files) == ({'h', 'f'} if 'sampled' in model.f.inputs else {'f'})
    assert [i.name for i in load(card.path('f')).graph.input] == list(model.f.inputs)


def test_an_export_that_differs_is_refused_and_leaves_no_file(exported, tmp_path, monkeypatch):
    _, _, folder = exported
    monkeypatch.setattr(export, 'LARGEST_DIFFERENCE', 0.0)
    with pytest.raises(export.ExportError, match='differs from torch by'):
        export.export(folder / 'last.pt', tmp_path, '', '')
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_there_are_not_replaced(exported, monkeypatch):
    _, _, folder = exported
    before = {path: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr(export, 'LARGEST_DIFFERENCE', 0.0)
    with pytest.raises(ValueError, match='there already, and nothing is replaced'):
        export.export(folder / 'last.pt', folder, '', '')
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_card_says_what_was_changed_where_the_run_went_on(tmp_path):
    config = create('residual_rootsift_tiny')
    save_run(tmp_path / 'last.pt', config, ResidualNetwork(config.model))
    made = [{'step': 3, 'setting': name, 'from': 'a', 'to': 'b'}
            for name in ('data.images', 'precision')]
    checkpoint.save(tmp_path / 'last.pt', dataclasses.replace(
        checkpoint.load(tmp_path / 'last.pt'), changes=made))
    card = export.export(tmp_path / 'last.pt', tmp_path / 'out', '', '')
    assert card.training['changes'] == made[1:]  # without paths
    assert export.public_changes(made[:1]) == {}


def test_the_card_names_its_data_by_a_digest(tmp_path):
    config = create('residual_rootsift_tiny')
    save_run(tmp_path / 'last.pt', config, ResidualNetwork(config.model))
    state = checkpoint.load(tmp_path / 'last.pt')
    assert export.photographs_of(state) == {}
    checkpoint.save(tmp_path / 'last.pt', dataclasses.replace(state, photographs='ab12'))
    card = export.export(tmp_path / 'last.pt', tmp_path / 'out', '', '')
    assert load_card(card.method, card.folder).training['photographs_sha256'] == 'ab12'
