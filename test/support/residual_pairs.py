# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A residual model of random weights and a pair to validate it on."""
import torch

from training.config import override
from training.data.sources.images import open_folder
from training.methods.residual.data import open_dataset
from training.methods.residual.model import ResidualNetwork
from training.methods.residual.recipe import create

METHOD = 'residual_rootsift_small'


def made(photographs, shrink=1, fusion='windows'):
    """Return both; h decides, where there is one."""
    config = override(create(METHOD), ['data.size=(128, 96)', 'data.keypoints=60',
                                       f'model.shrink={shrink}', f'model.fusion={fusion}'])
    torch.manual_seed(0)
    model = ResidualNetwork(config.model).eval()
    if model.h is not None:
        torch.nn.init.normal_(model.h[-1].weight)
    return model, [open_dataset(open_folder(photographs), config, 0, 1)[0]]
