# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of a reconstruction without poses in posed-data-and-colmap.md are the saved run's."""
import json

import pytest
from support.paths import ROOT

PAGE = (ROOT / 'docs/decisions/posed-data-and-colmap.md').read_text()
RUN = json.loads((ROOT / 'docs/results/reconstruction-without-poses.json').read_text())


@pytest.mark.parametrize('line', RUN['lines'], ids=lambda line: line['scene'])
def test_numbers_of_a_scene(line):
    cells = [f'{line[name]:.0f}' for name in ('registered', 'points', 'observations')]
    cells += [f'{line["track"]:.2f}', f'{line["reproj_px"]:.2f}']
    assert f'  | {line["scene"]} | {" | ".join(cells)} |' in PAGE
    assert (line['position'] is None) == (line['scene'] in RUN['data']['without_poses'])
