# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import pytest
from support.paths import ROOT

from residual_features_ros.ros.fast_dds import PROFILE_VARIABLES
from residual_features_ros.tools.doctor import transport as module
from residual_features_ros.tools.doctor.transport import transport


@pytest.fixture(autouse=True)
def shell(monkeypatch, tmp_path):
    for name in (*PROFILE_VARIABLES, 'ROS_DISTRO'):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv('ROS_DOMAIN_ID', '9')
    monkeypatch.setattr(module, 'RECEIVE_BUFFER', tmp_path / 'rmem_max')
    sizes(monkeypatch, 4096)


def sizes(monkeypatch, free_mb):
    usage = SimpleNamespace(total=8192 << 20, free=free_mb << 20)
    monkeypatch.setattr(module.shutil, 'disk_usage', lambda path: usage)


def test_the_profile_of_the_package_is_offered():
    assert transport('rmw_fastrtps_cpp') == [
        'rmw_fastrtps_cpp, ROS_DOMAIN_ID 9',
        'no Fast DDS profile in this shell: launch files give the node its own; the driver of the '
        f'camera needs it too: export FASTDDS_DEFAULT_PROFILES_FILE={ROOT}/config/fastdds.xml',
        'shared memory: 4096 of 8192 MB free']


def test_a_profile_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setenv('FASTDDS_DEFAULT_PROFILES_FILE', '/no/fast.xml')
    assert 'Fast DDS profile /no/fast.xml (FASTDDS_DEFAULT_PROFILES_FILE) IS NOT THERE' in \
        transport('rmw_fastrtps_cpp')[1]
    monkeypatch.setenv('FASTDDS_DEFAULT_PROFILES_FILE', str(ROOT / 'config' / 'fastdds.xml'))
    assert transport('rmw_fastrtps_cpp')[1].endswith('(FASTDDS_DEFAULT_PROFILES_FILE)')


def test_another_middleware_has_no_profile_of_fast_dds():
    assert len(transport('rmw_cyclonedds_cpp')) == 2


def test_little_shared_memory_and_small_buffers_have_remedies(monkeypatch, tmp_path):
    sizes(monkeypatch, 64)
    (tmp_path / 'rmem_max').write_text('212992\n')
    *_, memory, buffer = transport('rmw_cyclonedds_cpp')
    assert '--shm-size=1g' in memory
    assert buffer.startswith('sockets hold 208 kB') and 'sysctl -w net.core.rmem_max' in buffer
    (tmp_path / 'rmem_max').write_text('33554432\n')
    assert len(transport('rmw_cyclonedds_cpp')) == 2
