# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of the pages are those of docs/results, which bench and evaluate-bag wrote."""
import json
import re

import pytest
from support.paths import ROOT

from residual_features_ros.config import FREE
from residual_features_ros.model_card import card_path, load_card
from residual_features_ros.sign_test import Split
from residual_features_ros.tools.evaluate_bag.report import COLUMNS

RESULTS = ROOT / 'docs' / 'results'
PERFORMANCE, BAGS, MATCHING, METHODS, ACCURACY = (
    (ROOT / 'docs' / f'{name}.md').read_text() for name in (
        'performance', 'bags', 'matching', 'methods', 'accuracy'))
# Of other weights than the shipped ones: times alone, of the same sizes; and h in another form.
OF_OTHER_WEIGHTS = {
    **{name: {'residual_orb_small'} for name in ('bench-crops', 'bench-crops-320x240',
                                                 'bench-kitti')},
    'symmetric-int8-oxford-640x480': {'residual_hessian_small', 'residual_rootsift_small'}}
NO_LONGER_SHIPPED = ('residual_rootsift_upright_small', 'residual_surf_small')
NODES = ('node-640x480', 'node-320x240', 'node-fast', 'node-one-core')


def read(name):
    return json.loads((RESULTS / f'{name}.json').read_text())


def figures(name, method):
    return read(name)['methods'][method]['figures']


def cells(method):
    """Return the cells of a method's row in the table of times, without bold marks."""
    table = PERFORMANCE.partition('| core-ms |')[2].partition('\n\n')[0]
    row, = re.findall(rf'^\| \**{method}\** \|(.*)\|$', table, re.M)
    return [cell.strip(' *') for cell in row.split('|')]


def with_ratio(found):
    time = f'{found["extract_ms"]:.1f}'
    ratio = found['ratio']['extract']
    return time if ratio == 1 else f'{time} ({ratio:.2f})'


@pytest.mark.parametrize('method', read('bench-kitti')['methods'])
def test_times_of_methods(method):
    kitti, crops, small = (figures(f'bench-{kind}', method) for kind in (
        'kitti', 'crops', 'crops-320x240'))
    assert cells(method) == [
        with_ratio(kitti), f'{kitti["core_ms"]["frame"]:.0f}', with_ratio(crops),
        f'{crops["core_ms"]["frame"]:.0f}', with_ratio(small), f'{kitti["match_ms"]:.1f}']


@pytest.mark.parametrize(('preset', 'name', 'method'), [
    ('balanced', 'bench-kitti', 'residual_hessian_small'),
    ('fast', 'bench-fast-kitti', 'residual_hessian_tiny'),
    ('fast', 'bench-fast-crops', 'residual_hessian_tiny'),
    ('accurate', 'bench-accurate', 'residual_hessian_small')])
def test_times_of_presets(preset, name, method):
    row, = re.findall(rf'^\| \[{preset}\].*$', PERFORMANCE, re.M)
    assert with_ratio(figures(name, method)) in row


@pytest.mark.parametrize('name', NODES)
def test_the_node_through_dds(name):
    method, = read(name)['methods']
    found = figures(name, method)
    latency = found['matches_ms']
    assert (f'{found["answered"]} of {found["sent"]}, p50 {latency["p50"]:.0f}, p95 '
            f'{latency["p95"]:.0f} ms, {found["node_core_ms"]:.0f} core-ms') in PERFORMANCE


def test_what_the_node_adds_and_takes():
    found = [figures(name, *read(name)['methods']) for name in NODES]
    added = [item['overhead_ms']['p50'] for item in found]
    starts = [seconds for item in found for seconds in item['starts_s']]
    memory = [item['memory_mb']['max'] for item in found]
    assert f'{min(added):.1f} to {max(added):.1f} ms (median)' in PERFORMANCE
    assert f'ready {min(starts):.1f} to {max(starts):.1f} s after its start' in PERFORMANCE
    assert f'takes {min(memory):.0f} to {max(memory):.0f} MB' in PERFORMANCE
    again = [figures(f'node-320x240-again-{n}', 'residual_hessian_small') for n in (1, 2)]
    assert ' and '.join(f'{item["answered"]} of 600 ({item["node_core_ms"]:.0f} core-ms)'
                        for item in again) in PERFORMANCE


def test_twenty_thousand_frames():
    found = figures('node-20000-frames', 'residual_hessian_small')
    assert (f'{found["answered"]:,} were answered (p95 {found["matches_ms"]["p95"]:.0f} ms, '
            f'{found["node_core_ms"]:.0f} core-ms), and memory stayed at '
            f'{found["memory_mb"]["end"]:.0f} MB') in PERFORMANCE


@pytest.mark.parametrize('method', read('bag-kitti')['methods'])
def test_a_drive(method):
    row, = re.findall(rf'^{method} +(51 .*)$', BAGS, re.M)
    found = read('bag-kitti')['methods'][method]
    assert row.split() == [format(found[key], kind) for key, _, kind, _ in COLUMNS
                           if not key.startswith('frame_ms')]


@pytest.mark.parametrize(('bag', 'digits'), [('fountain', 2), ('hololens', 1)])
def test_two_walks(bag, digits):
    lines = BAGS.lower().partition(f'| {bag}: ')[2].splitlines()[:3]
    for line in lines:
        names, *cells = [re.split(', *', cell.strip()) for cell in
                         line.replace('*', '').strip('| ').split('|')]
        found = [read(f'bag-{bag}')['methods'][name] for name in names]
        for cell, (key, kind) in zip(cells, [
                ('inliers', '.0f'), ('inlier_track_images', '.2f'), ('rotation_deg', '.3f'),
                ('direction_deg', f'.{digits}f'), ('ate_rmse', '.3f'), ('rpe_rmse', '.4f')],
                strict=True):
            assert cell == [format(item[key], kind).removeprefix('0') for item in found]


def test_pairs_of_images_of_two_walks():
    fountain, hololens = (read(f'bag-{bag}')['splits'] for bag in ('fountain', 'hololens'))
    assert all(split['inliers']['better'] == 10 for split in fountain.values())
    for name, split in hololens.items():
        better, pairs = (split['inliers'][key] for key in ('better', 'pairs'))
        if name in ('akaze', 'orb'):
            assert f'{name} ({better} of {pairs}' in BAGS
        else:
            assert better == pairs == 39
    for kind in ('rotation_deg', 'direction_deg'):
        counts = [splits['rootsift'][kind]['better'] for splits in (fountain, hololens)]
        assert re.search(rf'in {counts[0]} of 10 and {counts[1]} of 39', BAGS)


@pytest.mark.parametrize('method', [
    'residual_hessian_small', 'residual_rootsift_small', 'rootsift', 'akaze', 'orb'])
def test_accurate_poses_far_apart(method):
    table = BAGS.partition('| images apart |')[2].partition('\n\n')[0]
    row, = re.findall(rf'^\| {method} \| (.*) \|$', table, re.M)
    assert row.split(' | ') == [str(read(f'bag-{bag}')['gaps'][gap]['methods'][method]['accurate'])
                                for bag in ('kitti', 'hololens') for gap in ('4', '8', '16')]


def test_two_thousand_keypoints_of_a_fountain():
    gaps = read('bag-fountain-2000')['gaps'].values()
    found = {name: [gap['methods'][name] for gap in gaps] for name in (
        'residual_hessian_small', 'rootsift', 'orb')}
    ours, rootsift, orb = (sum(gap['accurate'] for gap in of) for of in found.values())
    assert all(gap['maa@5'] == 1 for of in list(found.values())[:2] for gap in of)
    assert f'all {ours} accurate' in BAGS and ours == rootsift and f'(orb {orb})' in BAGS
    inliers = {name: [f'{gap["inliers"]:.0f}' for gap in of] for name, of in found.items()}
    assert '{}, {} and {}'.format(*inliers['residual_hessian_small']) in BAGS
    assert f'(rootsift {", ".join(inliers["rootsift"])})' in BAGS
    better = [sum(gap['splits']['rootsift'][kind]['better'] for gap in gaps)
              for kind in ('inliers', 'rotation_deg', 'direction_deg')]
    assert 'more in all {}, rotation and direction smaller in {} and {} '.format(
        *better) in BAGS


def test_precision_and_recall_of_confidences():
    rows = read('confidence')['results']['residual_hessian_small']['all']['thresholds']
    table = MATCHING.partition('| `min_confidence` |')[2].splitlines()[:4]
    thresholds, _, *shares = [[cell.strip() for cell in line.strip('| ').split('|')]
                              for line in table]
    assert list(map(float, thresholds)) == [row['min_confidence'] for row in rows]
    for line, name in zip(shares, ('precision', 'recall'), strict=True):
        assert line[1:] == [f'{100 * row[name]:.1f} %' for row in rows]


@pytest.mark.parametrize('path', sorted(RESULTS.glob('*.json')), ids=lambda path: path.stem)
def test_results_are_small_of_a_commit_and_without_paths(path):
    text = path.read_text()
    assert len(text) < 30_000 and not re.search(r'"[^"]*/(work|home|tmp|root)/', text)
    made = json.loads(text)
    for part in made.get('cells', [made.get('environment', made.get('versions'))]):
        assert re.fullmatch('[0-9a-f]{7,}', part['commit'])


def test_what_each_part_brings():
    parts = json.loads((ROOT / 'training/results/ablation-640x480.json').read_text())['parts']
    page = (ROOT / 'docs' / 'decisions' / 'residual-training.md').read_text()
    for name, part in parts.items():
        found = part['summary']
        numbers = [f'{found[kind]["correct"]:.1f}, '
                   + f'{found[kind]["recall"]:.3f}'.removeprefix('0')
                   for kind in ('stills', 'exposure')]
        tested = [Split(*(part['sign_tests'][kind][number][key] for key in ('better', 'pairs')))
                  .words() if part['beside'] else '-' for kind, number in (
                      ('stills', 'correct'), ('exposure', 'correct'), ('video', 'inliers'))]
        cells = [name, part['beside'] or '-', *numbers,
                 f'{found["video"]["inliers"]:.1f}', *tested]
        assert f'| {" | ".join(cells)} |' in page


def test_what_each_matcher_is_for():
    page = (ROOT / 'docs' / 'decisions' / 'matching.md').read_text()
    method = 'residual_hessian_small'
    tables = [json.loads((ROOT / 'training/results' / f'{name}.json').read_text())['summary']
              for name in ('validation-640x480', 'hpatches-oxford-640x480')]
    times = [read(name)['methods'] for name in ('bench-matchers-500', 'bench-matchers')]
    for matcher in ('', 'guided', 'attention', 'attention_guided'):
        name = f'{method}+{matcher}' if matcher else method
        rows = [of[name]['all'] for of in (tables[0]['stills'], tables[0]['exposure'], tables[1])]
        cells = [', '.join(f'{row[key]:.3f}'.removeprefix('0') for key in ('mma@3', 'recall'))
                 for row in rows]
        cells += [f'{of[name]["figures"]["match_ms"]:.1f}, '
                  f'{of[name]["figures"]["core_ms"]["match"]:.0f}' for of in times]
        assert f'| {matcher or "mutual_nearest"} | {" | ".join(cells)} |' in page
    columns = [(bag, gap) for bag, gaps in (('kitti', (8, 16, 32)), ('hololens', (8, 16)), (
        'seven', (8, 16, 32)), ('fountain', (1, 2, 3))) for gap in gaps]
    gaps = {bag: read(f'bag-{bag}-matching')['gaps'] for bag, _ in columns}
    for matcher, shown in (('', 'mutual_nearest'), ('guided', 'guided'), (
            'attention', 'attention'), ('attention_guided', 'attention_guided'), (
            'mutual_nearest+attention', 'mutual_nearest, else attention')):
        name = f'{method}+{matcher}' if matcher else method
        found = [gaps[bag][str(gap)]['methods'][name] for bag, gap in columns]
        cells = [f'{one["accurate"]}, ' + f'{one["maa@5"]:.3f}'.removeprefix('0')
                 for one in found]
        assert f'| {shown} | {" | ".join(cells)} |' in page


def test_where_attention_is_the_better_one():
    page = (ROOT / 'docs' / 'decisions' / 'matching.md').read_text()
    gaps, method = read('bag-kitti-matching')['gaps'], 'residual_hessian_small'
    attention = f'{method}+attention'
    words = ' '.join(page.split())
    for gap in ('16', '32'):  # splits say in how many pairs the first method is better
        for number in ('rotation_deg', 'direction_deg'):
            split = gaps[gap]['splits'][attention][number]
            won = Split(split['pairs'] - split['better'], split['pairs']).words()
            count, _, p = won.partition(', ')
            assert re.search(rf'{count}[^(]{{0,20}}\({re.escape(p)}\)', words), won
    ours, plain = ([gaps[gap]['methods'][name] for gap in ('16', '32')]
                   for name in (attention, method))
    milliseconds = [read('bench-matchers')['methods'][name]['figures']['match_ms']
                    for name in (attention, method)]
    assert (f'{ours[0]["accurate"]} of {ours[0]["pairs"]} and {ours[1]["accurate"]} of '
            f'{ours[1]["pairs"]} accurate poses by attention, {plain[0]["accurate"]} and '
            f'{plain[1]["accurate"]} without, in {milliseconds[0]:.0f} ms instead of '
            f'{milliseconds[1]:.0f}') in ' '.join(MATCHING.split())


@pytest.mark.parametrize('path', [*sorted((ROOT / 'training/results').glob('*.json')),
                                  *sorted(RESULTS.glob('*.json'))], ids=lambda path: path.stem)
def test_what_was_measured_is_what_is_shipped(path):
    made = json.loads(path.read_text())
    methods = made.get('methods', {})
    folder = FREE if made.get('protocol', {}).get('weights') == FREE else ''
    saved = {name: row['weights_sha256'] for name, row in methods.items()
             if 'weights_sha256' in row} if isinstance(methods, dict) else {}
    other = {name for name, sha256 in saved.items() if name not in NO_LONGER_SHIPPED
             and sha256 != load_card(name.partition('+')[0], folder).sha256}
    assert other == OF_OTHER_WEIGHTS.get(path.stem, set())


def test_what_is_no_longer_shipped_is_named():
    assert not any(card_path(method).exists() for method in NO_LONGER_SHIPPED)
    assert f'The weights of {" and ".join(NO_LONGER_SHIPPED)} are no longer shipped' in ACCURACY


def test_all_shipped_weights_are_named():
    sentence = METHODS.partition('Weights are shipped for ')[2].partition(';')[0]
    named = re.findall(r'\b(?!and\b)\w+', sentence)
    shipped = {path.stem for path in (ROOT / 'residual_features_ros/weights').glob('*.json')}
    assert sorted(named) == sorted(shipped - {'confidence'})


def test_what_swaps_of_weights_cost():
    found = read('weights-swap')['figures']
    swapping, first, memory = (found[key] for key in (
        'swapping', 'first_after_swap_ms', 'memory_mb'))
    page = ' '.join((ROOT / 'docs/decisions/changing-weights.md').read_text().split())
    assert (f'{swapping["answered"]} of {swapping["sent"]} images answered over '
            f'{found["swapped"]} swaps') in page
    assert (f'takes {first["median"]} ms (median) and {first["most"]} ms at most; all images '
            f'{found["still"]["median_ms"]} ms without swaps') in page
    assert (f'{memory[24]:.0f} MB after 25 swaps and {memory[-1]:.0f} MB after '
            f'{len(memory)}') in page


def test_what_opencv_alone_costs():
    page = (ROOT / 'docs/decisions/opencv-backend.md').read_text()
    opencv, int8, fp32 = (read(name)['methods']['residual_hessian_small']['figures']['core_ms'][
        'extract'] for name in ('bench-opencv', 'bench-opencv-beside', 'bench-opencv-beside-fp32'))
    assert f'[{opencv:.0f} core-ms]' in page
    assert f'[{int8:.0f}](' in page and f'[{fp32:.0f}](' in page
    assert f'{opencv / int8:.2f} and {opencv / fp32:.2f} times as much' in page
