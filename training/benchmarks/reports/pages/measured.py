# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Our numbers by benchmark and method, as the pages of papers ask for them."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

Result = Mapping[str, Any]
# Fusions that no paper has: their rows are this package's own, whatever the method's name.
OWN_FUSIONS = ('windows', 'windows_alone', 'residual')
ESTIMATOR = 'accurate'  # with DEGENSAC's test for planes, which the challenge takes


@dataclass(frozen=True)
class Found:
    """Numbers of a method by name, and the file of the results that each is from."""

    numbers: Mapping[str, float]
    sources: Mapping[str, str]


def of_file(numbers: Mapping[str, float], name: str) -> Found:
    """Return numbers of one file."""
    return Found(numbers, dict.fromkeys(numbers, name))


def together(parts: Iterable[Found]) -> Found | None:
    """Return the numbers of all parts, the first's where several have one; None for no part."""
    numbers: dict[str, float] = {}
    sources: dict[str, str] = {}
    for part in parts:
        numbers, sources = {**part.numbers, **numbers}, {**part.sources, **sources}
    return Found(numbers, sources) if numbers else None


class Measured:
    """All saved results.

    A number of a method whose f is none of a paper's (OWN_FUSIONS) is asked for with own=True.
    """

    def __init__(self, results: Mapping[str, Result]) -> None:
        """Hold the results by file name."""
        self.results = results

    def image_pairs(self, method: str, size: tuple[int, int], keypoints: int,
                    own: bool = False) -> Found | None:
        """Return the means over all pairs of HPatches' layout at a size.

        Numbers are those of benchmarks/hpatches.py and, where they were made together with all
        papers' metrics, of benchmarks/papers.py.
        """
        return together(
            of_file(part['summary'][method]['all'], name) for name, part in self.parts()
            if tuple(part['size']) == size and part['keypoints'] == keypoints
            and method in part['summary'] and self.is_papers(name, method) != own)

    def parts(self) -> Iterator[tuple[str, Result]]:
        """Yield results of image pairs with size, keypoints and summary; hpatches' own first."""
        for name, result in self.of('hpatches'):
            yield name, {'size': result['protocol']['size'], 'summary': result['summary'],
                         'keypoints': result['protocol']['max_keypoints']}
        for name, result in self.of('papers'):
            for part in result['parts']:
                if part['benchmark'] == 'hpatches':
                    yield name, part

    def videos(self, method: str) -> Found | None:
        """Return the means over all gaps between frames of RGB-D videos."""
        for name, result in self.of('papers'):
            for part in result['parts']:
                if part['benchmark'] == 'rgbd' and method in part['summary']:
                    return of_file(part['summary'][method]['mean'], name)
        return None

    def frames_per_second(self, method: str) -> Found | None:
        """Return images per second by 'WIDTHxHEIGHT', where a run of all papers' metrics says."""
        return together(
            of_file({'x'.join(map(str, part['size'])): 1000 / time_ms}, name)
            for name, result in self.of('papers') for part in result['parts']
            if (time_ms := part['cost'].get(method, {}).get('milliseconds')))

    def scenes(self, benchmark: str, method: str) -> Found | None:
        """Return the means over scenes of a summary by method, or by method and scene."""
        for name, result in self.of(benchmark):
            numbers = result['summary'].get(method)
            if numbers:
                nested = [each for each in numbers.values() if isinstance(each, Mapping)]
                return of_file({column: fmean(each[column] for each in nested)
                                for column in nested[0]} if nested else numbers, name)
        return None

    def posed(self, benchmark: str, method: str, keypoints: int) -> Found | None:
        """Return the means over scenes, of stereo's lines those of ESTIMATOR.

        Of several results that have the method it is that whose number of keypoints is nearest.
        """
        found = [(abs(result['protocol']['max_keypoints'] - keypoints), name, lines)
                 for name, result in self.of(benchmark) if self.is_papers(name, method)
                 for lines in [lines_of(result, method)] if lines]
        if not found:
            return None
        _, name, lines = min(found, key=lambda one: one[:2])
        columns = {column: [line[column] for line in lines if number(line.get(column))]
                   for column in lines[0]}
        return of_file({column: fmean(values) for column, values in columns.items() if values},
                       name)

    def of(self, benchmark: str) -> list[tuple[str, Result]]:
        """Return the results of a benchmark by name."""
        return [(name, result) for name, result in self.results.items()
                if result.get('benchmark') == benchmark]

    def is_papers(self, name: str, method: str) -> bool:
        """Tell whether what a result has under a method's name may stand for a paper's."""
        metadata = self.results[name].get('methods', {}).get(method, {})
        return metadata.get('fusion') not in OWN_FUSIONS

    def own(self) -> list[str]:
        """Return the methods of image pairs whose f is this package's own, without matchers."""
        return sorted({method for name, part in self.parts() for method in part['summary']
                       if '+' not in method and not self.is_papers(name, method)})


def lines_of(result: Result, method: str) -> list[Mapping[str, Any]]:
    """Return a method's lines of a benchmark on posed photographs."""
    return [line for line in result['lines'] if line['method'] == method
            and line.get('estimator', ESTIMATOR) == ESTIMATOR]


def number(value: object) -> bool:
    """Tell whether a cell is a number."""
    return isinstance(value, int | float) and value == value
