# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the page of back-ends says of COLMAP's models is what is saved."""
import json

from support.paths import ROOT

PAGE = (ROOT / 'docs' / 'back-ends.md').read_text().replace('\n', ' ')
SCENES = ('kitti/sequence_1', 'rgbd/hololens', 'sfm/fountain-P11')
OURS, OTHER = 'residual_rootsift_small', 'rootsift'


def lines(benchmark):
    return json.loads((ROOT / f'training/results/{benchmark}-posed-1240x480.json').read_text())[
        'lines']


def short(value):
    return f'{value:.3f}'.removeprefix('0')


def test_points_and_places_of_whole_models():
    found = {(line['scene'], line['method']): line for line in lines('reconstruction')}
    more = [found[scene, OURS]['points'] / found[scene, OTHER]['points'] - 1 for scene in SCENES]
    assert f'have {100 * min(more):.0f} to {100 * max(more):.0f} % more points' in PAGE
    ours, other = ([short(found[scene, method]['position']) for scene in SCENES]
                   for method in (OURS, OTHER))
    assert f'cameras {ours[0]}, {ours[1]} and {ours[2]} off' in PAGE
    assert f'rootsift {", ".join(other)})' in PAGE


def test_models_of_five_photographs():
    found = {line['method']: line for line in lines('multiview')
             if line['scene'] == SCENES[0] and str(line['images']) == '5'}
    ours = found[OURS]
    assert f'registers {ours["registered"]:.1f}, with {short(ours["mAA@5"])} mAA' in PAGE
    assert ', '.join(f'{name} {found[name]["registered"]:.1f} and {short(found[name]["mAA@5"])}'
                     for name in ('rootsift', 'sift', 'orb')) in PAGE
