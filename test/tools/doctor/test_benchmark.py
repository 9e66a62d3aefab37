# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from residual_features_ros.errors import CommandError
from residual_features_ros.tools.doctor import benchmark
from residual_features_ros.tools.doctor.benchmark import busy, time_default, views


@pytest.fixture
def no_photographs(monkeypatch):
    def refuse(*args):
        raise CommandError('no photographs')
    monkeypatch.setattr(benchmark, 'open_sequences', refuse)


def test_the_default_is_timed_without_photographs(no_photographs):
    speed = time_default((320, 240), 0.1)
    assert speed.images >= 1 and speed.made and speed.size == (320, 240)
    assert 0 < speed.median_ms <= speed.p95_ms
    assert speed.per_second == pytest.approx(1000 / speed.median_ms)


def test_made_views_move(no_photographs):
    (sequence,), made = views((320, 240))
    images = [image for image, _ in sequence.frames()]
    assert made and images[0].shape == (240, 320, 3) and len(sequence.images) > 20
    assert (images[0] != images[1]).any()


def test_a_busy_machine_is_told(monkeypatch):
    monkeypatch.setattr(benchmark, 'cores', lambda: 2)
    monkeypatch.setattr(benchmark.os, 'getloadavg', lambda: (20.3, 1.0, 1.0))
    assert 'busy (load 20.3, 2 processors)' in busy()[0]
    monkeypatch.setattr(benchmark.os, 'getloadavg', lambda: (0.4, 9.0, 9.0))
    assert busy() == []
