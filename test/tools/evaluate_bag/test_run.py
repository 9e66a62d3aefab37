# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""evaluate-bag end to end, on rendered images whose motion is known."""
import json
import re

import cv2
import numpy as np
import pytest

pytest.importorskip('rosbags', reason='the package rosbags is not installed')
from support.bag_files import COUNT, frames, infos, of_camera, stamp, truth, write
from support.rendered_scene import SIZE, camera_path

from residual_features_ros.datasets.trajectory_files import read_trajectory, write_tum
from residual_features_ros.geometry.pose import quaternion_of
from residual_features_ros.geometry.trajectory import Trajectory
from residual_features_ros.tools.bags.rosbag import IMAGE, STORE, header, image_message
from residual_features_ros.tools.command_line import main
from residual_features_ros.tools.evaluate_bag.inputs import Inputs


@pytest.fixture(scope='module')
def images():
    return frames()


@pytest.fixture(scope='module')
def whole_bag(images, tmp_path_factory):
    return write(tmp_path_factory.mktemp('whole') / 'bag',
                 [*of_camera(), *infos(), *truth(), *images], 'MCAP')


def evaluate(bag, out, *words, methods='orb'):
    code = main(['evaluate-bag', str(bag), '--out', str(out), '--methods', methods,
                 '--max-keypoints', '400', *map(str, words)])
    path = out / 'report.json'
    return code, json.loads(path.read_text()) if path.exists() else {}


def test_known_motion_is_found_and_everything_is_written(whole_bag, tmp_path, capsys):
    pytest.importorskip('evo', reason='evo is not installed: make test installs it')
    pytest.importorskip('matplotlib', reason='matplotlib is not installed')
    code, report = evaluate(whole_bag, tmp_path, '--groundtruth', '/groundtruth',
                            methods='rootsift,orb')
    assert code == 0 and report['notes'] == []
    assert {k: v for k, v in report['frames'].items() if v} == {'read from the bag': COUNT,
                                                               'evaluated': COUNT}
    for values in report['methods'].values():
        assert values['inlier_ratio'] > 0.7 and values['pairs_with_motion'] == COUNT - 1
        assert values['inlier_track_images'] > 2.5 and values['frame_ms'] > 0
    splits = report['splits']['orb']
    assert splits['inliers']['pairs'] <= COUNT - 1 and 0 <= splits['rotation_deg']['p'] <= 1
    found = report['methods']['rootsift']
    assert found['rotation_deg'] < 0.5 and found['direction_deg'] < 5
    assert found['ate_rmse'] < 0.15
    html = (tmp_path / 'report.html').read_text()
    assert len(re.findall('src="data:image/png', html)) == 8
    assert len(re.findall('src="data:image/jpeg', html)) == 4
    assert 'http' not in html and '<script' not in html
    assert 'rootsift' in html and 'opencv-contrib-python' in html
    assert '<meta name="viewport"' in html  # else a phone shows it as a desk does, tiny
    assert 'Distance to the ground truth' in html and 'without a stamp' not in html
    trajectory, _ = read_trajectory(tmp_path / 'rootsift.tum')
    assert trajectory.stamps_ns.tolist() == [stamp(i) for i in range(COUNT)]
    # Directions of ten steps in a row: what they are off adds up.
    true = camera_path(COUNT, 3)
    np.testing.assert_allclose(trajectory.poses[-1, :3, 3], true[-1, :3, 3], atol=0.5)
    text = capsys.readouterr().out
    assert 'ATE' in text and 'than orb' in text and 'than orb' in html


def untimed(figures):
    return {key: value for key, value in figures.items() if '_ms' not in key}


def test_pairs_further_apart_are_scored_by_gap(whole_bag, tmp_path, capsys, monkeypatch):
    for name in ('evo', 'matplotlib'):  # whose absence is a note
        pytest.importorskip(name, reason=f'{name} is not installed: make test installs it')
    _, plain = evaluate(whole_bag, tmp_path / 'plain', '--groundtruth', '/groundtruth',
                        methods='rootsift,orb')
    assert 'further apart' not in capsys.readouterr().out
    assert not (tmp_path / 'plain' / 'gaps.png').exists() and list(plain['gaps']) == ['1']
    read = []
    monkeypatch.setattr(Inputs, 'masked_images', lambda self, whole=Inputs.masked_images: (
        read.append(stamp) or (stamp, *rest) for stamp, *rest in whole(self)))
    code, report = evaluate(whole_bag, tmp_path / 'gaps', '--groundtruth', '/groundtruth',
                            '--gaps', '1,2,4,30', methods='rootsift,orb')
    assert code == 0 and len(read) == COUNT  # the bag is gone through once
    assert report['settings']['gaps'] == '1, 2, 4, 30'
    assert {gap: [figures['pairs'] for figures in result['methods'].values()]
            for gap, result in report['gaps'].items()} == \
        {'1': [9, 9], '2': [8, 8], '4': [6, 6], '30': [0, 0]}
    assert report['notes'] == ['gap 30: no pairs, of 10 images evaluated']
    for name, figures in report['methods'].items():
        assert untimed(figures) == untimed(plain['methods'][name])
        first = report['gaps']['1']['methods'][name]
        for key in ('pairs', 'matches', 'inliers', 'inlier_ratio', 'rotation_deg',
                    'direction_deg'):
            assert first[key] == figures[key]
    assert report['gaps']['1']['splits'] == report['splits'] == plain['splits']
    near, far, none = (report['gaps'][gap]['methods']['rootsift'] for gap in ('2', '4', '30'))
    for figures in (near, far):
        assert figures['pairs_with_truth'] == figures['accurate'] == figures['pairs']
        assert figures['accurate_share'] == 1 and figures['rotation_deg'] < 0.5
        assert figures['direction_deg'] < 3 and figures['maa@5'] > 0.8
    assert far['matches'] < near['matches'] < report['methods']['rootsift']['matches']
    assert none['accurate'] is none['maa@5'] is none['inliers'] is None
    assert report['gaps']['4']['splits']['orb']['inliers']['pairs'] <= 6
    out, page = capsys.readouterr().out, (tmp_path / 'gaps' / 'report.html').read_text()
    for said in ('Pairs of images further apart', 'gap 4: rootsift', 'gap 4: than orb',
                 'gap 30: no pairs'):
        assert said in out and said in page
    assert len(re.findall('src="data:image/png', page)) == 10 and 'Inliers by gap' in page
    assert cv2.imread(str(tmp_path / 'gaps' / 'gaps.png')) is not None


def test_gaps_count_the_images_that_are_evaluated(images, tmp_path):
    bag = write(tmp_path / 'bag', [*truth(), *images])  # no camera
    _, report = evaluate(bag, tmp_path / 'out', '--groundtruth', '/groundtruth', '--step', 2,
                         '--gaps', '3')
    assert list(report['gaps']) == ['3']  # of the images 0, 2, 4, 6, 8
    figures = report['gaps']['3']['methods']['orb']
    assert figures['pairs'] == figures['pairs_with_truth'] == 2 and figures['inliers'] > 20
    assert figures['pairs_with_motion'] == 0
    assert figures['rotation_deg'] is figures['accurate_share'] is figures['maa@5'] is None


def test_ground_truth_from_a_file_of_another_body(whole_bag, tmp_path):
    poses = camera_path(COUNT, 3)
    mount = poses[3]  # any pose of the camera in the body
    stamps = np.array([stamp(i) for i in range(COUNT)])
    write_tum(tmp_path / 'body.tum', Trajectory(stamps, poses @ np.linalg.inv(mount)))
    numbers = ' '.join(map(str, [*mount[:3, 3], *quaternion_of(mount[:3, :3])]))
    _, report = evaluate(whole_bag, tmp_path / 'out', '--groundtruth', tmp_path / 'body.tum',
                         '--camera-in-body', numbers, methods='rootsift')
    assert report['methods']['rootsift']['direction_deg'] < 5


@pytest.mark.parametrize('kind', ['TransformStamped', 'Odometry'])
def test_ground_truth_of_other_types(images, tmp_path, kind):
    types, items = STORE.types, []
    name = {'TransformStamped': 'geometry_msgs/msg/TransformStamped',
            'Odometry': 'nav_msgs/msg/Odometry'}[kind]
    for _, _, time_ns, message in truth(4):
        place, turn = message.pose.position, message.pose.orientation
        if kind == 'Odometry':
            zero, none = types['geometry_msgs/msg/Vector3'](0, 0, 0), np.zeros(36)
            posed = types['geometry_msgs/msg/PoseWithCovariance'](message.pose, none)
            speed = types['geometry_msgs/msg/Twist'](zero, zero)
            made = types[name](message.header, 'cam', posed,
                               types['geometry_msgs/msg/TwistWithCovariance'](speed, none))
        else:
            made = types[name](message.header, 'cam', types['geometry_msgs/msg/Transform'](
                types['geometry_msgs/msg/Vector3'](place.x, place.y, place.z), turn))
        items.append(('/truth', name, time_ns, made))
    bag = write(tmp_path / 'bag', [*infos(), *items, *images[:4]])
    _, report = evaluate(bag, tmp_path / 'out', '--groundtruth', '/truth')
    assert report['methods']['orb']['pairs_with_truth'] == 3


def test_a_bag_with_images_alone_is_evaluated_and_says_what_it_lacks(images, tmp_path, capsys):
    _, report = evaluate(write(tmp_path / 'bag', images[:4]), tmp_path / 'out')
    said = ' '.join(report['notes'])
    assert 'no CameraInfo' in said and 'no ground truth' in said
    assert report['methods']['orb']['inlier_ratio'] > 0.5
    assert report['methods']['orb']['rotation_deg'] is None
    assert not (tmp_path / 'out' / 'orb.tum').exists()
    assert 'note: the bag has no CameraInfo' in capsys.readouterr().out


def test_without_ground_truth_there_is_a_trajectory(whole_bag, tmp_path):
    _, report = evaluate(whole_bag, tmp_path, '--max-frames', 3)
    assert 'the bag has poses on /groundtruth' in ' '.join(report['notes'])
    trajectory, _ = read_trajectory(tmp_path / 'orb.tum')
    assert trajectory.length() == pytest.approx(2, abs=1e-3)


def test_poor_ground_truth_and_calibration_are_notes(images, tmp_path):
    calibration = infos()
    calibration[0][3].width = 640
    late = [(topic, kind, t, message) for topic, kind, t, message in truth(2)]
    _, report = evaluate(write(tmp_path / 'bag', [*calibration, *late, *images[:4]]),
                         tmp_path / 'out', '--groundtruth', '/groundtruth')
    said = ' '.join(report['notes'])
    assert '/cam/camera_info is for images of 640x240' in said
    assert 'ground truth within 0.02 s for 1 of 3 pairs' in said


def test_a_bag_without_one_good_image(tmp_path):
    image = STORE.types['sensor_msgs/msg/Image'](header(5), 9, 9, 'mono8', 0, 9,
                                                 np.zeros(81, np.uint8))
    code, report = evaluate(write(tmp_path / 'bag', [('/a', image.__msgtype__, 5, image)]),
                            tmp_path / 'out')
    assert code == 0 and 'not one image' in ' '.join(report['notes'])


@pytest.mark.parametrize(('words', 'said'), [
    (['--topic', '/none'], 'its image topics: /cam/image_raw'),
    (['--groundtruth', '/none'], 'its topics of poses: /groundtruth'),
    (['--camera-info', '/none'], 'its topics of CameraInfo: /cam/camera_info'),
    (['--methods', 'obr'], 'did you mean orb'), (['--methods', ','], 'names no method'),
    (['--camera-in-body', '1 2', '--groundtruth', '/groundtruth'], 'takes 7 numbers'),
    (['--through-node', '--gaps', '1,4'], '--gaps is for methods in this process'),
    (['--threshold', '0'], 'must be larger than 0'), (['--tolerance', '-1'], 'not be negative')])
def test_what_was_asked_for_and_is_not_there_is_refused(whole_bag, tmp_path, capsys, words, said):
    assert main(['evaluate-bag', str(whole_bag), '--out', str(tmp_path), *words]) == 2
    assert said in capsys.readouterr().err


def test_bags_that_are_none(whole_bag, tmp_path, capsys):
    assert main(['evaluate-bag', str(tmp_path / 'none')]) == 2
    assert 'no such bag' in capsys.readouterr().err
    path = next(whole_bag.glob('*.mcap'))
    (tmp_path / 'truncated.mcap').write_bytes(path.read_bytes()[:100_000])
    assert main(['evaluate-bag', str(tmp_path / 'truncated.mcap')]) == 2
    assert 'mcap recover' in capsys.readouterr().err


@pytest.mark.parametrize('storage', ['SQLITE3', 'MCAP'])
def test_a_truncated_bag_is_evaluated_up_to_there(tmp_path, capsys, storage):
    items = sorted([*infos(), *truth(16), *frames(16)], key=lambda item: item[2])
    bag = write(tmp_path / 'bag', items, storage)
    path = next(bag.glob('bag.*'))
    path.write_bytes(path.read_bytes()[:path.stat().st_size * 93 // 100])
    _, report = evaluate(bag, tmp_path / 'out', '--groundtruth', '/groundtruth')
    seen = report['frames']['evaluated']
    assert 10 < seen < 16 and report['methods']['orb']['pairs_with_truth'] >= seen - 2
    out = capsys.readouterr().out
    page = (tmp_path / 'out' / 'report.html').read_text()
    for said in (f'the bag breaks off after {seen} images ({path.name} cut off); what lies before '
                 'is evaluated', f'messages ({path.name} cut off); what lies before is used'):
        assert said in ' '.join(report['notes']) and said in out and said in page


def test_a_topic_that_is_truncated_inside_the_bag_is_told(tmp_path):
    folder = write(tmp_path / 'bag', sorted([*infos(), *truth(), *frames()], key=lambda i: i[2]))
    path = next(folder.glob('*.db3'))
    content = bytearray(path.read_bytes())
    page = len(content) * 6 // 10 // 4096 * 4096
    content[page:page + 40 * 4096] = b'\xff' * 40 * 4096
    path.write_bytes(content)
    _, report = evaluate(folder, tmp_path / 'out', '--groundtruth', '/groundtruth')
    said = ' '.join(report['notes'])
    assert 'the bag breaks off after' in said and '/groundtruth breaks off after' in said


def test_the_first_error_reaches_the_user(images, tmp_path, capsys):
    bad = [STORE.types['sensor_msgs/msg/Image'](header(stamp(i)), 9, 9, 'h264', 0, 9,
                                                np.zeros(81, np.uint8)) for i in (20, 21)]
    items = [*images[:4], *(('/cam/image_raw', image.__msgtype__, stamp(i), image)
                            for i, image in zip((20, 21), bad, strict=True))]
    _, report = evaluate(write(tmp_path / 'bag', items), tmp_path / 'out')
    said = "2 images of /cam/image_raw are not readable; the first: unknown image encoding 'h264'"
    assert said in ' '.join(report['notes']) and said in capsys.readouterr().out


def test_nothing_is_written_over(whole_bag, tmp_path, capsys):
    (tmp_path / 'orb.tum').write_text('mine')
    assert main(['evaluate-bag', str(whole_bag), '--out', str(tmp_path), '--methods', 'orb']) == 2
    assert 'orb.tum: there already, and nothing is replaced' in capsys.readouterr().err
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [('orb.tum', 'mine')]


def test_a_report_without_a_name_takes_a_new_one(whole_bag, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ('bag_report', 'bag_report_2'):
        assert main(['evaluate-bag', str(whole_bag), '--methods', 'orb', '--max-frames', '2']) == 0
        assert (tmp_path / name / 'report.json').is_file()


def test_images_behind_a_jump_of_the_stamps_have_no_true_pose(tmp_path):
    once = frames(12)
    again = [(topic, kind, time_ns + 10**10, message) for topic, kind, time_ns, message in once]
    bag = write(tmp_path / 'bag', [*infos(), *truth(12), *once, *again])
    _, report = evaluate(bag, tmp_path / 'out', '--groundtruth', '/groundtruth')
    assert report['frames']['evaluated'] == 24
    assert report['methods']['orb']['pairs_with_truth'] == 11
    said = ' '.join(report['notes'])
    assert 'the stamps jump back by 1.1 s' in said and 'no ground truth is looked up' in said


def test_kitti(data_root, tmp_path):
    if not (data_root / 'kitti' / 'sequence_1').is_dir():
        pytest.skip('RESIDUAL_FEATURES_DATA has no kitti/sequence_1')
    bag = tmp_path / 'bag'
    assert main(['make-bag', 'kitti', str(data_root / 'kitti' / 'sequence_1'), '--out', str(bag),
                 '--max-frames', '5']) == 0
    _, report = evaluate(bag, tmp_path / 'out', '--groundtruth', '/groundtruth',
                         methods='rootsift')
    found = report['methods']['rootsift']
    assert found['rotation_deg'] < 0.3 and found['direction_deg'] < 2


def test_a_mask_keeps_keypoints_off_and_one_of_another_size_is_a_sentence(whole_bag, tmp_path,
                                                                          capsys):
    mask = np.zeros(SIZE[::-1], np.uint8)
    mask[:SIZE[1] // 2] = 255
    cv2.imwrite(str(tmp_path / 'mask.png'), mask)
    cv2.imwrite(str(tmp_path / 'small.png'), mask[:64, :64])
    _, free = evaluate(whole_bag, tmp_path / 'free', methods='rootsift')
    code, masked = evaluate(whole_bag, tmp_path / 'masked', '--mask', tmp_path / 'mask.png',
                            methods='rootsift')
    assert code == 0 and masked['settings']['mask'] == str(tmp_path / 'mask.png')
    few, many = (report['methods']['rootsift']['keypoints'] for report in (masked, free))
    assert 20 < few < 0.8 * many
    assert evaluate(whole_bag, tmp_path / 'small', '--mask', tmp_path / 'small.png')[0] == 2
    assert not (tmp_path / 'small').exists()
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith('evaluate-bag: mask ') and 'is 64x64, the image' in said


def upper_masks(numbers, size=SIZE):
    """Return messages of masks, on /seg/mask, that allow the upper quarter of the images."""
    allowed = np.zeros(size[::-1], np.uint8)
    allowed[:size[1] // 4] = 255
    return [('/seg/mask', IMAGE, stamp(i), image_message(allowed, stamp(i))) for i in numbers]


def test_masks_of_a_topic_keep_keypoints_off_and_are_counted(images, tmp_path, capsys):
    bag = write(tmp_path / 'bag', [*infos(), *images[:6], *upper_masks([1, 2, 4])])
    _, free = evaluate(bag, tmp_path / 'free', '--topic', '/cam/image_raw', methods='rootsift')
    code, masked = evaluate(bag, tmp_path / 'masked', '--mask-topic', '/seg/mask',
                            methods='rootsift')
    said = ('masks of /seg/mask: 3 images had the one of their stamp, 2 an older one (up to '
            '0.1 s), 1 none')
    assert code == 0 and said in masked['notes'] and said in capsys.readouterr().out
    assert said in (tmp_path / 'masked' / 'report.html').read_text()
    assert (free['settings']['mask topic'], masked['settings']['mask topic']) == \
        ('none', '/seg/mask')
    few, many = (report['methods']['rootsift']['keypoints'] for report in (masked, free))
    assert 20 < few < 0.8 * many


def test_masks_of_topic_and_file_count_together(images, tmp_path):
    left = np.zeros(SIZE[::-1], np.uint8)
    left[:, :SIZE[0] // 2] = 255
    cv2.imwrite(str(tmp_path / 'left.png'), left)
    bag = write(tmp_path / 'bag', [*images[:2], *upper_masks([0, 1])])
    few = [evaluate(bag, tmp_path / str(i), '--topic', '/cam/image_raw', *words,
                    methods='rootsift')[1]['methods']['rootsift']['keypoints']
           for i, words in enumerate([['--mask', tmp_path / 'left.png'],
                                      ['--mask-topic', '/seg/mask'],
                                      ['--mask', tmp_path / 'left.png', '--mask-topic',
                                       '/seg/mask']])]
    assert few[2] < 0.8 * min(few[:2])


@pytest.mark.parametrize(('words', 'said'), [
    (['--mask-topic', '/none'], '--mask-topic /none: there is no such topic; masks are sensor_msgs'
     '/msg/Image in mono8; its image topics: /cam/image_raw, /seg/mask'),
    (['--mask-topic', '/cam/camera_info'], 'it is of sensor_msgs/msg/CameraInfo; masks are'),
    (['--mask-topic', '/seg/mask', '--topic', '/seg/mask'], 'is the topic of the images'),
    (['--mask-topic', '/seg/mask'], 'the mask on /seg/mask is 64x64, the image 320x240')])
def test_a_topic_that_is_no_mask_of_the_images_is_refused(images, tmp_path, capsys, words, said):
    bag = write(tmp_path / 'bag', [*infos(), *images[:2], *upper_masks([0], (64, 64))])
    assert evaluate(bag, tmp_path / 'out', *words)[0] == 2
    assert said in capsys.readouterr().err


def test_the_only_images_are_not_their_own_masks(whole_bag, tmp_path, capsys):
    assert evaluate(whole_bag, tmp_path, '--mask-topic', '/cam/image_raw')[0] == 2
    assert '/cam/image_raw is the topic of the images' in capsys.readouterr().err


def test_masks_that_allow_nothing_leave_nothing(images, tmp_path):
    nothing = [('/seg/mask', IMAGE, stamp(i), image_message(np.zeros(SIZE[::-1], np.uint8),
                                                            stamp(i))) for i in range(3)]
    code, report = evaluate(write(tmp_path / 'bag', [*infos(), *images[:3], *nothing]),
                            tmp_path / 'out', '--mask-topic', '/seg/mask', methods='orb,rootsift')
    assert code == 0 and report['frames']['evaluated'] == 3
    assert [values['keypoints'] for values in report['methods'].values()] == [0, 0]


def test_images_whose_luma_is_taken_alone_are_told(tmp_path):
    def planes(i):
        luma = np.tile(np.random.default_rng(0).integers(0, 256, (120, 160), np.uint8), (2, 2))
        return STORE.types['sensor_msgs/msg/Image'](
            header(stamp(i)), 240, 320, 'nv12', 0, 320,
            np.concatenate([luma.ravel(), np.full(120 * 320, 128, np.uint8)]))

    items = [('/a', planes(i).__msgtype__, stamp(i), planes(i)) for i in range(2)]
    _, report = evaluate(write(tmp_path / 'bag', items), tmp_path / 'out')
    assert report['frames']['evaluated'] == 2
    assert 'the images are nv12: their luma alone is used' in report['notes']
