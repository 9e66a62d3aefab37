# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Nothing that is there is written over."""
import pytest

from residual_features_ros.errors import OutputError
from residual_features_ros.outputs import refuse_existing, undone_on_error, unused


def test_what_is_there_is_named(tmp_path):
    (tmp_path / 'a.png').write_bytes(b'mine')
    (tmp_path / 'broken').symlink_to(tmp_path / 'nowhere')
    with pytest.raises(OutputError, match=r'a\.png, .*broken: there already.*another --out'):
        refuse_existing([tmp_path / 'a.png', tmp_path / 'b.png', tmp_path / 'broken'])
    refuse_existing([tmp_path / 'b.png'])


def test_a_path_of_its_own_choice_is_a_new_one(tmp_path):
    assert unused(tmp_path / 'out.png') == tmp_path / 'out.png'
    for name in ('out.png', 'out_2.png'):
        (tmp_path / name).touch()
    assert unused(tmp_path / 'out.png') == tmp_path / 'out_3.png'


def fails_at(folder, error=ValueError, keep=()):
    with pytest.raises(error), undone_on_error(folder, ['bag', 'log']) as unfinished:
        (folder / 'bag').mkdir()
        (folder / 'bag' / 'data').write_bytes(b'half')
        (folder / 'log').write_bytes(b'x')
        unfinished.difference_update(keep)
        raise error


@pytest.mark.parametrize('error', [ValueError, KeyboardInterrupt])
def test_what_an_error_leaves_goes_with_the_folders_made_for_it(tmp_path, error):
    fails_at(tmp_path / 'a' / 'b', error)
    assert not list(tmp_path.iterdir())


def test_what_was_there_or_came_from_others_stays(tmp_path):
    (tmp_path / 'a').mkdir()
    (tmp_path / 'a' / 'mine').write_bytes(b'mine')
    fails_at(tmp_path / 'a')
    assert [path.name for path in (tmp_path / 'a').iterdir()] == ['mine']
    (tmp_path / 'empty').mkdir()
    fails_at(tmp_path / 'empty')
    assert (tmp_path / 'empty').is_dir()
    fails_at(tmp_path / 'c', keep=['log'])
    assert [path.name for path in (tmp_path / 'c').iterdir()] == ['log']


def test_what_is_there_is_refused_and_stays(tmp_path):
    (tmp_path / 'bag').mkdir()
    (tmp_path / 'bag' / 'data').write_bytes(b'mine')
    with pytest.raises(OutputError, match='there already'), \
            undone_on_error(tmp_path, ['bag', 'log']):
        pass
    assert (tmp_path / 'bag' / 'data').read_bytes() == b'mine'


def test_what_another_program_made_meanwhile_stays(tmp_path):
    fails_at(tmp_path / 'a', error=OutputError)
    assert (tmp_path / 'a' / 'bag' / 'data').read_bytes() == b'half'


def test_without_an_error_all_stays(tmp_path):
    with undone_on_error(tmp_path / 'a' / 'b', ['bag']):
        (tmp_path / 'a' / 'b' / 'bag').mkdir()
    assert (tmp_path / 'a' / 'b' / 'bag').is_dir()
