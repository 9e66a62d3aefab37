# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import math
import time

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from training import checkpoint, methods
from training.config import OptimConfig, override
from training.methods.residual.recipe import create
from training.phase_timer import PHASES
from training.progress import best, score_of
from training.stage import Stage
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


def test_the_best_validation_of_a_stage_is_behind_its_first_step():
    rows = ((0, 0.9, 0.1), (5, 0.4, 0.5), (10, 0.6, 0.3), (15, 0.6, 0.3),
            (20, math.nan, math.nan))
    history = [{'stage': 'train', 'step': step, 'recall': recall, 'px': px}
               for step, recall, px in rows]
    history.append({'stage': 'next', 'step': 5, 'recall': 0.7, 'px': 0.2})

    def found(name='train', **of):
        return best(history, Stage(name, OptimConfig(), None, None, **of))
    assert found(shown=('recall',))['step'] == 10
    assert found(shown=('recall',), score='px')['step'] == 5
    assert found(shown=('recall',), score='px', least=True)['step'] == 10
    assert found('next', shown=('recall',))['recall'] == 0.7
    assert found() is None and found('other', shown=('recall',)) is None


@pytest.mark.parametrize('name', ['residual_rootsift_small', 'residual_hessian_small', 'posfeat',
                                  'residual_orb_small_binary', 'superpoint', 'goodpoint', 'lfnet',
                                  'attention'])
def test_every_stage_says_by_what_its_best_is_chosen(name):
    recipe = 'short' if name == 'posfeat' else ''
    for stage in methods.load(name).stages(methods.create(name, recipe)):
        assert score_of(stage)
        assert stage.least == score_of(stage).endswith('_px')
