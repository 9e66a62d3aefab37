# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import time

import torch

from training.phase_timer import PhaseTimer


def test_the_timer_gives_each_phase_the_time_since_the_last_mark(monkeypatch):
    times = iter([10.0, 11.0, 13.0, 17.0, 18.0])
    monkeypatch.setattr(time, 'perf_counter', lambda: next(times))
    timer = PhaseTimer(torch.device('cpu'))
    timer.start()
    for phase in ('data', 'h', 'validation'):
        timer.mark(phase)
    timer.settle()
    timer.mark('data')
    timer.settle()
    timer.settle()
    found = {phase: seconds for phase, seconds in timer.seconds.items() if seconds}
    assert found == {'data': 2, 'h': 2, 'validation': 4}
    assert timer.training() == 4
