# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Does damage pass in silence? python test/support/fuzz.py [messages bags texts images].

Good inputs are damaged at random, from one seed, and read. Each must give what the good one gives,
an error of ours in one line, or a loss that is counted or noted. What is looked for is anything
else: another exception, a message of many lines, or less than before without a word. Damage that
nobody could notice, another digit or another pixel, is not done, or its values are not compared.
--share S makes a part of the whole counts, --seed N others. It exits with 1 where something was
found, and prints the number of the first of each.
"""
from __future__ import annotations

import argparse
import collections
import re
import shutil
import sys
import tempfile
import traceback
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / 'test')]

from residual_features_ros.datasets.calibration import (  # noqa: E402
    camera_from_message,
    camera_from_yaml,
)
from residual_features_ros.datasets.image_files import read_image  # noqa: E402
from residual_features_ros.datasets.trajectory_files import read_trajectory  # noqa: E402
from residual_features_ros.errors import CommandError, ConfigError, DatasetError  # noqa: E402
from residual_features_ros.image import check_image  # noqa: E402
from residual_features_ros.ros.images import ConversionError, image_from_message  # noqa: E402
from residual_features_ros.tools.evaluate_bag.inputs import open_inputs  # noqa: E402
from residual_features_ros.tools.evaluate_bag.options import InputOptions  # noqa: E402
from support import bag_files  # noqa: E402
from support.image_messages import image_message  # noqa: E402
from support.pictures import textured  # noqa: E402
from support.rendered_scene import MATRIX, camera_path  # noqa: E402

OURS = CommandError, ConfigError, ConversionError, DatasetError
STRANGE = b'x\0\xff,;\t \n#:[{\r'  # among numbers
LONGEST = 600  # characters of an error
ENCODINGS = ('mono8', 'bgr8', 'rgba8', 'mono16', '32FC1', 'bayer_rggb8', 'yuv422', 'bgr16')
ODD = (0, 1, 2, 3, 7, 255, 2**16, 2**31 - 1, 2**32 - 1, -1, float('nan'), float('inf'), '', 'x')


class Silence(Exception):
    """Less than there was, and no word of it."""


def damaged(rng, data):
    """Return bytes with one to three faults: truncated, flipped, zeroed, doubled or filled."""
    data = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        at, length = int(rng.integers(len(data) + 1)), int(rng.integers(1, 64))
        match rng.integers(5):
            case 0:
                del data[at:]
            case 1 if at < len(data):
                data[at] ^= 1 << int(rng.integers(8))
            case 2:
                data[at:at + length] = bytes(len(data[at:at + length]))
            case 3:
                data[at:at] = data[at:at + length]
            case _:
                data[at:at + length] = rng.bytes(length)
    return bytes(data)


def messages(rng, folder):
    """Fields of images and calibrations of other values, sizes and kinds."""
    while True:
        bgr = textured(int(rng.integers(16, 40)) * 2, int(rng.integers(16, 40)) * 2, 3)
        kind = rng.integers(3)
        if kind == 0:
            message = image_message(bgr, str(rng.choice(ENCODINGS)))
            names = 'height', 'width', 'encoding', 'is_bigendian', 'step', 'data'
        elif kind == 1:
            ending = str(rng.choice(['.jpg', '.png']))
            data = cv2.imencode(ending, bgr)[1].tobytes()
            message = SimpleNamespace(format=ending[1:], data=data)
            names = 'format', 'data', 'data', 'data'
        else:
            message = SimpleNamespace(
                k=MATRIX.ravel(), d=np.zeros(5), r=np.eye(3).ravel(), width=320, height=240,
                p=np.hstack([MATRIX, np.zeros((3, 1))]).ravel(), distortion_model='plumb_bob',
                binning_x=0, binning_y=0, roi=SimpleNamespace(
                    x_offset=0, y_offset=0, width=0, height=0, do_rectify=False))
            names = 'k', 'd', 'p', 'width', 'height', 'distortion_model', 'binning_x'
        _spoil(rng, message, str(rng.choice(names)))

        def read(message=message, kind=kind):
            if kind == 2:
                camera = camera_from_message(message)
                if not np.isfinite(camera.K).all():
                    raise Silence(f'a camera matrix of {camera.K.ravel()}')
                return
            image = image_from_message(message)
            try:
                check_image(image)
            except ValueError as error:
                raise ConversionError(str(error)) from error
            stated = getattr(message, 'height', None), getattr(message, 'width', None)
            if kind == 0 and image.shape[:2] != stated:
                raise Silence(f'{image.shape} of a message of {stated}')

        yield vars(message), read


def _spoil(rng, message, name):
    """Give a field another value of its type: a message of ROS 2 can hold no other."""
    value = getattr(message, name)
    if isinstance(value, bytes):
        setattr(message, name, damaged(rng, value))
    elif isinstance(value, np.ndarray):
        value = value.copy()
        if name == 'd':
            value = np.resize(value, int(rng.integers(0, 16)))
        if len(value):
            value[rng.integers(len(value))] = rng.choice([0, -1, 1e300, np.nan, np.inf])
        setattr(message, name, value)
    elif isinstance(value, str):
        setattr(message, name, damaged(rng, value.encode()).decode('utf-8', 'replace'))
    else:
        numbers = [odd for odd in ODD if isinstance(odd, int) and odd >= 0]
        setattr(message, name, int(rng.choice(numbers)))


def bags(rng, folder):
    """Bags of all storages with damaged files; the images that come are counted."""
    good = _good_bags(folder)
    known = {path: _read_bag(path) for path in good}
    while True:
        source = good[rng.integers(len(good))]
        path = folder / f'damaged{source.suffix}'
        shutil.rmtree(path, ignore_errors=True)
        path.unlink(missing_ok=True)
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, path)
        file = path
        if path.is_dir():
            files = sorted(path.iterdir())
            file = files[rng.integers(len(files))]
        file.write_bytes(damaged(rng, file.read_bytes()))

        def read(path=path, clean=known[source]):
            stamps, told = _read_bag(path)
            if stamps != clean[0] and told <= clean[1]:
                raise Silence(f'{len(stamps)} of {len(clean[0])} images')

        yield f'{source.name}/{file.name}', read


def _good_bags(folder):
    items = [*bag_files.infos(), *bag_files.truth(6), *bag_files.frames(6)]
    return [bag_files.write(folder / 'sqlite', items),
            bag_files.write(folder / 'mcap', items, 'MCAP'),
            bag_files.write_ros1(folder / 'one.bag', items[1:])]


def _read_bag(path):
    """Return the stamps of the images that come, and all that is told beside them."""
    inputs = open_inputs(InputOptions(path, topic='/cam/image_raw', groundtruth='/groundtruth'))
    stamps = [stamp for stamp, _ in inputs.images]
    told = {*inputs.notes, *(what for what in inputs.images.counts if what.startswith('lost'))}
    return stamps, told | set(inputs.images.notes)


def texts(rng, folder):
    """Ground truth and calibrations with letters, signs and bytes among their numbers."""
    path = folder / 'text'
    poses = camera_path(20)[:, :3, 3]
    tum = '# time x y z qx qy qz qw\n' + ''.join(
        f'{i / 10:.3f} {x:.6f} {y:.6f} {z:.6f} 0 0 0 1\n' for i, (x, y, z) in enumerate(poses))
    euroc = '#timestamp [ns],px,py,pz,qw,qx,qy,qz\n' + ''.join(
        f'{10**18 + i * 10**8},{x:.6f},{y:.6f},{z:.6f},1,0,0,0\n'
        for i, (x, y, z) in enumerate(poses))
    yaml = ('image_width: 320\nimage_height: 240\ncamera_matrix:\n  rows: 3\n  cols: 3\n  data: '
            f'{MATRIX.ravel().tolist()}\ndistortion_model: plumb_bob\ndistortion_coefficients:\n'
            '  data: [0, 0, 0, 0, 0]\n')
    while True:
        text = (tum, euroc, yaml)[rng.integers(3)]
        data = bytearray(text.encode())
        for _ in range(rng.integers(1, 4)):
            at = int(rng.integers(len(data)))
            data[at:at + int(rng.integers(0, 2))] = bytes(rng.choice(list(STRANGE), 1))
        path.write_bytes(data)

        def read(is_yaml=text is yaml, data=bytes(data)):
            if is_yaml:
                camera = camera_from_yaml(path)
                if not np.isfinite(camera.K).all():
                    raise Silence(f'a camera matrix of {camera.K.ravel()}')
                return
            found, left_out = read_trajectory(path)
            rows = [row for row in re.split(rb'[\r\n]+', data)
                    if row.strip() and not row.lstrip().startswith(b'#')]
            if len(found) + left_out < len(rows) - 1:  # a row of words may be the header
                raise Silence(f'{len(found)} poses of {len(rows)} rows, {left_out} left out')

        yield bytes(data), read


def images(rng, folder):
    """Files of pictures with damaged bytes."""
    bgr = textured(64, 48, 5)
    while True:
        ending = str(rng.choice(['.png', '.jpg', '.bmp', '.tiff', '.pgm', '.webp']))
        picture = bgr[..., 0] if ending == '.pgm' else bgr
        path = folder / f'image{ending}'
        path.write_bytes(damaged(rng, cv2.imencode(ending, picture)[1].tobytes()))

        def read(path=path):
            image = read_image(path)
            if image.dtype != np.uint8 or image.size == 0:
                raise Silence(f'{image.dtype} {image.shape}')

        yield path.name, read


PARTS = {'messages': (messages, 20000), 'bags': (bags, 2000), 'texts': (texts, 2000),
         'images': (images, 1000)}


def outcome(read):
    """Return what reading came to: good, an error of ours, or what was found."""
    try:
        read()
    except OURS as error:
        text = str(error)
        return 'error' if text and '\n' not in text and len(text) < LONGEST else \
            f'FOUND a message of {len(text)} characters: {text[:300]!r}'
    except Silence as error:
        return f'FOUND silence: {error}'
    except Exception as error:  # what else there is, is what is looked for
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f'{Path(frame.filename).name}:{frame.lineno}'
        return f'FOUND {type(error).__name__} in {where}: {error}'
    return 'good or told'


def fuzz(part, count, seed):
    """Return how many times each outcome came, and the first number of each that was found."""
    make, outcomes, first = PARTS[part][0], collections.Counter(), {}
    with tempfile.TemporaryDirectory() as folder:
        damages = make(np.random.default_rng(seed), Path(folder))
        for number in range(count):
            what, read = next(damages)
            came = outcome(read)
            outcomes[came.split(':')[0] if came.startswith('FOUND') else came] += 1
            if came.startswith('FOUND'):
                first.setdefault(came.split(':')[0], f'{number}: {came} {str(what)[:200]}')
    return outcomes, first


def main(arguments=None):
    """Run the parts asked for; return 1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('parts', nargs='*', default=list(PARTS), metavar='PART')
    parser.add_argument('--share', type=float, default=1.0, help='of the whole counts')
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args(arguments)
    found = 0
    for part in args.parts:
        count = max(1, round(PARTS[part][1] * args.share))
        outcomes, first = fuzz(part, count, args.seed)
        print(f'{part}: {count} of seed {args.seed}:',
              ', '.join(f'{n} {what}' for what, n in outcomes.most_common()), flush=True)
        for line in first.values():
            print('   ', line, flush=True)
        found += len(first)
    return int(found > 0)


if __name__ == '__main__':
    cv2.setLogLevel(0) if hasattr(cv2, 'setLogLevel') else None
    sys.exit(main())
