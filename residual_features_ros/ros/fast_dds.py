# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The environment variable that names the profile of Fast DDS."""
from __future__ import annotations

import os

# Fast DDS 2 reads the first; Fast DDS 3 the second, and warns of the first at every start.
PROFILE_VARIABLES = ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE')
FAST_DDS_2_DISTROS = ('humble', 'iron', 'jazzy')


def profile_variable() -> str:
    """Return the variable that the Fast DDS of this ROS distribution reads."""
    return PROFILE_VARIABLES[os.environ.get('ROS_DISTRO') not in FAST_DDS_2_DISTROS]
