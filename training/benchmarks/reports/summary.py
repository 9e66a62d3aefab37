# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A result that is a summary by method, or by method and scene, as a table."""
from __future__ import annotations

from typing import Any

from training.benchmarks.posed_features import digits
from training.benchmarks.reports.image_pairs import markdown_table

TITLES = {'airsim': "Videos of AirSim: GoodPoint's Table 1",
          'fire': "Retinal images: GoodPoint's Tables 3 and 4"}
ALL = 'all'  # the scene of a summary by method alone


def tables(result: dict[str, Any]) -> list[str]:
    """Return title, what the data are, a row for each method and scene, and the command."""
    lines = {(method, scene): numbers for method, of_method in result['summary'].items()
             for scene, numbers in (of_method.items() if nested(of_method)
                                    else [(ALL, of_method)])}
    columns = list(next(iter(lines.values())))
    rows = [[method, scene, *(digits(numbers[column]) for column in columns)]
            for (method, scene), numbers in lines.items()]
    return [f'## {TITLES[result["benchmark"]]}', f'{result["data"]["what"]}.',
            markdown_table(['method', 'scene', *columns], rows),
            f'`{result["command"]}`, commit {result["environment"]["commit"]}.']


def nested(numbers: dict[str, Any]) -> bool:
    """Tell whether a method's numbers are by scene."""
    return any(isinstance(value, dict) for value in numbers.values())
