# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the page of a result says, by the kind of the result."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from residual_features_ros.registry import METHODS, Method
from training.benchmarks.protocol import size_words
from training.benchmarks.reports import ablation as ablation_report
from training.benchmarks.reports import cost as cost_report
from training.benchmarks.reports import detectors as detectors_report
from training.benchmarks.reports import paper
from training.benchmarks.reports import papers as papers_report
from training.benchmarks.reports import posed as posed_report
from training.benchmarks.reports import seeds as seeds_report
from training.benchmarks.reports import study as study_report
from training.benchmarks.reports import summary as summary_report
from training.benchmarks.reports import training_speed as speed_report
from training.benchmarks.reports import validation as validation_report
from training.benchmarks.reports.image_pairs import SPLITS, cell, markdown_table
from training.benchmarks.reports.pages.measured import OWN_FUSIONS

HEADER = ('method', 'paper', 'ours', 'command', 'commit', 'data', 'deviations')
NONE = '-'
MORE = ('correct', 'recall', 'rep', 'mma@1', 'mma@3', 'mma@5', 'mma@10', 'mma_score')
Result = dict[str, Any]
UNKNOWN = Method('', '', 'a method that this package does not have')


def kind(result: Result) -> str:
    """Return the benchmark's name, 'study', or '' for neither."""
    return 'study' if 'runs' in result else str(result.get('benchmark', ''))


def on_other_data(result: Result) -> bool:
    """Tell whether a result of HPatches' layout is of other scenes than HPatches'."""
    return kind(result) == 'hpatches' and len(result['data']['scenes']) != paper.SCENES


def short(value: float, digits: int) -> str:
    """Return a number without the zero before its point."""
    return f'{value:.{digits}f}'.removeprefix('0')


def least_factor(result: Result, method: str) -> float:
    """Return the least of a method's recall over the first one's, of all angles."""
    first = next(iter(result['recall'].values()))
    return min(value / max(base, 1e-9)
               for value, base in zip(result['recall'][method], first, strict=True))


def hpatches_section(result: Result) -> tuple[list[str], set[str]]:
    """Return Table 1 beside ours, the other numbers, and the deviations used."""
    size, count = tuple(result['protocol']['size']), result['protocol']['max_keypoints']
    published = paper.TABLE_1.get((*size, count), {})
    means = {method: parts['all'] for method, parts in result['summary'].items()}
    ours = {method: tuple(numbers[c] for c in paper.COLUMNS) for method, numbers in means.items()}
    own = [method for method in ours if is_own(result, method)]
    others = [method for method in ours if method not in (*published, *own)]
    data = (f'{result["data"]["what"]}: {len(result["data"]["scenes"])} scenes, '
            f'{result["data"]["pairs"]} pairs')
    step = f'One pair moves Cor by {1 / result["data"]["pairs"]:.3f}.'
    used: set[str] = set()

    def rows(methods: Sequence[str], papers: bool) -> str:
        lines = []
        for method in methods:
            here = method in ours and (method in own) != papers
            deviations = table_deviations(result, method) if here else []
            used.update(deviations)
            lines.append([method, row_of(method, published if papers else {}),
                          row_of(method, ours) if here else 'not measured',
                          *origin(result, method, here), ', '.join(deviations) or NONE])
        return markdown_table([name for name in HEADER if name != 'data'], lines)

    more = [[method, name, *(cell(c, parts[name][c]) for c in MORE)]
            for method, parts in result['summary'].items()
            for name in ('all', *SPLITS.values()) if name in parts]
    title = ("The Residual paper's Table 1" if published
             else "HPatches' layout, not a table of the paper")
    text = [f'## {title}, {size_words(size)}, {count} keypoints',
            f'{data}. Cor-1 Cor-3 Cor-5 MS (factor of MS to the hand-crafted descriptor). {step}',
            rows([*published, *others], papers=True)]
    if own:
        text += ["This package's own model, which is no paper's:", rows(own, papers=False)]
    return [*text, 'The same runs in other numbers:',
            markdown_table(['method', 'pairs', *MORE], more), environment(result)], used


def is_own(result: Result, method: str) -> bool:
    """Tell whether a method's f is this package's own, whatever its name."""
    return result['methods'][method].get('fusion') in OWN_FUSIONS


def table_deviations(result: Result, method: str) -> list[str]:
    """Return the names of what differs from the paper's row."""
    metadata = result['methods'][method]
    applies = {'data': on_other_data(result), 'protocol': True,
               'training': 'weights_sha256' in metadata, 'windows': is_own(result, method),
               'surf': metadata.get('surf') == 'mahotas'}
    return [name for name in paper.DEVIATIONS if applies.get(name)]


def row_of(method: str, numbers: Mapping[str, tuple[float, ...]]) -> str:
    """Return a method's numbers and the gain of its MS, the last one, or '-' where there are none.

    The gain is on the hand-crafted method whose keypoints it has.
    """
    if method not in numbers:
        return NONE
    text = ' '.join(short(value, 3) for value in numbers[method])
    base = METHODS.get(method, UNKNOWN).detector
    if base != method and base in numbers:
        text += f' ({numbers[method][-1] / numbers[base][-1]:.2f})'
    return text


def origin(result: Result, method: str, here: bool = True) -> tuple[str, str]:
    """Return command, of this method alone, and commit."""
    if not here:
        return NONE, NONE
    every = ','.join(result['protocol']['methods'])
    command = result['command'].replace(f'--methods {every}', f'--methods {method}')
    return f'`{command}`', result['environment']['commit']


def environment(result: Result) -> str:
    """Return versions, processor and weights."""
    made = result['environment']
    lines = [f'residual_features_ros {made["version"]}, OpenCV {made["opencv"]}, numpy '
             f'{made["numpy"]}, Python {made["python"]}, {made["cpu"]}.']
    lines += [f'{method}: {metadata["backend"]}; weights {metadata["weights_sha256"][:12]}, '
              f'{metadata["steps"]} steps.'
              for method, metadata in result['methods'].items() if 'weights_sha256' in metadata]
    return ' '.join(lines)


def rotation_section(result: Result) -> tuple[list[str], set[str]]:
    """Return recall against the angle."""
    angles, rows = result['angles_deg'], []
    for method, curve in result['recall'].items():
        least = least_factor(result, method)
        mean = sum(curve) / len(curve)
        rows.append([method, NONE, f'mean {mean:.3f}, least factor to the first {least:.2f}',
                     *origin(result, method),
                     f'{result["data"]["what"]}: {result["data"]["images"]} images', 'rotation'])
    curves = [[method, *(short(value, 3) for value in curve)]
              for method, curve in result['recall'].items()]
    return ['## Rotation in the image plane', 'Recall at 3 px:', markdown_table(HEADER, rows),
            markdown_table(['degrees', *map(str, angles)], curves),
            environment(result)], {'rotation'}


def study_section(result: Result) -> tuple[list[str], set[str]]:
    """Return factors and curves of a study, also of one of single seeds that interpolated.

    What a file of these lacks is '-'.
    """
    if 'comparisons' in result:
        return study_report.section(result), {'convergence'}
    command = f'`{result["command"]}`' if result.get('command') else NONE
    data = str(result.get('data', NONE))
    rows = [[name, paper.CONVERGENCE if name == 'superpoint' else NONE,
             ', '.join(flat(numbers)) or NONE, command, str(result.get('commit', NONE)), data,
             'convergence']
            for name, numbers in result.get('factor', {}).items()]
    steps = sorted({step for run in result['runs'].values() for step in run.get('steps', [])})
    curves = []
    for name, run in result['runs'].items():
        score = dict(zip(run.get('steps', []), run.get('score', []), strict=False))
        seconds = run.get('seconds') or [None]
        curves.append([name, *(f'{score[step]:.3f}' if step in score else NONE for step in steps),
                       NONE if seconds[-1] is None else f'{seconds[-1]:.0f}'])
    protocol = ', '.join(f'{name}: {value}' for name, value in result.get('protocol', {}).items()
                         if isinstance(value, str | int | float))
    return ['## Convergence', 'Cost of a rival over the cost of the fused descriptor:',
            markdown_table(HEADER, rows), 'Score after steps, and seconds in all:',
            markdown_table(['run', *map(str, steps), 'seconds'], curves),
            f'{protocol or "Protocol not stated"}.'], {'convergence'}


def flat(value: Any, path: Sequence[str] = ()) -> list[str]:
    """Return nested numbers as 'steps factor 4.2'; null is 'never'."""
    if isinstance(value, dict):
        return [text for key, inner in value.items() for text in flat(inner, [*path, str(key)])]
    text = 'never' if value is None else f'{value:.3g}' if isinstance(value, float) else str(value)
    return [' '.join([*path, text])]


def posed_section(result: Result) -> tuple[list[str], set[str]]:
    """Return the tables of a benchmark on posed photographs; none is the paper's."""
    return [*posed_report.tables(result), environment(result)], set()


def detectors_section(result: Result) -> tuple[list[str], set[str]]:
    """Return the table of detectors."""
    return [*detectors_report.tables(result), environment(result)], set()


def validation_section(result: Result) -> tuple[list[str], set[str]]:
    """Return the tables of the validation."""
    return [*validation_report.section(result), environment(result)], set()


def speed_section(result: Result) -> tuple[list[str], set[str]]:
    """Return the table of how fast schedules train."""
    return speed_report.tables(result), set()


def summary_section(result: Result) -> tuple[list[str], set[str]]:
    """Return the table of a summary by method and scene."""
    return [*summary_report.tables(result), environment(result)], set()


def ablation_section(result: Result) -> tuple[list[str], set[str]]:
    """Return the table of what each part brings."""
    return ablation_report.section(result), set()


def seeds_section(result: Result) -> tuple[list[str], set[str]]:
    """Return the tables of an ablation over seeds."""
    return seeds_report.section(result), set()


def cost_section(result: Result) -> tuple[list[str], set[str]]:
    """Return the table of what networks cost."""
    return cost_report.section(result), set()


def papers_section(result: Result) -> tuple[list[str], set[str]]:
    """Return the table of all methods and metrics, the papers' numbers in it."""
    return ["## All methods, all papers' metrics", *papers_report.tables(result),
            f'`{result["command"]}`, commit {result["environment"]["commit"]}.',
            environment(result)], {'protocol'}


SECTIONS = {'papers': papers_section, 'hpatches': hpatches_section,
            'detectors': detectors_section, 'rotation': rotation_section,
            'study': study_section, 'cost': cost_section, 'validation': validation_section,
            'ablation': ablation_section, 'seeds': seeds_section,
            'training-speed': speed_section,
            **dict.fromkeys(summary_report.TITLES, summary_section),
            **dict.fromkeys(posed_report.TITLES, posed_section)}
