# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from support.learning import judge_little
from support.paths import ROOT
from support.pictures import textured

from residual_features_ros.config import FREE
from residual_features_ros.errors import (
    CommandError,
    ConfigError,
    DatasetError,
    ModelCardError,
    OutputError,
)
from residual_features_ros.extractor import create_extractor
from residual_features_ros.model_card import load_card
from residual_features_ros.tools.bags.rosbag import IMAGE, timed_messages, write_images

pytest.importorskip('torch')
from training import checkpoint
from training.learn import run
from training.learn.options import METHOD, LearnOptions
from training.learn.run import main

SIDE = (320, 240)


@pytest.fixture(scope='module')
def bag(tmp_path_factory):
    wide = textured(SIDE[0] + 8 * 40, SIDE[1])
    images = [np.ascontiguousarray(wide[:, n * 8:n * 8 + SIDE[0]]) for n in range(40)]
    path = tmp_path_factory.mktemp('made') / 'bag'
    write_images(path, '/camera', IMAGE, timed_messages(images, 30))
    return path


def test_a_killed_run_goes_on_and_is_judged(bag, tmp_path, monkeypatch):
    judge_little(monkeypatch)
    out = tmp_path / 'out'
    last = out / 'run/last.pt'
    command = [sys.executable, '-m', 'training', 'learn', '--bag', str(bag), '--minutes', '1',
               '--out', str(out)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + 300
        while not last.is_file() and time.monotonic() < until and process.poll() is None:
            time.sleep(.1)
        process.kill()
    read = (out / 'frames/frames.json').stat().st_mtime_ns
    before = checkpoint.load(last).step
    options = LearnOptions(out, bag, minutes=1)
    said = main(options, lambda _: None)
    result = json.loads((out / 'result.json').read_text())
    assert result['why'] in said
    assert (out / 'weights').exists() == result['kept'] and not (out / 'candidate').exists()
    assert (out / 'frames/frames.json').stat().st_mtime_ns == read
    state = checkpoint.load(last)
    assert state.step > before and state.history[-1]['step'] == state.step
    assert json.loads((out / 'run/summary.json').read_text())['steps'] == state.step
    report = (out / 'report.html').read_text()
    assert 'On the unseen part' in report and 'of the way: ' in report
    with pytest.raises(OutputError, match='a result already'):
        main(options, lambda _: None)
    with pytest.raises(OutputError, match='other options'):
        (out / 'result.json').unlink()
        main(dataclasses.replace(options, method='residual_hessian'), lambda _: None)


def test_weights_that_are_kept_are_calibrated_and_say_what_does_not_fit(
        bag, tmp_path, monkeypatch):
    judge_little(monkeypatch)
    monkeypatch.setattr(run, 'verdict', lambda judged: dataclasses.replace(
        VERDICT(judged), kept=True))
    options = LearnOptions(tmp_path / 'out', bag, minutes=.1, weights=FREE)
    said = main(options, lambda _: None)
    assert f'{METHOD}_binary: its bits' in said and f'the vocabulary {METHOD}_binary.npz' in said
    weights = options.out / 'weights'
    ours = create_extractor(METHOD, weights=str(weights))
    assert ours.confidence is not None and 'f_int8' in ours.card.files
    before = load_card(METHOD, FREE)
    assert ours.card.sources == before.sources and f'({before.licence})' in ours.card.licence
    assert ours.card.data.endswith(before.data)
    assert 'learn' in json.loads((weights / f'{METHOD}.json').read_text())['thresholds']['fit'][
        'command']
    again = dataclasses.replace(options, out=tmp_path / 'again', weights=str(weights))
    monkeypatch.setattr(run, 'fit', nothing_fits)
    assert 'no confidence and no thresholds: too even' in main(again, lambda _: None)
    assert str(weights) in (again.out / 'run/config.json').read_text()


VERDICT = run.verdict


def nothing_fits(*_):
    raise ValueError('too even')


@pytest.mark.parametrize('changed, error', [
    ({'method': 'superpoint'}, 'whose descriptor f makes'),
    ({'method': f'{METHOD}_binary'}, 'whose descriptor f makes'),
    ({'weights': 'none'}, 'none'), ({'general': Path('none')}, 'none: no such'),
    ({'bag': Path('none')}, 'no such bag')])
def test_what_cannot_be_had_is_told_before_anything_is_written(bag, tmp_path, changed, error):
    options = dataclasses.replace(LearnOptions(tmp_path / 'out', bag), **changed)
    with pytest.raises((ConfigError, DatasetError, ModelCardError, CommandError), match=error):
        main(options, lambda _: None)
    assert not options.out.exists()
