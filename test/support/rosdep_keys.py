# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Keys of ros/rosdistro as of commit 8468e88ccd (22 August 2026) that package.xml may name.

Each was resolved by rosdep to a package of apt for Humble on Ubuntu 22.04, Jazzy and Kilted on
24.04, Lyrical and Rolling on 26.04, and Jazzy on Debian 12. A key that is new in package.xml is
looked up in the same way, and written down here.
"""
DISTRIBUTION = {'python3-numpy': 'python3-numpy', 'python3-opencv': 'python3-opencv',
                'python3-pytest': 'python3-pytest', 'python3-setuptools': 'python3-setuptools',
                'python3-yaml': 'python3-yaml'}
ROS = {'ament_copyright', 'ament_flake8', 'ament_index_python', 'ament_pep257', 'cv_bridge',
       'diagnostic_msgs', 'geometry_msgs', 'launch', 'launch_ros', 'nav_msgs', 'rcl_interfaces',
       'rclpy', 'ros2launch', 'sensor_msgs', 'std_msgs', 'tf2_ros'}
