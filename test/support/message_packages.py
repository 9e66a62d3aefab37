# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Message packages of other projects, made here: real classes that travel over real DDS.

rosidl's generators and headers come with the wheels of rclpy, in the environment's own prefix.
"""
import os
import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

PREFIX = Path(sys.prefix)
DEPENDENCIES = ('std_msgs', 'sensor_msgs', 'geometry_msgs', 'builtin_interfaces')
LIBRARIES = ('rosidl_runtime_c', 'rosidl_typesupport_c', 'rosidl_typesupport_fastrtps_c',
             'rosidl_typesupport_fastrtps_cpp', 'fastcdr', 'rcutils', *(
                 f'{package}__rosidl_{part}' for package in DEPENDENCIES for part in (
                     'generator_c', 'generator_py', 'typesupport_c',
                     'typesupport_fastrtps_c')))
SUPPORT = 'rosidl_typesupport_c'
COMPILERS = {'.c': ('gcc', '-std=gnu11'), '.cpp': ('g++', '-std=c++17')}
# The fields of the definitions as they were published in May 2026: the first two as in
# github.com/cedrusx/deep_features, limshoonkit/DL-VINS-Factory-ROS2, the last in
# introlab/rtabmap_ros.
DEFINITIONS = {
    'image_feature_msgs': {
        'KeyPoint': 'float32 x\nfloat32 y\n',
        'ImageFeatures': 'std_msgs/Header header\nstd_msgs/Bool sorted_by_score\n'
                         'KeyPoint[] keypoints\nfloat32[] scores\n'
                         'std_msgs/Float32MultiArray descriptors\nfloat32[] global_descriptor\n'},
    'dl_vins': {
        'FrameDescriptors': 'std_msgs/Header header\nuint32[] feature_ids\n'
                            'uint32 descriptor_dim\nfloat32[] descriptors\n'},
    'rtabmap_msgs': {
        'Point2f': 'float32 x\nfloat32 y\n',
        'Point3f': 'float32 x\nfloat32 y\nfloat32 z\n',
        'KeyPoint': 'Point2f pt\nfloat32 size\nfloat32 angle\nfloat32 response\nint32 octave\n'
                    'int32 class_id\n',
        'GlobalDescriptor': 'std_msgs/Header header\nint32 type\nuint8[] info\nuint8[] data\n',
        'RGBDImage': 'std_msgs/Header header\nsensor_msgs/CameraInfo rgb_camera_info\n'
                     'sensor_msgs/CameraInfo depth_camera_info\nsensor_msgs/Image rgb\n'
                     'sensor_msgs/Image depth\nsensor_msgs/CompressedImage rgb_compressed\n'
                     'sensor_msgs/CompressedImage depth_compressed\nKeyPoint[] key_points\n'
                     'Point3f[] points\nuint8[] descriptors\n'
                     'GlobalDescriptor global_descriptor\n'},
}


def make_packages(folder):
    """Make all packages of DEFINITIONS below a folder that Python then finds them in.

    Skips the test where the generators, or a compiler, are not there.
    """
    if missing := [name for name, *_ in COMPILERS.values() if shutil.which(name) is None]:
        pytest.skip(f'no {" and ".join(missing)} to compile message packages with')
    if not (PREFIX / 'share' / 'rosidl_generator_py').is_dir():
        pytest.skip("rosidl's generators are not in the prefix of this Python")
    pytest.importorskip('rosidl_generator_py', reason='rosidl_generator_py is not installed')
    sources = [source for name, fields in DEFINITIONS.items()
               for source in _generate(folder / name, fields)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda source: _compile(folder, source), sources))
    for name in DEFINITIONS:
        _link(folder / name, (folder / name).rglob('*.o'))


def _generate(package, definitions):
    """Write the sources of a package; return those to compile."""
    from rosidl_adapter.msg import convert_msg_to_idl
    from rosidl_generator_c.cli import GenerateC
    from rosidl_generator_py.cli import GeneratePython
    from rosidl_generator_type_description.cli import HashTypeDescription
    from rosidl_typesupport_c.cli import GenerateCTypesupport
    from rosidl_typesupport_fastrtps_c.cli import GenerateFastRTPSCTypesupport
    (package / 'msg').mkdir(parents=True)
    (package / '__init__.py').touch()
    for name, fields in definitions.items():
        path = Path('msg') / f'{name}.msg'
        (package / path).write_text(fields)
        convert_msg_to_idl(package, package.name, path, package / 'msg')
    arguments = (package.name, [f'{package}:msg/{name}.idl' for name in definitions],
                 [str(PREFIX / 'share' / name) for name in DEPENDENCIES], package)
    before = os.environ.get('AMENT_PREFIX_PATH')
    os.environ['AMENT_PREFIX_PATH'] = str(PREFIX)  # where the generators look for their templates
    try:
        hashes = HashTypeDescription('hash').generate_type_hashes(*arguments)
        GenerateC('c').generate(*arguments, hashes)
        # With one type support it is linked, and not looked for in the prefixes of packages.
        GenerateCTypesupport('c', typesupport_implementations=[
            'rosidl_typesupport_fastrtps_c']).generate(*arguments)
        GenerateFastRTPSCTypesupport('fastrtps_c').generate(*arguments)
        GeneratePython('py', typesupport_implementations=[SUPPORT]).generate(*arguments)
    finally:
        if before is None:
            del os.environ['AMENT_PREFIX_PATH']
        else:
            os.environ['AMENT_PREFIX_PATH'] = before
    whole = package / 'whole.cpp'  # most of the time goes to the headers, which all include
    whole.write_text(''.join(
        f'#include "{part}"\n' for part in sorted(package.rglob('*.cpp')) if part != whole))
    return [whole, *sorted(package.rglob('*.c'))]


def _compile(folder, source):
    includes = [folder, PREFIX / 'include', *(PREFIX / 'include').iterdir(),
                sysconfig.get_path('include'), np.get_include()]
    subprocess.run([*COMPILERS[source.suffix], '-O0', '-fPIC', '-w', '-c', str(source), '-o',
                    f'{source}.o', *(f'-I{path}' for path in includes)], check=True)


def _link(package, objects):
    subprocess.run(['g++', '-shared', '-o', str(package / f'{package.name}_s__{SUPPORT}.so'),
                    *map(str, objects), f'-L{PREFIX}/lib', f'-Wl,-rpath,{PREFIX}/lib',
                    *(f'-l{name}' for name in LIBRARIES)], check=True)


@pytest.fixture(scope='session')
def made_packages(tmp_path_factory):
    """Return the folder of the packages of DEFINITIONS."""
    folder = tmp_path_factory.mktemp('message_packages')
    make_packages(folder)
    return folder


@pytest.fixture(scope='module')
def message_packages(made_packages):
    """Let this module, and nodes that it starts later, import the packages of DEFINITIONS."""
    others = os.environ.get('PYTHONPATH')
    paths = [str(made_packages), *([others] if others else [])]
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(made_packages)
        patch.setenv('PYTHONPATH', os.pathsep.join(paths))
        yield made_packages
