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
from residual_features_ros.tools.harness import processes
from residual_features_ros.tools.harness.recording import read_recording


@pytest.fixture
def folder(tmp_path, image):
    (tmp_path / 'in').mkdir()
    for i, view in enumerate(moving_view([image], (160, 120), 12)):
        cv2.imwrite(str(tmp_path / 'in' / f'{i:02}.png'), view)
    return tmp_path


def test_it_opens_with_what_it_shows_and_writes(tmp_path):
    from residual_features_ros.tools.demo.run import opening
    words = opening(parse('demo', '--images', 'my_images', '--out', str(tmp_path / 'out')))
    assert len(words.splitlines()) == 3
    assert 'images of my_images go to the real node (residual_hessian_small) over DDS' in words
    assert f'It writes to {tmp_path / "out"}: bag, recording, node.log, keypoints.png' in words


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
    assert not (folder / 'out').exists()


@needs_ros
def test_a_log_that_says_more_than_the_error_stays(folder, capsys, monkeypatch):
    monkeypatch.setattr(processes, 'LOG_LINES', 0)
    out = folder / 'out'
    assert main(['demo', '--images', str(folder / 'in'), '--method', 'residual_sift', '--set',
                 f'weights={folder}', '--out', str(out)]) == 2
    assert f'all that it said: {out / "node.log"}' in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ['node.log']


@needs_ros
def test_a_folder_without_images_is_refused(tmp_path, capsys):
    assert main(['demo', '--images', str(tmp_path), '--out', str(tmp_path / 'out')]) == 2
    assert 'no image in this folder' in capsys.readouterr().err
    assert not (tmp_path / 'out').exists()


def split_bag(folder, parts):
    """Write a bag of several files, each with its images of the moving view; return the paths."""
    from rosbags.rosbag2 import StoragePlugin, Writer

    from residual_features_ros.tools.bags.rosbag import IMAGE, STORE, timed_messages
    images = [cv2.imread(str(path)) for path in sorted((folder / 'in').glob('*.png'))]
    messages = list(timed_messages(images, 10))
    mine, counts = folder / 'mine', []
    mine.mkdir()
    for number in range(parts):
        with Writer(folder / f'part{number}', version=9,
                    storage_plugin=StoragePlugin.MCAP) as writer:
            connection = writer.add_connection('/cam/image', IMAGE, typestore=STORE)
            for time_ns, message in messages[number::parts]:
                writer.write(connection, time_ns, STORE.serialize_cdr(message, IMAGE))
        counts.append(len(messages[number::parts]))
        (folder / f'part{number}' / f'part{number}.mcap').rename(mine / f'mine_{number}.mcap')
    (mine / 'metadata.yaml').write_text(
        'rosbag2_bagfile_information:\n  relative_file_paths: '
        f'[{", ".join(f"mine_{number}.mcap" for number in range(parts))}]\n'
        '  topics_with_message_count:\n  - topic_metadata: {name: /cam/image}\n'
        f'    message_count: {sum(counts)}\n')
    return mine


@needs_ros
@pytest.mark.parametrize('fault', ['empty', 'missing'])
def test_a_bag_with_one_bad_part_is_played_without_it(folder, capsys, fault):
    bag = split_bag(folder, 3)
    if fault == 'empty':
        (bag / 'mine_1.mcap').write_bytes(b'')
    else:
        (bag / 'mine_1.mcap').unlink()
    assert main(['demo', '--bag', str(bag), '--method', 'orb', '--rate', '0.3',
                 '--out', str(folder / 'out')]) == 0
    said = capsys.readouterr().out
    assert f'mine_1.mcap is {fault}' in said and 'what the other files have is read' in said
    assert 'note: /cam/image: 12 messages were expected by what the bag says of itself, 8 were ' \
        'read' in said
    assert '8 images of' in said and 'frames answered 8' in ' '.join(said.split())


@needs_ros
def test_a_bag_that_is_cut_off_is_played_to_there(tmp_path, capsys):
    from support.bag_files import frames, write
    file, = write(tmp_path / 'mine', frames(6)).glob('*.db3')
    content = file.read_bytes()
    file.write_bytes(content[:len(content) * 6 // 10])
    words = ['demo', '--bag', str(tmp_path / 'mine'), '--method', 'orb', '--rate', '0.3', '--out']
    assert main([*words, str(tmp_path / 'out')]) == 0
    assert 'what lies before is played' in capsys.readouterr().out
    file.write_bytes(content[:300])
    assert main([*words, str(tmp_path / 'none')]) == 2
    assert 'mine.db3' in capsys.readouterr().err and not (tmp_path / 'none').exists()


@needs_ros
def test_a_bag_whose_images_cannot_be_read_says_why_and_leaves_nothing(folder, capsys):
    from residual_features_ros.tools.bags.rosbag import IMAGE, STORE, writing
    with writing(folder / 'mine') as writer:
        connection = writer.add_connection('/cam/image', IMAGE, typestore=STORE)
        for time_ns in range(1, 4):
            writer.write(connection, time_ns, b'\0\1\0\0abc')
    out = folder / 'new' / 'out'
    assert main(['demo', '--bag', str(folder / 'mine'), '--method', 'orb',
                 '--out', str(out)]) == 2
    said = capsys.readouterr().err
    assert 'no image in it; 3 images of /cam/image are not readable; the first: 7 bytes' in said
    assert not (folder / 'new').exists()


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
    (folder / 'work' / 'log').mkdir(parents=True)  # as colcon has it
    assert main([*words, '--out', str(folder / 'work'), '--mask',
                 str(folder / 'small.png')]) == 2
    assert [path.name for path in (folder / 'work').iterdir()] == ['log']
    assert said.startswith('demo: mask ') and 'is 160x64, the image 160x120' in said
    assert not (folder / 'none').exists()
    assert main([*words, '--out', str(folder / 'out'), '--mask', str(folder / 'mask.png')]) == 0
    columns = [frame.features['x'] for frame in read_recording(folder / 'out' / 'recording')]
    assert len(columns) == 4 and all(len(x) > 10 and x.max() <= 79 for x in columns)
