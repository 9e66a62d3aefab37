# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""README.md is short and has few numbers; its one table is that of the saved results."""
import dataclasses
import json
import re

import pytest
from support.markdown import read_tables
from support.paths import ROOT

from residual_features_ros.ros.node_config import NODES

README = (ROOT / 'README.md').read_text(encoding='utf-8')
SPEED = json.loads((ROOT / 'docs/results/bench-peers.json').read_text())
QUALITY = json.loads((ROOT / 'training/results/hpatches-oxford-640x480.json').read_text())
MOST_WORDS, MOST_DIGITS = 900, 0.03
PAGES = [*(ROOT / 'docs').rglob('*.md')]
FENCED = re.compile('^```.*?^```', re.DOTALL | re.MULTILINE)


def share_of_digits(text):
    return sum(character.isdigit() for character in text) / len(text)


def test_the_readme_is_short_and_has_few_numbers():
    assert len(README.split()) <= MOST_WORDS
    assert share_of_digits(README) <= MOST_DIGITS


@pytest.mark.parametrize('page', PAGES, ids=lambda path: path.stem)
def test_a_page_has_one_title(page):
    text = FENCED.sub('', page.read_text(encoding='utf-8'))
    assert len(re.findall('^# ', text, re.M)) == 1


def test_digits_are_counted():
    assert share_of_digits('a1b2') == 0.5


@pytest.mark.parametrize('method', ['orb', 'rootsift', 'superpoint', 'residual_hessian_small'])
def test_matches_and_times_beside_others(method):
    table, = read_tables(README)
    cells, = (row for row in table if row[0].strip('*') == method)
    times = [SPEED['methods'][name]['figures']['core_ms']['frame']
             for name in (method, SPEED['reference'])]
    correct = QUALITY['summary'][method]['all']['correct']
    assert [cell.strip('*') for cell in cells[1:]] == [
        f'{correct:.0f}', f'{times[0] / times[1]:.2f}']
    assert SPEED['reference'] == 'opencv_sift' and f'{QUALITY["data"]["pairs"]} pairs' in README
    assert SPEED['max_keypoints'] == QUALITY['protocol']['max_keypoints'] == 1000


def test_five_commands_lead_to_a_decoded_keypoint():
    commands = re.search(r'^```bash\n(.*?)^```', README, re.M | re.S)[1].splitlines()
    assert len(commands) == 5
    for line, word in zip(commands, ('rosdep install', 'colcon build', 'ros2 launch',
                                     'debug_image', 'decode.py'), strict=True):
        assert word in line


def test_eight_parameters_and_their_defaults_are_those_of_the_node():
    table, = read_tables(README, of='parameter')
    values = {name: value for config in NODES['extractor'].configs
              for name, value in dataclasses.asdict(config).items()}
    shown = {name.strip('`'): default.strip('`') for name, default, _ in table[2:]}
    assert len(shown) == 8
    for name, default in shown.items():
        value = values[name]
        if isinstance(value, str | tuple):
            assert default == ((value if isinstance(value, str) else ', '.join(value)) or 'none')
        else:
            assert float(default.removesuffix(', off')) == value
