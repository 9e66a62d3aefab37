# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The driver's record -> figures, a table, and the curve of the node's memory."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from residual_features_ros.ros.diagnostics import DROPS
from residual_features_ros.text_table import table
from residual_features_ros.timings import OF_NODE, STAGES
from residual_features_ros.tools.bench.node.frames import MEASURE

EARLY_FRAMES = 100  # after so many, or a twentieth of all, memory has settled
EARLY_SHARE = 0.05
NODE_STAGES = ('extract', 'match')  # the node's own work; all else is overhead


def figures(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of a record of driver.Driver.drive; times in ms where not said.

    core_ms are processor times on all cores: of the node for a frame answered, from the first to
    the last; of the driver for a frame sent.
    """
    sent = np.array(record['sent_ns'])
    features, matches = (latencies_ms(record[name], sent) for name in ('features', 'matches'))
    answered = features.keys() & matches.keys()
    dropped = sum(record['drops'].values())
    alone = {times['stamp'][1]: times['ms'] for times in record['frame_times']
             if times['stamp'][0] == MEASURE}
    overhead = [matches[i] - sum(alone[i][stage] for stage in NODE_STAGES)
                for i in sorted(answered & alone.keys())]
    stages = sorted({name for times in alone.values() for name in times})
    return {
        'sent': len(sent), 'answered': len(answered), 'drops': record['drops'],
        'lost': max(0, len(sent) - len(answered) - dropped),
        'rate': record['rate'], 'highest_fps': record.get('highest_fps'), 'fps': record['fps'],
        'keypoints': median([width for _, _, width in record['features']]),
        'matches': median([width for _, _, width in record['matches']]),
        'features_ms': spread(list(features.values())),
        'matches_ms': spread(list(matches.values())),
        'overhead_ms': spread(overhead),
        'stages_ms': {name: spread([times[name] for times in alone.values() if name in times])
                      for name in stages},
        'start_s': record['start_s'], 'starts_s': record['starts_s'],
        'memory_mb': memory(record['memory']),
        'node_core_ms': 1000 * record['node_processor_s'] / max(len(answered), 1),
        'driver_core_ms': 1000 * record['driver_processor_s'] / max(len(sent), 1),
    }


def latencies_ms(answers: Sequence[Sequence[int]], sent_ns: np.ndarray) -> dict[int, float]:
    """Return the latency of each answered frame by its number; of two answers the first counts."""
    return {number: (received_ns - int(sent_ns[number])) / 1e6
            for number, received_ns, _ in reversed(answers)}


def median(values: Sequence[float]) -> float:
    """Return the median, NaN of nothing."""
    return float(np.median(values)) if values else float('nan')


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return p50, p95, p99, max and p95 / p50, NaN of nothing."""
    p50, p95, p99, most = np.percentile(values or [np.nan], [50, 95, 99, 100])
    return {'p50': float(p50), 'p95': float(p95), 'p99': float(p99), 'max': float(most),
            'p95/p50': float(p95 / p50)}


def memory(samples: Sequence[Sequence[float]]) -> dict[str, float]:
    """Return resident memory at the start, early, at the end, at most, and the growth in percent.

    Args:
        samples: frame, seconds, resident and shared 10^6 bytes; early is the first sample at
            EARLY_FRAMES or EARLY_SHARE of all frames, whichever is later, half of all at most.
    """
    frames, _, resident, shared = np.array(samples, float).T
    last = frames[-1]
    early = int(np.argmax(frames >= min(max(EARLY_FRAMES, EARLY_SHARE * last), last / 2)))
    return {'start': float(resident[0]), 'early': float(resident[early]),
            'early_frame': float(frames[early]), 'end': float(resident[-1]),
            'max': float(resident.max()), 'shared_end': float(shared[-1]),
            'growth_percent': 100 * float(resident[-1] / resident[early] - 1),
            'growth_percent_without_shared': 100 * float(
                (resident[-1] - shared[-1]) / (resident[early] - shared[early]) - 1)}


def render(all_figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table: a column for each method."""
    columns = [dict(rows(figure)) for figure in all_figures.values()]
    names = list(dict.fromkeys(name for column in columns for name in column))
    return table(['node', *all_figures],
                 [[name, *(column.get(name, '-') for column in columns)] for name in names])


def rows(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the rows of the table of one method."""
    memory_mb, stages = found['memory_mb'], found['stages_ms']
    shown = [('frames sent', f'{found["sent"]}'), ('frames answered', f'{found["answered"]}'),
             *((f'  dropped by the node: {reason.removeprefix(DROPS)}', f'{count}')
               for reason, count in found['drops'].items() if count),
             ('  lost on the way', f'{found["lost"]}')]
    if found['highest_fps'] is not None:
        shown.append(('highest fps', f'{found["highest_fps"]:.1f}'))
    shown += [('fps sent', f'{found["rate"]:.1f}'), ('fps answered', f'{found["fps"]:.1f}'),
              ('keypoints, matches', f'{found["keypoints"]:.0f}, {found["matches"]:.0f}')]
    shown += [(f'{name} latency p50 p95 p99 max', latency(found[key])) for name, key in
              (('features', 'features_ms'), ('matches', 'matches_ms'),
               ('overhead', 'overhead_ms'))]
    shown += [('matches latency p95 / p50', f'{found["matches_ms"]["p95/p50"]:.2f}'),
              *((f'  {name} p50 p95', f'{stages[name]["p50"]:.2f} {stages[name]["p95"]:.2f}')
                for name in OF_NODE if name in stages),
              *((f'    in extract: {name} p50 p95',
                 f'{stages[name]["p50"]:.2f} {stages[name]["p95"]:.2f}')
                for name in STAGES if name in stages),
              ('start to first features [s]', f'{found["start_s"]:.2f}'),
              ('memory start end max [MB]', f'{memory_mb["start"]:.0f} {memory_mb["end"]:.0f} '
                                            f'{memory_mb["max"]:.0f}'),
              (f'  growth since frame {memory_mb["early_frame"]:.0f} [%]',
               f'{memory_mb["growth_percent"]:.2f}'),
              ('core-ms per frame, node', f'{found["node_core_ms"]:.1f}'),
              ('core-ms per frame, driver', f'{found["driver_core_ms"]:.1f}')]
    return shown


def latency(found: Mapping[str, float]) -> str:
    """Return p50, p95, p99 and max of `spread` in words."""
    return ' '.join(f'{found[name]:.1f}' for name in ('p50', 'p95', 'p99', 'max'))


def draw_memory(figure: Any, curves: Mapping[str, Sequence[Sequence[float]]]) -> None:
    """Draw the resident memory against the frame into a matplotlib Figure."""
    axes = figure.subplots()
    for name, samples in curves.items():
        frames, _, resident, shared = np.array(samples, float).T
        line, = axes.plot(frames, resident, label=name)
        axes.plot(frames, resident - shared, linestyle=':', color=line.get_color(),
                  label=f'{name}, without shared memory')
    axes.set(xlabel='frames', ylabel='resident memory of the node [MB]')
    axes.set_ylim(0, 1.1 * max(sample[2] for samples in curves.values() for sample in samples))
    axes.grid(alpha=0.3)
    axes.legend()
