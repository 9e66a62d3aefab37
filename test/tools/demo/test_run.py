# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The demo end to end: a real node, a real DDS, a few seconds."""
import cv2
import numpy as np
import pytest
from support.options import parse
from support.ros_nodes import needs_ros

from residual_features_ros.tools.command_line import main
from residual_features_ros.tools.demo.moving_view import moving_view
from residual_features_ros.tools.harness.recording import read_recording


@pytest.fixture
def folder(tmp_path, image):
    (tmp_path / 'in').mkdir()
    for i, view in enumerate(moving_view([image], (160, 120), 12)):
        cv2.imwrite(str(tmp_path / 'in' / f'{i:02}.png'), view)
    return tmp_path


@needs_ros
def test_every_image_is_answered(folder, capsys):
    out = folder / 'out'
    assert main(['demo', '--images', str(folder / 'in'), '--method', 'rootsift', '--hz', '4',
                 '--out', str(out)]) == 0
    printed = ' '.join(capsys.readouterr().out.split())
    assert 'frames sent 12 frames answered 12 frames dropped 0' in printed
    for picture in ('keypoints.png', 'tracks.png'):
        assert cv2.imread(str(out / picture)).shape == (720, 960, 3)


@needs_ros
def test_a_bag_is_played_too(folder, capsys):
    from residual_features_ros.tools.bags.rosbag import IMAGE, timed_messages, write_images
    images = [cv2.imread(str(path)) for path in sorted((folder / 'in').glob('*.png'))]
    write_images(folder / 'mine', '/cam/image', IMAGE, timed_messages(images[:6], 10))
    assert main(['demo', '--bag', str(folder / 'mine'), '--method', 'orb', '--rate', '0.3',
                 '--out', str(folder / 'out')]) == 0
    assert '6 images of' in capsys.readouterr().out


@needs_ros
def test_the_bag_played_is_not_overwritten(folder, capsys):
    out = folder / 'out'
    assert main(['demo', '--bag', str(out / 'bag'), '--method', 'orb', '--out', str(out)]) == 2
    assert 'would be overwritten' in capsys.readouterr().err


@needs_ros
def test_a_node_that_does_not_start_speaks(folder, capsys):
    assert main(['demo', '--images', str(folder / 'in'), '--method', 'residual_sift', '--set',
                 f'weights={folder}', '--out', str(folder / 'out')]) == 2
    said = capsys.readouterr().err
    assert 'the node ended' in said
    assert 'residual_sift.json: no such file' in said


@needs_ros
def test_a_folder_without_images_is_refused(tmp_path, capsys):
    assert main(['demo', '--images', str(tmp_path), '--out', str(tmp_path / 'out')]) == 2
    assert 'no image in this folder' in capsys.readouterr().err


@needs_ros
def test_the_node_gets_its_settings():
    from residual_features_ros.tools.demo.run import node_arguments
    options = parse('demo', '--method', 'orb', '--backend', 'openvino,onnxruntime', '--set',
                    'ratio=0.9')
    words = node_arguments(options.method, options.method_options,
                           'sensor_msgs/msg/CompressedImage')
    assert 'backend:=[openvino, onnxruntime]' in words
    assert 'ratio:=0.9' in words
    assert 'image_transport:=compressed' in words


@needs_ros
def test_a_mask_keeps_keypoints_off_and_one_of_another_size_is_told_at_once(folder, capsys):
    mask = np.zeros((120, 160), np.uint8)
    mask[:, :80] = 255
    cv2.imwrite(str(folder / 'mask.png'), mask)
    cv2.imwrite(str(folder / 'small.png'), mask[:64])
    words = ['demo', '--images', str(folder / 'in'), '--method', 'rootsift', '--hz', '4',
             '--frames', '4']
    assert main([*words, '--out', str(folder / 'none'), '--mask', str(folder / 'small.png')]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith('demo: mask ') and 'is 160x64, the image 160x120' in said
    assert main([*words, '--out', str(folder / 'out'), '--mask', str(folder / 'mask.png')]) == 0
    columns = [frame.features['x'] for frame in read_recording(folder / 'out' / 'recording')]
    assert len(columns) == 4 and all(len(x) > 10 and x.max() <= 79 for x in columns)
