# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import time

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from training import checkpoint
from training.config import override
from training.methods.residual.recipe import create
from training.phase_timer import PHASES
from training.train import train

METHOD = 'residual_rootsift_small'


def test_a_run_tells_its_speed_and_where_the_time_went(small_run, tmp_path):
    config = override(create(METHOD), [
        *small_run, 'validate_at=(1, 3)', 'precision=fp32'])
    started = time.perf_counter()
    state = checkpoint.load(train(config, tmp_path))
    whole = time.perf_counter() - started
    summary = json.loads((tmp_path / 'summary.json').read_text())
    assert tuple(summary['seconds']) == PHASES and min(summary['seconds'].values()) > 0
    training = sum(summary['seconds'].values()) - summary['seconds']['validation']
    assert summary['pairs_per_second'] == pytest.approx(4 * 2 / training)
    assert (summary['device'], summary['precision'], summary['processes']) == (
        'cpu', 'fp32', 1)
    log = EventAccumulator(str(tmp_path / 'logs')).Reload()
    assert sum(log.Scalars(f'time/{phase}')[0].value for phase in PHASES) == pytest.approx(1)
    assert [line['step'] for line in state.history] == [0, 1, 3, 4]
    seconds = [line['seconds'] for line in state.history]
    assert seconds[0] == 0 and seconds == sorted(seconds) and seconds[-1] <= training < whole
