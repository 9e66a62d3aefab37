# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import re
import shutil

import numpy as np
import pytest

from residual_features_ros.backends import load_backend
from residual_features_ros.config import ANYWHERE
from residual_features_ros.errors import BackendError
from residual_features_ros.model_card import SHIPPED_WEIGHTS, load_card
from residual_features_ros.tools.command_line import main
from residual_features_ros.tools.info import verify

METHOD = 'residual_hessian_small'


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """Put copies of the files of METHOD, and of the matcher, in the place of all that ship."""
    folder = tmp_path / 'weights'
    shutil.copytree(SHIPPED_WEIGHTS / 'matchers', folder / 'matchers')
    card = load_card(METHOD)
    for path in [card_file(SHIPPED_WEIGHTS), *map(card.path, card.files)]:
        shutil.copy(path, folder)
    for module in ('model_card', 'attention'):
        monkeypatch.setattr(f'residual_features_ros.{module}.SHIPPED_WEIGHTS', folder)
    return folder


@pytest.fixture
def no_matcher(weights, monkeypatch):
    """Leave the matcher out, whose network is the largest."""
    monkeypatch.setattr(verify, 'shipped', lambda: [(METHOD, '')])


@pytest.fixture(autouse=True)
def backends(monkeypatch):
    """Let OpenCV, and ONNX Runtime where it is, be the backends; return them by name."""
    found = {}
    for name in ANYWHERE:
        try:
            found[name] = load_backend(name)
        except BackendError:
            continue
    monkeypatch.setattr(verify, 'present_backends', lambda: (found, {'other': 'pip install it'}))
    return found


class Off:
    """Another backend, which changes what OpenCV makes."""

    TAKES_INT8 = TAKES_DYNAMIC_INT8 = False

    def __init__(self, change, precision='fp32'):
        self.change, self.precision = change, precision

    def describe(self):
        return f'off 1.0, {self.precision}'

    def open_session(self, *arguments):
        session, run = load_backend('opencv').open_session(*arguments), self.run
        session.description = self.describe()
        original = session.run
        session.run = lambda inputs: run(original(inputs))
        return session

    def run(self, outputs):
        return {name: self.change(values) for name, values in outputs.items()}


def card_file(folder):
    return folder / f'{METHOD}.json'


def verified(capsys):
    """Return the exit code of the command and what it printed."""
    return main(['info', '--verify']), capsys.readouterr().out


@pytest.mark.usefixtures('weights')
def test_whole_files_that_run_rightly_pass(capsys, backends):
    code, printed = verified(capsys)
    assert code == 0 and '0 failures' in printed and 'FAILED' not in printed
    card = load_card(METHOD)
    for network, entry in card.files.items():
        line, = (line for line in printed.splitlines() if line.startswith(f'{entry["name"]} '))
        assert entry['sha256'][:12] in line
        expected = ['int8'] * ('onnxruntime' in backends) if network.endswith('int8') \
            else ['fp32'] * len(backends)
        assert re.findall(r'\de[-+]\d\d (fp32|int8)', line) == expected
    assert 'attention.onnx' in printed
    assert 'here: opencv' in printed and 'not here: other: pip install it' in printed


@pytest.mark.usefixtures('no_matcher')
def test_a_damaged_file_fails(capsys, weights):
    path = weights / f'{METHOD}.f.onnx'
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    code, printed = verified(capsys)
    assert code == 1 and f'FAILED: {path}: expected sha256' in printed
    assert '0 networks' in printed and '1 failures' in printed


def test_a_card_that_is_none_and_a_missing_matcher_fail(capsys, weights):
    card_file(weights).write_text(json.dumps({'method': METHOD}), encoding='utf-8')
    (weights / 'matchers' / 'attention.onnx').unlink()
    code, printed = verified(capsys)
    assert code == 1 and '0 networks' in printed and '2 failures' in printed
    assert 'expected a model card' in printed and 'found no such file' in printed


@pytest.mark.usefixtures('no_matcher')
@pytest.mark.parametrize(('change', 'precision', 'passes'), [
    (lambda values: values, 'fp32', True), (lambda values: values * 1.0005, 'fp32', True),
    (lambda values: values * 1.002, 'fp32', False), (lambda values: values * 1.05, 'bf16', True),
    (lambda values: values * np.float32(np.nan), 'fp32', False)])
def test_a_backend_is_judged_by_its_precision(capsys, backends, change, precision, passes):
    backends['off'] = Off(change, precision)
    code, printed = verified(capsys)
    assert code == int(not passes)
    assert ('FAILED: residual_hessian_small.f.onnx on off: expected a difference of at most 0.001 '
            'in fp32' in printed) is not passes


def refuse(outputs):
    raise BackendError('out of memory')


@pytest.mark.usefixtures('no_matcher')
def test_a_backend_that_fails_is_named_with_its_reason(capsys, backends, monkeypatch):
    backends['off'] = Off(None)
    monkeypatch.setattr(backends['off'], 'run', refuse)
    code, printed = verified(capsys)
    assert code == 1
    assert f'FAILED: {METHOD}.h.onnx on off: out of memory' in printed


@pytest.mark.usefixtures('weights')
def test_a_network_that_no_reference_runs_fails(capsys, monkeypatch):
    for name in ANYWHERE:
        monkeypatch.setattr(f'residual_features_ros.backends.{name}.open_session', refuse_all)
    code, printed = verified(capsys)
    assert code == 1 and f'{METHOD}.p.onnx: the reference does not run: not today' in printed


def refuse_all(*arguments):
    raise BackendError('not today')


def test_all_cards_that_ship_are_looked_at():
    names = {path.stem for path in SHIPPED_WEIGHTS.glob('*.json')} - {'confidence'}
    free = {path.stem for path in (SHIPPED_WEIGHTS / 'free').glob('*.json')}
    assert set(verify.shipped()) == {*((name, '') for name in (*names, verify.ATTENTION)),
                                     *((name, 'free') for name in free)}


def test_absent_backends_come_with_their_reasons(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setitem(__import__('sys').modules, 'openvino', None)
    present, absent = verify.present_backends()
    assert 'opencv' in present and 'pip install openvino' in absent['openvino']
