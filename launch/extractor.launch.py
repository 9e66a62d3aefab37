# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Start extractor_node: ros2 launch residual_features_ros extractor.launch.py --show-args."""
from residual_features_ros.ros.camera_launching import CAMERA
from residual_features_ros.ros.launching import describe_launch

TOPICS = {
    'image_topic': ('image_raw', 'Camera image; with image_transport:=compressed still the name '
                    'without /compressed. When not given: image_raw, or else the only image topic '
                    'that there is.'),
    'camera_info_topic': ('camera_info', 'Calibration to repeat in features_info; when not given, '
                          'camera_info beside the image topic.'),
    'mask_topic': ('mask', 'Masks of the images, mono8, 0 where they keep keypoints off.'),
}


def generate_launch_description():
    return describe_launch('extractor', TOPICS, CAMERA)
