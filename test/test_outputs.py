# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Nothing that is there is written over."""
import pytest

from residual_features_ros.errors import OutputError
from residual_features_ros.outputs import refuse_existing, unused


def test_what_is_there_is_named(tmp_path):
    (tmp_path / 'a.png').write_bytes(b'mine')
    (tmp_path / 'broken').symlink_to(tmp_path / 'nowhere')
    with pytest.raises(OutputError, match=r'a\.png, .*broken: there already.*another --out'):
        refuse_existing([tmp_path / 'a.png', tmp_path / 'b.png', tmp_path / 'broken'])
    refuse_existing([tmp_path / 'b.png'])


def test_a_path_of_its_own_choice_is_a_new_one(tmp_path):
    assert unused(tmp_path / 'out.png') == tmp_path / 'out.png'
    for name in ('out.png', 'out_2.png'):
        (tmp_path / name).touch()
    assert unused(tmp_path / 'out.png') == tmp_path / 'out_3.png'
