# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import os
import signal
import subprocess
import sys
import threading

import pytest
import torch
from support.killed import assert_same_run
from support.paths import ROOT

from training import checkpoint
from training.__main__ import main
from training.interruption import Interruption, deaf


@pytest.fixture(autouse=True)
def heard():
    """Let SIGINT raise, whoever started pytest."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_first_ctrl_c_is_noted_and_the_second_raises():
    with Interruption() as stop:
        assert not stop.asked
        signal.raise_signal(signal.SIGINT)
        assert stop.asked
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_what_is_not_heeded_stays_as_it_is():
    with Interruption(heeded=False) as stop, pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Interruption() as stop:
        signal.raise_signal(signal.SIGINT)
    assert not stop.asked


def test_another_thread_has_no_signals():
    def enter():
        with Interruption() as stop, deaf():
            found.append(stop.asked)
    found = []
    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert found == [False]


def test_processes_that_are_started_deaf_stay_so():
    code = 'import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)'
    with deaf():
        signal.raise_signal(signal.SIGINT)
        child = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True,
                               check=True)
    assert child.stdout.strip() == 'True'
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_saves_the_step_and_the_run_goes_on_exactly(small_run, tmp_path, capsys):
    command = ['residual_rootsift_small', *small_run, 'optim.steps=8', 'checkpoint_every=100',
               'data.workers=0', 'precision=fp32']
    out, whole = tmp_path / 'run', tmp_path / 'whole'
    process = subprocess.Popen(
        [sys.executable, '-c', INTERRUPTED, 'train', *command, '--out', str(out)], cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ})
    _, error = process.communicate(timeout=120)
    assert process.returncode == 130
    assert 'Traceback' not in error
    assert error.splitlines()[-1] == (f'stopped; {out / "last.pt"} has step 3, the same command '
                                      'goes on from there')
    assert checkpoint.load(out / 'last.pt').step == 3
    assert main(['train', *command, '--out', str(out)]) == 0
    assert main(['train', *command, '--out', str(whole)]) == 0
    assert_same_run(*(checkpoint.load(path / 'last.pt') for path in (out, whole)))
    assert torch.get_num_threads() == 1


# A real signal while the third step is made.
INTERRUPTED = """
import signal, sys
from training import train
from training.__main__ import main
signal.signal(signal.SIGINT, signal.default_int_handler)
seed_step = train.seed_step
def interrupted(seed, stage, step, rank):
    seed_step(seed, stage, step, rank)
    if step == 2:
        signal.raise_signal(signal.SIGINT)
train.seed_step = interrupted
sys.exit(main(sys.argv[1:]))
"""
