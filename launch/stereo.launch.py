# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Start stereo_node: ros2 launch residual_features_ros stereo.launch.py --show-args."""
from residual_features_ros.ros.launching import describe_launch

TOPICS = {
    'left_image_topic': ('left/image_raw', 'Rectified image of the left camera.'),
    'right_image_topic': ('right/image_raw', 'Rectified image of the right camera.'),
    'left_mask_topic': ('left/mask', 'Masks of the left images, mono8, 0 where they keep '
                        'keypoints off.'),
    'right_mask_topic': ('right/mask', 'Masks of the right images.'),
}


def generate_launch_description():
    return describe_launch('stereo', TOPICS)
