# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from support.pictures import textured


@pytest.fixture(scope='session')
def photographs(tmp_path_factory):
    """Return a folder of six textured pictures in two folders."""
    root = tmp_path_factory.mktemp('photographs')
    for number in range(6):
        folder = root / ('first' if number < 3 else 'second')
        folder.mkdir(exist_ok=True)
        cv2.imwrite(str(folder / f'{number}.png'), textured(240, 180, seed=number))
    return root


@pytest.fixture(scope='session')
def small_run(photographs):
    """Return key=value settings of a run of seconds."""
    return [f'data.images={photographs}', 'data.size=(128, 96)', 'data.keypoints=60',
            'data.workers=0', 'data.validation_pairs=2', 'optim.steps=4', 'optim.batch=2',
            'threads=1', 'validate_every=4', 'checkpoint_every=2']


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(autouse=True)
def one_thread():
    """Let sums be the same on every machine and in any order of tests; runs set it besides."""
    import torch
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
