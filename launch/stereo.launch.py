# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Start stereo_node: ros2 launch residual_features_ros stereo.launch.py --show-args."""
from residual_features_ros.ros.launching import describe_launch

TOPICS = {
    'left_image_topic': ('left/image_raw', 'Rectified image of the left camera.'),
    'right_image_topic': ('right/image_raw', 'Rectified image of the right camera.'),
}


def generate_launch_description():
    return describe_launch('stereo', TOPICS)
