# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import shutil

import numpy as np
import pytest
import torch
from support.pictures import textured

from residual_features_ros import create_extractor
from residual_features_ros.image import to_grey
from residual_features_ros.keypoints.boosted import Boosted
from residual_features_ros.model_card import load_card, sha256_of, write_card
from residual_features_ros.rows.windows import keypoint_rows
from training.config import DataConfig, OptimConfig, WarpConfig
from training.data.sources.images import open_folder
from training.distributed import Group
from training.export import export, share_files
from training.methods.residual.bits import (
    bit_terms,
    evenness,
    mutual_loss,
    network_of,
    straight_through,
    teblid_rows,
)
from training.methods.residual.config import BitsConfig
from training.methods.residual.data import open_dataset
from training.methods.residual.method import build, networks, stages
from training.methods.residual.recipe import create
from training.phase_timer import PhaseTimer
from training.pretrained import load_pretrained
from training.runs import open_run
from training.stage import Run
from training.train import train

DATA = DataConfig(size=(160, 120), keypoints=60, validation_pairs=2, validation_share=0.3,
                  warp=WarpConfig(10, 0, 1.2, 0.05, 0.05))
CONFIG = create('residual_hessian_small_binary')
SMALL = dataclasses.replace(CONFIG, data=DATA, bits=dataclasses.replace(
    CONFIG.bits, optim=OptimConfig(steps=3, batch=2, lr=1e-2, warmup_steps=0)))


def test_signs_go_forward_and_the_tangents_gradient_back():
    values = torch.tensor([-2.0, 0.5, 0.1], requires_grad=True)
    bits = straight_through(values)
    assert bits.tolist() == [-1, 1, 1]
    bits.sum().backward()
    torch.testing.assert_close(values.grad, 1 - torch.tanh(values.detach()).square())


def test_mutual_loss_worked_out_by_hand():
    similarity = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    right = torch.eye(2, dtype=torch.bool)
    config = BitsConfig(temperature=1.0, wrong_weight=0.5)
    chosen = np.e / (np.e + 1)
    expected = 0.5 * 2 * (1 - chosen)**2 - 2 * chosen**2
    real = right | True
    assert mutual_loss(similarity, real, right, ~right, config).item() == pytest.approx(expected)
    # What is neither right nor wrong is chosen too, and counts for nothing.
    assert mutual_loss(similarity, real, right, right & False, config).item() == pytest.approx(
        -2 * chosen**2)
    # What is no keypoint is not chosen.
    assert mutual_loss(similarity, right, right, ~right, config).item() == pytest.approx(-2)


def test_even_bits_cost_nothing():
    even = torch.tensor([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    assert evenness(even, BitsConfig()).item() == 0
    assert evenness(torch.ones(4, 2), BitsConfig(balance=1, independence=0)).item() == 1
    same = torch.tensor([[1.0, 1], [-1, -1]])  # half of the products are of two bits
    assert evenness(same, BitsConfig(balance=0, independence=1)).item() == pytest.approx(0.5)


def test_a_model_without_b_is_refused():
    with pytest.raises(ValueError, match=r'no network b: set bits\.count'):
        network_of(build(create('residual_hessian_small')))


def test_there_is_one_stage_which_trains_b_and_where_asked_f():
    assert [(stage.name, stage.trained) for stage in stages(CONFIG)] == [('bits', ('b.',))]
    (stage,) = stages(create('residual_orb_small_binary'))
    assert stage.trained == ('f.', 'b.')


def test_b_alone_learns_beside_the_shipped_networks(photographs, tmp_path):
    config = dataclasses.replace(SMALL, data=dataclasses.replace(DATA, images=str(photographs)))
    train(config, tmp_path / 'run')
    card = export(tmp_path / 'run' / 'last.pt', tmp_path / 'out', 'none', 'photographs')
    shipped = load_card('residual_hessian_small')
    for name in ('h', 'f', 'p'):
        assert card.files[name]['sha256'] == shipped.files[name]['sha256']
    assert (card.bits, card.dim, networks(build(config), config).bits) == (256, 128, 256)
    model = build(config)
    words = load_pretrained(model, str(tmp_path / 'out' / f'{config.method}.json'))
    assert words.startswith('h and f and p and b start')
    learned = open_run(tmp_path / 'run' / 'last.pt').build()
    torch.testing.assert_close(network_of(model).weight, network_of(learned).weight, atol=1e-4,
                               rtol=1e-3)
    found = create_extractor(config.method, 100, weights=str(tmp_path / 'out')).extract(
        textured(320, 240))
    assert found.descriptors.dtype == np.uint8 and found.descriptors.shape == (100, 32)


def test_b_corrects_teblids_bits_beside_f(photographs, tmp_path):
    config = create('residual_orb_small_binary')
    config = dataclasses.replace(
        config, data=dataclasses.replace(DATA, images=str(photographs)),
        bits=dataclasses.replace(config.bits, optim=SMALL.bits.optim))
    train(config, tmp_path / 'run')
    card = export(tmp_path / 'run' / 'last.pt', tmp_path / 'out', 'none', 'photographs')
    # bits are validated as they run
    assert card.scores['validation']['shrink'] == card.shrink == 2
    model = open_run(tmp_path / 'run' / 'last.pt').build()
    image = textured(320, 240)
    plain = create_extractor('residual_orb_small', 100).extract(image)
    folder = tmp_path / 'plain'
    folder.mkdir()
    files = {name: dict(card.files[name]) for name in ('h', 'f')}
    for file in files.values():
        shutil.copy(card.folder / file['name'], folder)
    write_card(dataclasses.replace(card, method='residual_orb_small', files=files, bits=0,
                                   folder=folder))
    rows = create_extractor('residual_orb_small', 100, weights=str(folder)).extract(image)
    assert not np.array_equal(rows.descriptors, plain.descriptors)  # f was trained too
    teblid = torch.from_numpy(Boosted('TEBLID').rows(to_grey(image), keypoint_rows(rows)))
    with torch.inference_mode():
        values = network_of(model)(torch.from_numpy(rows.descriptors), teblid).numpy()
    found = create_extractor(config.method, 100, weights=str(tmp_path / 'out')).extract(image)
    bits = np.unpackbits(found.descriptors, axis=1).astype(bool)
    certain = np.abs(values) > 1e-3  # weights are rounded to fp16
    np.testing.assert_array_equal(bits[certain], values[certain] > 0)
    assert certain.mean() > 0.9


def test_teblids_rows_are_those_of_the_runtime_and_zeros_of_padding():
    image = textured(320, 240)
    keypoints = keypoint_rows(create_extractor('orb', 50).extract(image))
    padded = np.concatenate([keypoints, np.zeros((10, 4), np.float32)])
    rows = teblid_rows(torch.from_numpy(image)[None, None], torch.from_numpy(padded)[None, None])
    assert rows.shape == (1, 1, len(padded), 256)
    np.testing.assert_array_equal(rows[0, 0, :-10],
                                  Boosted('TEBLID').rows(to_grey(image), keypoints))
    assert (rows[0, 0, -10:] == 0).all() and (rows[0, 0, :-10] != 0).all()


def test_networks_that_the_folder_has_are_named_and_not_kept_twice(tmp_path):
    card = load_card('residual_hessian_small')
    for name in ('h', 'f'):
        shutil.copy(card.path(name), tmp_path)
        shutil.copy(card.path(name), tmp_path / f'new.{name}.onnx')
    (tmp_path / 'new.f.onnx').write_bytes(b'another')
    files = {name: {'name': f'new.{name}.onnx', 'sha256': sha256_of(tmp_path / f'new.{name}.onnx')}
             for name in ('h', 'f')}
    share_files(dataclasses.replace(card, method='new', files=files, folder=tmp_path))
    assert {name: file['name'] for name, file in files.items()} == {
        'h': 'residual_hessian_small.h.onnx', 'f': 'new.f.onnx'}
    assert not (tmp_path / 'new.h.onnx').exists() and (tmp_path / 'new.f.onnx').exists()


def test_pairs_are_those_of_f(photographs):
    sample = open_dataset(open_folder(photographs), SMALL, 0, 1)[0]
    assert sample['windows'].shape[1] == DATA.keypoints


def test_pairs_weigh_the_same_or_by_the_matches_that_they_allow(photographs, tmp_path):
    config = dataclasses.replace(SMALL, bits=dataclasses.replace(SMALL.bits, by_matches=True))
    model = build(config)
    load_pretrained(model, config.pretrained)
    sample = open_dataset(open_folder(photographs), SMALL, 0, 1)[0]
    batch = {name: torch.from_numpy(array)[None] for name, array in sample.items()}
    group = Group(0, 1, torch.device('cpu'))
    found = {one.bits.by_matches: bit_terms(model, batch, Run(
        one, tmp_path, group, PhaseTimer(group.device), bf16=False)) for one in (SMALL, config)}
    torch.testing.assert_close(found[True].total, found[False].total)
    assert found[True].count == sample['valid'].sum() / 2 > found[False].count > 0
