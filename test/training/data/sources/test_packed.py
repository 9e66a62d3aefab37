# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import multiprocessing
import os
import subprocess
import sys
import zipfile

import cv2
import numpy as np
import pytest
from support.paths import ROOT
from support.pictures import textured

from training import checkpoint
from training.__main__ import main, parse
from training.config import DataConfig, override
from training.data.pairs.keypoint_pairs import KeypointPairs
from training.data.sources.images import open_folder, split
from training.data.sources.packed import MARGIN, QUALITY, open_images, open_pack, write_pack
from training.methods.residual.recipe import create
from training.train import train

METHOD = 'residual_rootsift_small'
SIZE = (128, 96)


@pytest.fixture(scope='module')
def pack(photographs, tmp_path_factory):
    """Return the pack of the six pictures."""
    return write_pack(photographs, tmp_path_factory.mktemp('pack') / 'six.pack', SIZE)


@pytest.fixture
def damaged(pack, tmp_path):
    """Return a function that writes a changed copy of the pack."""
    def write(change):
        path = tmp_path / 'damaged.pack'
        path.write_bytes(change(pack.path.read_bytes()))
        return path
    return write


def test_pictures_are_the_folders_shrunk_to_cover_size_and_margin(photographs, pack):
    folder = open_folder(photographs)
    assert pack.names == folder.names
    for name in pack.names:
        picture, original = pack.read(name), folder.read(name)
        assert picture.shape == (120, 160, 3)  # 240x180 covers 128x96 * 1.25 = 160x120
        expected = cv2.resize(original, (160, 120), interpolation=cv2.INTER_AREA)
        # Chroma is kept at half the resolution: grey values tell what JPEG loses.
        grey = [cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in (picture, expected)]
        assert cv2.PSNR(*grey) > 28


def test_small_pictures_are_not_enlarged(photographs, tmp_path):
    pack = write_pack(photographs, tmp_path / 'large.pack', (640, 480), quality=95)
    assert pack.read(pack.names[0]).shape == (180, 240, 3)


@pytest.mark.parametrize('share', [0.0, 0.3, 0.5])
def test_the_split_is_the_folders(photographs, pack, share):
    for packed, folder in zip(split(pack, share), split(open_folder(photographs), share),
                              strict=True):
        assert packed.names == folder.names


def test_names_do_not_depend_on_how_the_folder_is_written(photographs, monkeypatch):
    names = open_folder(photographs).names
    assert names[0] == f'{photographs.name}/first/0.png'
    monkeypatch.chdir(photographs)
    assert open_folder('.').names == open_folder('first/..').names == names


def test_a_file_that_is_there_is_not_replaced(photographs, tmp_path):
    for name in ('mine.jpg', 'mine.jpg.part'):
        (tmp_path / name).write_text('mine')
    with pytest.raises(ValueError, match=r'mine\.jpg: there already, and nothing is replaced'):
        write_pack(photographs, tmp_path / 'mine.jpg', SIZE)
    write_pack(photographs, tmp_path / 'other.jpg', SIZE)
    assert {path.name: path.read_bytes() for path in tmp_path.glob('mine*')} == {
        'mine.jpg': b'mine', 'mine.jpg.part': b'mine'}


def test_the_same_folder_gives_the_same_bytes(photographs, pack, tmp_path):
    again = write_pack(photographs, tmp_path / 'again.pack', SIZE)
    assert again.path.read_bytes() == pack.path.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ['again.pack']


def test_label_maps_are_left_out(tmp_path):
    folder = tmp_path / 'mixed'
    folder.mkdir()
    drawing = np.zeros((120, 160, 3), np.uint8)
    cv2.rectangle(drawing, (20, 30), (90, 100), (200, 30, 30), -1)
    cv2.imwrite(str(folder / 'map.png'), drawing)
    with pytest.raises(ValueError, match='only label maps'):
        write_pack(folder, tmp_path / 'new.pack', SIZE)
    assert [path.name for path in tmp_path.iterdir()] == ['mixed']
    cv2.imwrite(str(folder / 'photograph.png'), textured())
    assert write_pack(folder, tmp_path / 'new.pack', SIZE).names == ('mixed/photograph.png',)


def test_a_sample_depends_on_seed_and_number_alone(pack):
    config = DataConfig(size=SIZE, keypoints=50)
    a, b = (KeypointPairs(open_pack(pack.path), 'rootsift', config, 3, 40) for _ in range(2))
    b[5]
    for name, value in a[17].items():
        np.testing.assert_array_equal(value, b[17][name])


def test_forked_workers_read_what_the_process_itself_reads(pack):
    names = pack.names * 20
    expected = [pack.read(name) for name in names]  # the file is open when the workers start
    with multiprocessing.get_context('fork').Pool(2) as workers:
        for image, other in zip(expected, workers.map(pack.read, names, chunksize=1),
                                strict=True):
            np.testing.assert_array_equal(image, other)


def test_the_command_line_packs_and_trains_with_a_worker(photographs, small_run, tmp_path):
    def run(*arguments):  # a process of its own: OpenCV's threads must not run before the fork
        return subprocess.run([sys.executable, '-m', 'training', *arguments], cwd=ROOT,
                              check=True, capture_output=True, text=True, timeout=120).stdout
    file = tmp_path / 'new' / 'some.pack'
    said = run('pack', str(photographs), '--size', '128x96', '--out', str(file))
    assert said.startswith(f'{file}: 6 photographs, ')
    run('train', METHOD, *small_run, f'data.images={file}', 'data.workers=1', 'optim.steps=2',
        '--out', str(tmp_path / 'run'))
    assert checkpoint.load(tmp_path / 'run' / 'last.pt').step == 2


def test_a_pack_trains(pack, small_run, tmp_path):
    config = override(create(METHOD), [*small_run, f'data.images={pack.path}', 'optim.steps=2'])
    assert checkpoint.load(train(config, tmp_path)).step == 2


def test_the_command_lines_defaults_are_the_functions():
    _, options = parse(['pack', 'DIR', '--out', 'FILE'])
    assert (options.size, options.margin, options.quality) == ((320, 240), MARGIN, QUALITY)


@pytest.mark.parametrize('arguments', [['--quality', '0'], ['--margin', '0.5'],
                                       ['--size', '0x240']])
def test_settings_out_of_range_are_refused(photographs, tmp_path, arguments, capsys):
    assert main(['pack', str(photographs), '--out', str(tmp_path / 'a'), *arguments]) == 2
    assert 'quality 1 to 100' in capsys.readouterr().err


def test_a_size_is_width_x_height(photographs, capsys):
    with pytest.raises(SystemExit):
        main(['pack', str(photographs), '--out', 'a', '--size', '320'])
    assert "expected WIDTHxHEIGHT, got '320'" in capsys.readouterr().err


def test_folders_that_cannot_be_packed_are_named(photographs, tmp_path):
    with pytest.raises(ValueError, match='no images'):
        write_pack(tmp_path, tmp_path / 'a.pack', SIZE)
    with pytest.raises(ValueError, match='no such folder'):
        write_pack(tmp_path / 'absent', tmp_path / 'a.pack', SIZE)
    with pytest.raises(ValueError, match='--out takes a file'):
        write_pack(photographs, tmp_path, SIZE)


def test_larger_views_than_packed_for_are_refused(pack, photographs):
    assert open_images(pack.path, SIZE) == pack
    assert open_images(photographs, (640, 480)) == open_folder(photographs)
    with pytest.raises(ValueError, match='packed for 128x96, pack again with --size 160x96'):
        open_images(pack.path, (160, 96))
    with pytest.raises(ValueError, match='no such folder or pack'):
        open_images(pack.path.with_name('absent.pack'), SIZE)


@pytest.mark.parametrize('content', [b'', b'text', b'\x89PNG\r\n'])
def test_what_is_no_pack_is_named(content, damaged):
    with pytest.raises(ValueError, match=r'damaged\.pack: not a pack .*training pack'):
        open_images(damaged(lambda _: content), SIZE)


@pytest.mark.parametrize('index', [None, '[]', '{"format": "photographs 0"}', 'text'])
def test_another_zip_is_no_pack(index, tmp_path):
    with zipfile.ZipFile(tmp_path / 'other.zip', 'w') as archive:
        archive.writestr('a.png', b'')
        if index is not None:
            archive.writestr('pack.json', index)
    with pytest.raises(ValueError, match=r'other\.zip: not a pack'):
        open_pack(tmp_path / 'other.zip')


@pytest.mark.parametrize('share', [0.01, 0.5, 0.99])
def test_a_truncated_pack_is_named(share, damaged):
    with pytest.raises(ValueError, match=r'damaged\.pack: truncated or damaged, copy'):
        open_images(damaged(lambda whole: whole[:int(share * len(whole))]), SIZE)


def test_a_damaged_picture_is_named(pack, damaged):
    middle = pack.path.stat().st_size // 24  # in the first of six pictures
    path = damaged(lambda whole: whole[:middle] + b'damage' + whole[middle + 6:])
    with pytest.raises(ValueError, match=r'damaged\.pack: .*first/0\.png is damaged'):
        open_pack(path).read(pack.names[0])


def test_names_that_are_not_utf8_are_packed(tmp_path):
    (tmp_path / 'in').mkdir()
    image = cv2.imencode('.png', textured(200, 150))[1].tobytes()
    for name in (b'caf\xe9.png', b'a.png'):
        (tmp_path / 'in' / os.fsdecode(name)).write_bytes(image)
    pack = write_pack(tmp_path / 'in', tmp_path / 'a.pack', (64, 48))
    assert pack.names == ('in/a.png', r'in/caf\xe9.png')
    assert pack.read(pack.names[1]).shape[2] == 3
    for part in split(open_folder(tmp_path / 'in'), 0.5):
        assert all(part.read(name).shape == (150, 200, 3) for name in part.names)
