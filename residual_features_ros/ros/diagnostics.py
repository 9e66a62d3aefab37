# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Report -> diagnostic_msgs/DiagnosticArray: how a node is, in one level and one sentence."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from residual_features_ros.ros.statistics import BAD_IMAGE, FAILED, LOST, TOO_SLOW, Report

OK, WARN, ERROR, STALE = 0, 1, 2, 3  # DiagnosticStatus.OK ... STALE
ALWAYS_TOLD = (TOO_SLOW, BAD_IMAGE, FAILED, LOST)
DROPS = 'drops: '  # begins the key of a count of dropped images, its reason follows


@dataclass(frozen=True)
class State:
    """What a node is in while it reports.

    alive: whether all worker threads live.
    idle: why there is nothing to do, '' where there is.
    silence: why no image comes, '' where some do.
    troubles: what went wrong on the way of the images in this period.
    """

    alive: bool = True
    idle: str = ''
    silence: str = ''
    troubles: Sequence[str] = ()


def assess(report: Report, state: State) -> tuple[int, str]:
    """Return the diagnostic level of a report and the sentence that says why."""
    bad, failed = report.drops.get(BAD_IMAGE, 0), report.drops.get(FAILED, 0)
    slow = report.drops.get(TOO_SLOW, 0)
    if not state.alive:
        return ERROR, 'a worker thread has ended: restart the node'
    if failed or (bad and not report.served):
        return ERROR, f'{failed + bad} images could not be served: {report.last_error}'
    if state.idle:
        return (WARN, f'idle: {state.idle}; {state.silence}') if state.silence else \
            (OK, f'idle: {state.idle}')
    if state.silence:
        return STALE, state.silence
    words = [f'{bad} bad images: {report.last_error}'] if bad else []
    words += state.troubles
    if slow > report.received / 2:
        words.append(f'slower than the camera: {slow} of {report.received} images dropped')
    return (WARN, '; '.join(words)) if words else (OK, f'{report.fps_out:.1f} fps')


def to_message(name: str, report: Report, state: State, metadata: Mapping[str, str],
               hardware_id: str, stamp: Any) -> Any:
    """Return the DiagnosticArray of a report.

    Args:
        name: the node's full name.
        report: the figures of the period.
        state: of the node in the period.
        metadata: further key-value pairs.
        hardware_id: the camera's, which is its frame_id.
        stamp: builtin_interfaces/Time.
    """
    from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
    level, sentence = assess(report, state)
    values = {
        **metadata,
        'fps in': f'{report.fps_in:.1f}', 'fps out': f'{report.fps_out:.1f}',
        'latency p50 [ms]': f'{report.latency_ms_p50:.1f}',
        'latency p95 [ms]': f'{report.latency_ms_p95:.1f}',
        'core-ms per frame': f'{report.core_ms:.1f}',
        **{f'{DROPS}{reason}': str(report.drops_total.get(reason, 0))
           for reason in dict.fromkeys([*ALWAYS_TOLD, *report.drops_total])},
        'keypoints': str(report.keypoints), 'matches': str(report.matches)}
    status = DiagnosticStatus(
        level=bytes([level]), name=f'{name}: features', message=sentence,
        hardware_id=hardware_id,
        values=[KeyValue(key=key, value=value) for key, value in values.items()])
    message = DiagnosticArray(status=[status])
    message.header.stamp = stamp
    return message


def drops_of(message: Any) -> dict[str, int]:
    """Return the images dropped since the node's start by reason.

    Args:
        message: DiagnosticArray as to_message made it, or as the package rosbags reads it.
    """
    return {value.key.removeprefix(DROPS): int(value.value) for status in message.status
            for value in status.values if value.key.startswith(DROPS)}


def new_drops(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """Return the images dropped by reason from one report to a later one."""
    return {reason: count - before.get(reason, 0) for reason, count in after.items()}
