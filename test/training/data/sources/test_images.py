# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import pytest
from support.pictures import textured

from training.__main__ import main
from training.data.sources.images import open_folder, split

LAYOUTS = {'train2014': 'COCO_train2014_{:012}.jpg', 'train2017': '{:012}.jpg'}


@pytest.fixture(params=LAYOUTS)
def coco(request, tmp_path):
    """Return the photographs' folder of a made tree of COCO's layout."""
    folder = tmp_path / 'coco' / request.param
    folder.mkdir(parents=True)
    for number in range(9, 69, 10):
        path = folder / LAYOUTS[request.param].format(number)
        cv2.imwrite(str(path), textured(200, 150, seed=number))
    annotations = tmp_path / 'coco' / 'annotations'
    annotations.mkdir()
    (annotations / f'instances_{request.param}.json').write_text(json.dumps({'images': []}))
    return folder


def truncate(path, share=0.6):
    whole = path.read_bytes()
    path.write_bytes(whole[:int(share * len(whole))])


def test_coco_is_read_from_its_root_and_from_its_photographs(coco):
    root, photographs = open_folder(coco.parent), open_folder(coco)
    assert len(root.names) == 6 and root.names == tuple(f'coco/{n}' for n in photographs.names)
    for source in (root, photographs):
        assert all(source.read(name).shape == (150, 200, 3) for name in source.names)


def test_the_validation_images_of_coco_do_not_depend_on_the_folder_given(coco):
    parts = [split(open_folder(folder), 0.5) for folder in (coco.parent, coco)]
    for a, b in zip(*parts, strict=True):
        assert [name.split('/')[-1] for name in a.names] == \
            [name.split('/')[-1] for name in b.names]


@pytest.mark.parametrize('share', [0.02, 0.3, 0.95])
def test_a_truncated_photograph_is_named_not_filled_with_grey(coco, share):
    path = sorted(coco.iterdir())[2]
    truncate(path, share)
    source = open_folder(coco.parent)
    assert path.name in source.names[2]
    with pytest.raises(ValueError, match=f'{path.name}: not an image .*, or truncated'):
        source.read(source.names[2])
    source.read(source.names[1])


def test_empty_and_vanished_photographs_are_named(coco):
    source = open_folder(coco)
    first, second = sorted(coco.iterdir())[:2]
    first.write_bytes(b'')
    second.unlink()
    with pytest.raises(ValueError, match=rf'{first.name}: not an image'):
        source.read(source.names[0])
    with pytest.raises(ValueError, match=rf'{second.name}: No such file'):
        source.read(source.names[1])


@pytest.mark.parametrize('command', [
    ['train', 'residual_rootsift_small', 'data.workers=0', 'data.size=(128, 96)',
     'data.validation_pairs=1', 'optim.batch=8', 'optim.steps=1', 'threads=1', 'data.images='],
    ['pack', '--out', 'photographs.pack', '--size', '128x96', '']])
def test_training_and_packing_say_which_photograph_is_truncated(coco, command, capfd, tmp_path,
                                                                monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = sorted(coco.iterdir())[2]
    truncate(path)
    assert main([*command[:-1], f'{command[-1]}{coco.parent}']) == 2
    assert f'{path}: not an image that OpenCV can read, or truncated' in capfd.readouterr().err


def test_photographs_are_sorted_as_text_and_rests_of_other_systems_left_out(tmp_path):
    for name in ('10.png', '2.png', '1.png', '._2.png', '.Trash/3.png'):
        (tmp_path / 'in' / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / 'in' / name).touch()
    assert open_folder(tmp_path / 'in').names == ('in/1.png', 'in/10.png', 'in/2.png')
