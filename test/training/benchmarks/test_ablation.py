# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

from training.__main__ import main
from training.benchmarks.ablation import flat
from training.benchmarks.reports.validation import OF_HOMOGRAPHIES

ROW = dict.fromkeys(OF_HOMOGRAPHIES, 1.0)


def write(folder, correct, config=None, settings=(), data='same'):
    """Write a run of as many pairs of photographs as there are numbers in `correct`."""
    folder.mkdir()
    rows = [{'sources': ['photographs'], **ROW, 'correct': number} for number in correct]
    numbers = {**ROW, 'correct': sum(correct) / len(correct)}
    summary = {'method': {'all': numbers}}
    empty = {'method': {'all': {'pairs': 0}}}
    (folder / 'validation.json').write_text(json.dumps({
        'command': 'evaluate', 'environment': {'commit': 'abc1234'}, 'data': {'sha256': data},
        'methods': {'method': {'weights_sha256': folder.name}},
        'protocol': {'settings': dict(settings)}, 'rows': {'stills': {'method': rows}},
        'summary': {'stills': summary, 'exposure': empty, 'video': empty},
        **dict.fromkeys(('limits', 'warp', 'photometric', 'exposure_warp'))}))
    if config:
        (folder / 'config.json').write_text(json.dumps(config))


def test_settings_are_told_by_dotted_name_without_paths():
    settings = {'seed': 0, 'threads': 1, 'data': {'exposures': '/some/where', 'images': ''}}
    assert flat(settings) == {'seed': 0, 'data.exposures': 'DIR', 'data.images': ''}


def test_a_part_is_compared_with_the_run_beside_it(tmp_path, monkeypatch):
    monkeypatch.setattr('training.benchmarks.reports.ablation.TESTED', {'stills': 'correct'})
    write(tmp_path / 'base', [1, 2, 3, 4], {'model': {'dim': 0}, 'data': {'cache': 'a'}})
    write(tmp_path / 'dim', [2, 3, 4, 4], {'model': {'dim': 128}, 'data': {'cache': 'b'}})
    out = tmp_path / 'new' / 'ablation.json'
    assert main(['ablation', str(tmp_path / 'base'), f'{tmp_path}/dim:{tmp_path}/base',
                 '--out', str(out), '--data', 'Two steps.']) == 0
    found = json.loads(out.read_text())
    assert found['command'].endswith('ablation RUNS/base RUNS/dim:RUNS/base --out FILE')
    base, dim = found['parts'].values()
    assert base['settings'] == {'model.dim': 0} and base['beside'] == ''
    assert dim['differences'] == {'model.dim': [0, 128]} and dim['beside'] == 'base'
    assert dim['sign_tests']['stills']['correct'] == {'better': 3, 'pairs': 3, 'p': 0.25}
    assert dim['summary']['stills']['correct'] == 3.25
    assert str(tmp_path) not in out.read_text()


def test_runs_that_cannot_be_compared_are_refused(tmp_path, capsys):
    write(tmp_path / 'one', [1])
    write(tmp_path / 'two', [1], data='other')
    for words, message in ((['missing'], 'no run to compare'), (['two:one'], 'differ in data')):
        runs = [':'.join(str(tmp_path / name) for name in word.split(':')) for word in words]
        assert main(['ablation', *runs, '--out', str(tmp_path / 'out.json')]) == 2
        assert message in capsys.readouterr().err
