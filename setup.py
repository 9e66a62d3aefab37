# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The package as colcon (ROS 2) and pip see it."""
from glob import glob

from setuptools import find_packages, setup

PACKAGE = 'residual_features_ros'

setup(
    name=PACKAGE,
    version='0.1.0',
    description='Hand-crafted keypoints with residual descriptors for ROS 2 and SLAM',
    maintainer='The residual_features_ros authors',
    maintainer_email='maintainers@residual-features.example',
    license='Apache-2.0',
    packages=find_packages(include=[PACKAGE, f'{PACKAGE}.*']),
    package_data={PACKAGE: ['weights/*']},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{PACKAGE}']),
        (f'share/{PACKAGE}', ['package.xml']),
        (f'share/{PACKAGE}/launch', glob('launch/*.launch.py')),
        (f'share/{PACKAGE}/config', glob('config/*')),
    ],
    python_requires='>=3.10',
    install_requires=['setuptools', 'numpy'],
    # Not install_requires: a ROS distribution has its own OpenCV, which pip does not know.
    # OpenCV 5 renumbers the image types and breaks the distributions' cv_bridge.
    extras_require={
        'test': ['pytest'],
        'standalone': ['opencv-contrib-python>=4.8,<5', 'onnxruntime', 'threadpoolctl',
                       'mahotas', 'h5py', 'tqdm'],
    },
    zip_safe=False,
    entry_points={'console_scripts': [
        f'extractor_node = {PACKAGE}.ros.extractor_node:main',
        f'stereo_node = {PACKAGE}.ros.stereo_node:main',
        f'odometry_backend = {PACKAGE}.examples.odometry_backend:main',
        f'evaluate_bag = {PACKAGE}.tools.command_line:evaluate_bag',
    ]},
)
