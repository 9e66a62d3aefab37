# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

from residual_features_ros.tools.evaluate_slam.report import as_text, spread, write_json
from residual_features_ros.tools.evaluate_slam.trial import NEVER, Trial

NAN = float('nan')


def trial(seed, black=0.0, ate=0.5, relocalised=None):
    return Trial('orb', seed, black, 20, 10 + seed, ate, NAN, relocalised, 4, 1, {'images': 20},
                 30.0)


def test_a_spread_is_median_and_range():
    assert spread([3, 1, 2], '.0f') == '2 (1 to 3)' and spread([1, NAN, 1], '.1f') == '1.0'
    assert spread([NAN], '.0f') == '-'


def test_the_table_has_a_row_for_each_method_and_darkness():
    trials = [trial(0), trial(1, ate=0.7), trial(0, 2.0, relocalised=3),
              trial(1, 2.0, relocalised=NEVER), trial(0, 4.0, relocalised=NEVER)]
    lines = as_text('room', trials, ['no words']).splitlines()
    assert lines[0] == 'room, 5 runs' and lines[-1] == 'note: no words'
    light, dark, darker = (line.split('  ') for line in lines[3:6])
    assert {'52 (50 to 55)', '0.600 (0.500 to 0.700)'} <= {cell.strip() for cell in light}
    assert dark[-1].strip() == '3, 1 of 2' and darker[-1].strip() == 'never'


def test_json_has_every_run(tmp_path):
    write_json(tmp_path / 'runs.json', {'settings': {'hz': 10}}, [trial(0), trial(1, ate=NAN)],
               ['a note'])
    found = json.loads((tmp_path / 'runs.json').read_text())
    assert [run['ate'] for run in found['trials']] == [0.5, None]
    assert (tmp_path / 'runs.json').read_text().count('\n') == 5
    assert found['settings'] == {'hz': 10} and found['notes'] == ['a note']
