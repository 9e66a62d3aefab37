# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import pytest
import torch

from residual_features_ros.errors import ConfigError
from training.methods.residual.bit_networks import SHARE, bit_network
from training.methods.residual.config import BitsConfig
from training.networks import bit_inputs

BOTH = BitsConfig(count=256, teblid=True)


def test_b_starts_as_a_tight_frame():
    weight = bit_network(128, BitsConfig(count=256)).weight.detach()
    assert weight.shape == (256, 128)
    torch.testing.assert_close(weight.T @ weight, torch.eye(128), atol=1e-5, rtol=0)


def test_teblids_bits_have_weights_beside_the_learned_values():
    b = bit_network(128, BOTH)
    assert bit_inputs(b) == ('descriptors', 'teblid')
    teblid = torch.randn(2, 5, 256).sign() / 16
    torch.testing.assert_close(b(torch.zeros(2, 5, 128), teblid), teblid)
    rows = torch.randn(2, 5, 128)
    torch.testing.assert_close(b(rows, 0 * teblid).norm(dim=2), SHARE * rows.norm(dim=2))
    with torch.no_grad():
        b.scale[:4] = 0
    assert (b(0 * rows, teblid)[..., :4] == 0).all()


def test_teblid_has_256_bits():
    with pytest.raises(ConfigError, match=r'bits\.teblid needs bits\.count=256, got 128'):
        bit_network(128, dataclasses.replace(BOTH, count=128))
