# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A textured wall seen by cameras that move sideways, written in each layout."""
import json
import struct

import cv2
import h5py
import numpy as np

from support.pictures import textured
from training.data.rgbd_views import RgbdView

WIDTH, HEIGHT, FOCAL, WALL = 200, 150, 160.0, 4.0
K = np.array([[FOCAL, 0, 99.5], [0, FOCAL, 74.5], [0, 0, 1]])


def wall_view(step_x, turn_deg=0.0, matrix=K):
    """Return the view of a camera at (step_x, 0, 0), turned about its axis, of a wall at z = 4."""
    cosine, sine = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    R = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    t = -R @ [step_x, 0, 0]
    # The wall's picture has 40 pixels per unit, and its middle on the first camera's axis.
    to_wall = np.array([[40.0, 0, 299.5], [0, 40.0, 199.5], [0, 0, 1]])
    plane = matrix @ np.stack([R[:, 0], R[:, 1], R[:, 2] * WALL + t], 1) @ np.linalg.inv(to_wall)
    image = cv2.warpPerspective(textured(600, 400, seed=5), plane, (WIDTH, HEIGHT))
    return RgbdView(image, np.full((HEIGHT, WIDTH), WALL, np.float32), matrix, R, t)


def write_h5(path, **arrays):
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, 'w') as file:
        for name, array in arrays.items():
            file[name] = array


def write_image(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image)


def to_colmap(matrix):
    """Return K for pixels whose first has its centre at (.5, .5)."""
    moved = matrix.copy()
    moved[:2, 2] += 0.5
    return moved


def write_video(folder, count):
    """Write a video with depth and poses: each camera stands 0.05 right of the one before."""
    poses = []
    for number in range(count):
        view = wall_view(0.05 * number)
        write_image(folder / 'images' / f'{number:02}.png', view.image)
        write_image(folder / 'depth' / f'{number:02}.png', (view.depth * 1000).astype(np.uint16))
        pose = np.eye(4)
        pose[0, 3] = 0.05 * number
        poses.append(pose.ravel())
    np.savetxt(folder / 'poses.txt', poses)
    np.savetxt(folder / 'K.txt', K)


def words(values):
    return ' '.join(map(str, values))


def write_megadepth(root, views, loftr):
    """Write one scene; its first frame has no depth."""
    images, depths, poses = [], [], []
    for number, view in enumerate(views):
        image, depth = f'Undistorted_SfM/0001/images/{number}.png', f'phoenix/0001/{number}.h5'
        write_image(root / image, view.image)
        write_h5(root / depth, depth=view.depth)
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = view.R, view.t
        images.append(image)
        depths.append(depth if number else None)
        poses.append(pose if loftr else pose.flatten())
    metadata = {'image_paths': np.array(images, object), 'depth_paths': np.array(depths, object),
             'intrinsics': np.array([to_colmap(v.K) for v in views]), 'poses': np.array(poses)}
    if loftr:
        metadata['pair_infos'] = np.empty(2, object)
        metadata['pair_infos'][:] = [(np.array([1, 2]), 0.5, np.zeros(4)),
                                  (np.array([0, 2]), 0.4, np.zeros(4))]
    else:
        metadata['overlap_matrix'] = np.full((len(views),) * 2, -1.0)
        metadata['overlap_matrix'][1, 2] = metadata['overlap_matrix'][2, 1] = 0.6
    index = root / ('index/scene_info_0.1_0.7/0001_0.1_0.3.npz' if loftr
                    else 'scene_info/0001.0.npz')
    index.parent.mkdir(parents=True)
    np.savez(index, **metadata)


def write_phototourism(root, views):
    folder = root / 'reichstag' / 'set_100'
    for number, view in enumerate(views):
        name = f'0{number}_12'
        write_image(folder / 'images' / f'{name}.jpg', view.image)
        write_h5(folder / 'depth_maps' / f'{name}.h5', depth=view.depth)
        write_h5(folder / 'calibration' / f'calibration_{name}.h5', K=to_colmap(view.K), R=view.R,
                 T=view.t[:, None])
    (folder / 'new-vis-pairs').mkdir()
    np.save(folder / 'new-vis-pairs' / 'keys-th-0.1.npy', np.array(['01_12-00_12', '02_12-01_12']))


def write_dense(root, views, points, without_depth=None):
    """Write the views with COLMAP's model; points are the numbers of those that each sees."""
    folder = root / 'brandenburg_gate' / 'dense'
    (folder / 'sparse').mkdir(parents=True, exist_ok=True)
    cameras = images = struct.pack('<Q', len(views))
    for number, (view, seen) in enumerate(zip(views, points, strict=True)):
        write_image(folder / 'images' / f'{number}.jpg', view.image)
        if number != without_depth:
            write_h5(folder / 'stereo' / 'depth_maps_clean_300_th_0.10' / f'{number}.h5',
                     depth=view.depth)
        matrix = to_colmap(view.K)
        cameras += struct.pack('<iiQQ4d', number + 7, 1, WIDTH, HEIGHT, matrix[0, 0],
                               matrix[1, 1], matrix[0, 2], matrix[1, 2])
        x, y, z, w = quaternion(view.R)
        images += struct.pack('<i7di', number, w, x, y, z, *view.t, number + 7)
        images += f'{number}.jpg'.encode() + struct.pack('<xQ', len(seen) + 1)
        for point in (-1, *seen):
            images += struct.pack('<2dq', 0.5, 0.5, point)
    (folder / 'sparse' / 'cameras.bin').write_bytes(cameras)
    (folder / 'sparse' / 'images.bin').write_bytes(images)


def quaternion(R):
    """Return x, y, z, w of a rotation matrix."""
    axis, _ = cv2.Rodrigues(R)
    angle = np.linalg.norm(axis)
    return [*(np.sin(angle / 2) * axis.ravel() / max(angle, 1e-12)), np.cos(angle / 2)]


def write_tum(folder, views, per_metre=5000, calibration=True):
    """Write a video of 10 frames a second; poses come 5 ms later."""
    lists = {'rgb.txt': ['# a comment'], 'depth.txt': [], 'groundtruth.txt': ['# time tx ty tz q']}
    for number, view in enumerate(views):
        time = 1000 + number / 10
        write_image(folder / 'rgb' / f'{number}.png', view.image)
        write_image(folder / 'depth' / f'{number}.png',
                    np.rint(view.depth * per_metre).astype(np.uint16))
        centre = -view.R.T @ view.t
        lists['rgb.txt'].append(f'{time} rgb/{number}.png')
        lists['depth.txt'].append(f'{time} depth/{number}.png')
        lists['groundtruth.txt'].append(
            f'{time + 0.005} {words([*centre, *quaternion(view.R.T)])}')
    for name, lines in lists.items():
        (folder / name).write_text('\n'.join(lines) + '\n')
    if calibration:
        K = views[0].K
        unit = [] if per_metre == 5000 else [per_metre]
        (folder / 'calibration.txt').write_text(
            words([K[0, 0], K[1, 1], K[0, 2], K[1, 2], *unit]) + '\n')


AIRSIM_K = np.array([[WIDTH / 2, 0, 99.5], [0, WIDTH / 2, 74.5], [0, 0, 1]])  # 90 degrees wide


def write_airsim(scene, count, step=0.05, lights=('00_day_light', '00_night_light')):
    """Write a scene of AirSim: cameras that look north at a wall and step east, in each light."""
    frames = []
    x, y = np.meshgrid(np.arange(WIDTH) - 99.5, np.arange(HEIGHT) - 74.5)
    slant = np.sqrt(1 + (x**2 + y**2) / (WIDTH / 2)**2)
    for number in range(count):
        view = wall_view(step * number, matrix=AIRSIM_K)
        for gain, light in zip((1.0, 0.6), lights, strict=False):
            write_image(scene / light / 'img' / f'{number:03}.png',
                        cv2.convertScaleAbs(view.image, alpha=gain))
            write_pfm(scene / light / 'depth_persp' / f'{number:03}.pfm', view.depth * slant)
        frames.append({'id': f'{number:03}',
                       'position': {'x_val': 0.0, 'y_val': step * number, 'z_val': 0.0},
                       'orientation': {'w_val': 1.0, 'x_val': 0.0, 'y_val': 0.0, 'z_val': 0.0}})
    (scene / f'{scene.name}.json').write_text(json.dumps(frames))


def write_pfm(path, values):
    """Write (H, W) as a PFM, whose rows begin at the bottom."""
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = values.shape
    path.write_bytes(f'Pf\n{width} {height}\n-1.0\n'.encode()
                     + np.flipud(values).astype('<f4').tobytes())
