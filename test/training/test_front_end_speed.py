# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import time

import cv2
import numpy as np
import pytest
import torch
from support.fake_cuda import on_a_fake_gpu
from support.pictures import textured

from residual_features_ros.agreement import agreement
from residual_features_ros.config import ExtractorConfig
from residual_features_ros.model_card import load_card
from residual_features_ros.whole import batch_of, features_of
from residual_features_ros.whole_card import OUTPUTS
from training import front_end_speed
from training.__main__ import main
from training.front_end_speed import (
    HalfPrecision,
    Timing,
    TorchFront,
    camera_images,
    shares,
    timed,
)
from training.whole.export import networks_of
from training.whole.front import WholeFront

SIZE = 160, 120
WITH_H = ('residual_hessian_small', 'superpoint', 'goodpoint', 'lfnet', 'posfeat')


def front(method):
    config = ExtractorConfig(method=method, max_keypoints=100)
    return WholeFront(networks_of(method, load_card(method)), config, SIZE).eval()


def features(found):
    """Return the features of the first image of a whole front end's outputs."""
    arrays = [torch.as_tensor(values).detach().numpy() for values in found]
    return features_of(dict(zip(OUTPUTS, arrays, strict=True)), 0, SIZE)


def as_tuple(found):
    return (found,) if isinstance(found, torch.Tensor) else found


def assert_near(found, expected):
    same = agreement(found, expected)
    assert len(expected) and same['near'] >= 0.9 and same['cosine'] >= 0.99, same


def test_three_forms_are_timed_for_each_number_of_cameras(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(front_end_speed, 'WARM_UP', 1)
    out = tmp_path / 'speed.json'
    assert main(['front-end-speed', 'residual_hessian_small', '--sizes', '160x120', '--cameras',
                 '1,2', '--keypoints', '50', '--runs', '2', '--folder', str(tmp_path / 'whole'),
                 '--out', str(out)]) == 0
    saved = json.loads(out.read_text())
    assert [(row['form'], row['cameras']) for row in saved['timings']] == [
        (form, cameras) for cameras in (1, 2) for form in ('split', 'whole', 'torch')]
    for row in saved['timings']:
        assert row['ms'] > 0 and row['core_ms'] > 0
        assert row['fps'] == pytest.approx(1000 * row['cameras'] / row['ms'])
    one, two = (saved['cost'][f'160x120, {cameras}'] for cameras in (1, 2))
    assert 1.5 * one['gflop'] < two['gflop'] < 2.5 * one['gflop'] and one['mb'] < two['mb']
    said = capsys.readouterr().out
    assert 'whole      160x120        2' in said
    assert said.split('runs on')[0].split() == [
        'form', 'size', 'cameras', 'ms', 'ms', 'each', 'core-ms', 'fps']
    assert f'{saved["timings"][0]["core_ms"]:.1f}' in said.splitlines()[1].split()
    assert str(tmp_path) not in out.read_text()


@pytest.mark.parametrize('method', WITH_H)
def test_on_a_gpu_torchs_graph_gives_what_the_cpu_gives(method):
    if not torch.cuda.is_available():
        pytest.skip('no NVIDIA GPU that torch can use')
    assert main(['front-end-speed', method, '--sizes', '640x480', '--cameras', '1', '--runs', '5',
                 '--backend', 'tensorrt,tensorrt_rtx,onnxruntime_cuda,onnxruntime']) == 0
    images = batch_of([textured(*SIZE)], 3)
    expected, found = (features(TorchFront(front(method), images).run(images)),
                       features(front(method)(torch.from_numpy(images))))
    assert_near(found, expected)


def test_shares_are_of_a_known_device():
    work = {'gflop': 989.0, 'mb': 3350.0}
    found = shares(work, 1.0, 'tensorrt 11, NVIDIA H100 80GB HBM3')
    assert found['of_fp16'] == pytest.approx(1) and found['of_memory'] == pytest.approx(1)
    assert shares(work, 1.0, 'CPU') == {}
    assert Timing('whole', 'CPU', (640, 480), 4, 20.0, 35.0).fps == 200


def test_processor_time_is_told_beside_the_time():
    ms, core_ms = timed(lambda: time.sleep(0.02), 3)
    assert ms >= 20 and 0 <= core_ms < ms
    ms, core_ms = timed(lambda: sum(range(200_000)), 3)
    assert core_ms > 0


def test_images_come_from_a_folder_or_are_made(tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), textured(64, 48))
    assert [image.shape for image in camera_images(tmp_path, (40, 32), 3)] == [(32, 40, 3)] * 3
    first, second = camera_images(None, (64, 48), 2)
    assert first.shape == (48, 64, 3) and np.any(first != second)


def test_half_precision_takes_and_gives_fp32():
    network = HalfPrecision(torch.nn.Conv2d(1, 2, 3), torch.zeros(1, 1, 8, 8))
    assert network(torch.zeros(1, 1, 8, 8)).dtype == torch.float32
    assert network.network.weight.dtype == torch.float16


@pytest.mark.parametrize('method', ['lfnet', 'posfeat'])
def test_half_precision_finds_and_describes_what_fp32_does(method):
    """On the CPU, where autocast's list of operators is another one than on a GPU."""
    images = torch.from_numpy(batch_of([textured(*SIZE)], 3))
    whole = front(method)
    expected = features(whole(images))
    whole.h = HalfPrecision(whole.h, whole.to_input(images, whole.to_grey(images)))
    assert_near(features(whole(images)), expected)


@pytest.mark.parametrize('method', WITH_H)
def test_every_h_runs_in_half_precision_by_the_rules_of_a_gpu(method):
    networks = networks_of(method, load_card(method))
    h, channels = networks.h, networks.input.channels
    with on_a_fake_gpu(h, 2, channels, 48, 64) as images:
        found = HalfPrecision(h, images)(images)
    assert {each.dtype for each in as_tuple(found)} == {torch.float32}
    kept = {name for name, value in h.named_parameters()
            if value.ndim == 4 and value.dtype != torch.float16}
    assert kept == ({'scores.0.weight'} if method == 'lfnet' else set())


def test_the_stand_in_for_a_gpu_refuses_what_a_gpu_refuses():
    h = networks_of('posfeat', load_card('posfeat')).h.half()
    with on_a_fake_gpu(h, 1, 3, 48, 64) as images, pytest.raises(RuntimeError, match='Half'):
        h(images.half())


def test_layers_that_also_run_in_fp32_keep_their_weights():
    class Twice(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.both, self.rest = torch.nn.Linear(4, 4), torch.nn.Linear(4, 4)
            self.unused = torch.nn.Linear(4, 4)

        def forward(self, values):
            seen = self.rest(self.both(values))
            with torch.autocast('cpu', enabled=False):
                return self.both(seen.float())

    network = Twice()
    assert HalfPrecision(network, torch.zeros(1, 4))(torch.ones(1, 4)).dtype == torch.float32
    assert [layer.weight.dtype for layer in (network.both, network.rest, network.unused)] == [
        torch.float32, torch.float16, torch.float32]
    assert not network.both._forward_pre_hooks
