# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What ONNX Runtime makes of made inputs in each shipped network, for where it is not installed.

PYTHONPATH=test python -m support.expected_outputs     writes them anew; networks in int8 left out
"""
import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from residual_features_ros.model_card import SHIPPED_WEIGHTS

SAVED = Path(__file__).with_suffix('.json')
NETWORKS = sorted(path.relative_to(SHIPPED_WEIGHTS).as_posix()
                  for path in SHIPPED_WEIGHTS.rglob('*.onnx') if 'int8' not in path.name)
SIZES = {'n': 5, 'm': 7, 's': 3, 'batch': 2, 'height': 64, 'width': 96}
COUNT = 12  # numbers of each output that are kept


def made_inputs(shapes, rng):
    """Return inputs of these shapes by name, descriptors of length 1."""
    found = {}
    for name, shape in shapes.items():
        values = rng.random(shape, np.float32)
        if name not in ('image', 'seeds', 'first_frames', 'second_frames'):
            values -= 0.5
        if values.ndim == 2 and name.endswith(('rows', 'crafted', 'sampled', 'descriptors')):
            values /= np.linalg.norm(values, axis=1, keepdims=True)
        found[name] = values
    return found


def sha256_of(name):
    return hashlib.sha256((SHIPPED_WEIGHTS / name).read_bytes()).hexdigest()


def some_of(values):
    """Return COUNT of the values, evenly spread, and the largest magnitude."""
    places = np.linspace(0, values.size - 1, COUNT).astype(int)
    return [float(f'{value:.7g}') for value in (*values.ravel()[places], np.abs(values).max())]


def made_of(name):
    """Return what is saved of a network."""
    import onnxruntime
    session = onnxruntime.InferenceSession(str(SHIPPED_WEIGHTS / name))
    shapes = {one.name: [SIZES.get(size, size) for size in one.shape]
              for one in session.get_inputs()}
    found = session.run(None, made_inputs(shapes, np.random.default_rng(0)))
    return {'sha256': sha256_of(name), 'inputs': shapes, 'outputs': {
        one.name: {'shape': list(values.shape), 'values': some_of(values)}
        for one, values in zip(session.get_outputs(), found, strict=True)}}


def main():
    lines = [f'{json.dumps(name)}: {json.dumps(made_of(name))}' for name in NETWORKS]
    SAVED.write_text('{\n' + ',\n'.join(lines) + '\n}\n', encoding='utf-8')


if __name__ == '__main__':
    sys.exit(main())
