# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import time

import cv2
import numpy as np
import pytest
import torch
from support.pictures import textured

from training import front_end_speed
from training.__main__ import main
from training.front_end_speed import HalfPrecision, Timing, camera_images, shares, timed


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


def test_on_a_gpu_torchs_graph_gives_what_the_cpu_gives(tmp_path):
    if not torch.cuda.is_available():
        pytest.skip('no NVIDIA GPU that torch can use')
    assert main(['front-end-speed', 'residual_hessian_small', '--sizes', '640x480', '--cameras',
                 '1', '--runs', '5', '--backend', 'tensorrt,tensorrt_rtx,onnxruntime_cuda']) == 0


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
    network = HalfPrecision(torch.nn.Conv2d(1, 2, 3))
    assert network(torch.zeros(1, 1, 8, 8)).dtype == torch.float32
