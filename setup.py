# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The package as colcon (ROS 2) and pip see it."""
from glob import glob
from pathlib import Path

from setuptools import find_packages, setup

PACKAGE = 'residual_features_ros'
ROOT = Path(__file__).resolve().parent  # colcon build --symlink-install links this file alone


def requirements(name):
    """Return the packages of a requirements file and of those that it takes in by -r."""
    found = []
    for line in (ROOT / name).read_text(encoding='utf-8').splitlines():
        words = line.partition(' #')[0].strip()
        if words.startswith('-r '):
            found += requirements(words[3:].strip())
        elif words and not words.startswith('#'):
            found.append(words)
    return found


setup(
    name=PACKAGE,
    # catkin_prepare_release writes it, here and in package.xml, and refuses all but a literal.
    version='0.1.0',
    description='Hand-crafted keypoints with residual descriptors for ROS 2 and SLAM',
    maintainer='The residual_features_ros authors',
    maintainer_email='maintainers@residual-features.example',
    license='Apache-2.0',
    packages=find_packages(include=[PACKAGE, f'{PACKAGE}.*']),
    package_data={PACKAGE: ['weights/*', 'weights/free/*', 'weights/matchers/*',
                            'vocabularies/*']},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{PACKAGE}']),
        (f'share/{PACKAGE}', ['package.xml']),
        (f'share/{PACKAGE}/launch', glob('launch/*.launch.py')),
        (f'share/{PACKAGE}/config', glob('config/*')),
    ],
    python_requires='>=3.10',
    # No more: a ROS distribution has its own numpy and OpenCV, the latter unknown to pip.
    install_requires=['setuptools', 'numpy'],
    extras_require={
        'standalone': requirements('requirements.txt'),
        # Beside standalone, or beside the OpenCV and numpy of a distribution.
        'openvino': requirements('requirements-openvino.txt'),
        'tensorrt': requirements('requirements-tensorrt.txt'),
        # With standalone; training itself is no part of a wheel, but of a checkout and the sdist.
        'training': requirements('requirements-training.txt'),
        'evaluation': requirements('requirements-evaluation.txt'),
        # colcon test looks for pytest here; the rest of the file is for "make test".
        'test': [line for line in requirements('requirements-test.txt')
                 if line.startswith('pytest')],
    },
    zip_safe=False,
    entry_points={'console_scripts': [
        f'extractor_node = {PACKAGE}.ros.extractor_node:main',
        f'stereo_node = {PACKAGE}.ros.stereo_node:main',
        f'odometry_backend = {PACKAGE}.examples.odometry_backend:main',
        f'republisher = {PACKAGE}.examples.republisher:main',
        f'image_publisher = {PACKAGE}.examples.image_publisher:main',
        f'slam_backend = {PACKAGE}.examples.slam_backend:main',
        f'evaluate_bag = {PACKAGE}.tools.command_line:evaluate_bag',
        f'doctor = {PACKAGE}.tools.command_line:doctor',
    ]},
)
