# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the workflows of .github run."""
import itertools
import re

MATRIX = re.compile(r'\$\{\{ *matrix\.([\w-]+) *\}\}')


def steps(workflow):
    """Return all steps of a workflow."""
    return [step for job in workflow['jobs'].values() for step in job['steps']]


def commands(workflow):
    """Return what the steps run, line by line, once for each combination of their matrix."""
    found = []
    for job in workflow['jobs'].values():
        lines = [line.strip() for step in job['steps']
                 for line in step.get('run', '').splitlines()]
        matrix = job.get('strategy', {}).get('matrix', {})
        for values in itertools.product(*matrix.values()):
            chosen = dict(zip(matrix, values, strict=True))
            found += [MATRIX.sub(lambda match, to=chosen: str(to[match[1]]), line)
                      for line in lines]
    return list(dict.fromkeys(found))


def make_targets(line):
    """Return the targets of a command line that calls make."""
    first, *words = line.split()
    return [word for word in words if re.fullmatch(r'[\w-]+', word) and word[0] != '-'] \
        if first == 'make' else []
