# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Other weights while nodes run: alone, and in real nodes over real DDS."""
import json
import re
import shutil
import threading
import time

import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed')
pytest.importorskip('onnx', reason='onnx is not installed')

from std_msgs.msg import String
from support.live_settings import RunningNode, heard_loops, views
from support.node_answers import LATCHED, diagnostics, latched_info
from support.other_weights import damaged_weights, no_numbers, other_weights
from support.swapping import BETWEEN, Plan, figures, measure, weights_are
from support.vocabularies import write_vocabulary

from residual_features_ros.model_card import load_card
from residual_features_ros.ros.weights_swap import Failure, OvertakenError, WeightsSwap

METHOD = 'residual_hessian_tiny'
TIMEOUT_S = 30
SHIPPED = load_card(METHOD).sha256


def settled(swap):
    until = time.monotonic() + TIMEOUT_S
    while swap.loading and time.monotonic() < until:
        time.sleep(0.001)
    assert not swap.loading


def test_the_newest_wanted_is_swapped_for_after_the_one_in_work():
    go_on, begun, done = threading.Event(), threading.Event(), []

    def load(folder):
        begun.set()
        assert go_on.wait(TIMEOUT_S)
        done.append(folder)

    swap = WeightsSwap('', load)
    swap.want('a')
    assert begun.wait(TIMEOUT_S) and swap.loading and swap.folder == ''
    swap.want('b')
    swap.want('c')
    go_on.set()
    settled(swap)
    assert done == ['a', 'c'] and swap.folder == 'c' and swap.take_failures() == []


def test_a_failure_is_told_once_and_the_others_go_on():
    def load(folder):
        if folder == 'bad':
            raise OSError('no such thing')
        if folder == 'large':
            raise MemoryError

    swap = WeightsSwap('good', load)
    swap.want('bad')
    settled(swap)
    assert swap.folder == 'good'
    assert swap.take_failures() == [Failure('bad', 'no such thing')]
    assert swap.take_failures() == []
    swap.want('large')
    settled(swap)
    assert swap.take_failures() == [Failure('large', 'MemoryError')]
    swap.want('better')
    settled(swap)
    assert swap.folder == 'better'


def test_what_is_overtaken_is_not_put_in_place():
    go_on, begun, done = threading.Event(), threading.Event(), []

    def load(folder):
        begun.set()
        assert go_on.wait(TIMEOUT_S)
        swap.check_wanted()
        done.append(folder)

    swap = WeightsSwap('', load)
    swap.want('a')
    assert begun.wait(TIMEOUT_S)
    swap.want('')  # rolled back before it was there
    go_on.set()
    settled(swap)
    assert done == [''] and swap.folder == '' and swap.take_failures() == []


def test_after_the_end_nothing_is_put_in_place():
    swap = WeightsSwap('', lambda folder: None)
    swap.check_wanted()
    swap.stop()
    with pytest.raises(OvertakenError):
        swap.check_wanted()
    swap.want('a')
    assert not swap.loading and swap.folder == ''


def test_the_end_waits_for_the_swap_in_work_and_begins_no_other():
    done, begun = [], threading.Event()

    def load(folder):
        begun.set()
        time.sleep(0.1)
        done.append(folder)

    swap = WeightsSwap('', load)
    swap.want('a')
    assert begun.wait(TIMEOUT_S)
    swap.want('b')
    swap.stop(TIMEOUT_S)
    assert done == ['a']


@pytest.fixture(scope='module')
def folders(tmp_path_factory):
    home = tmp_path_factory.mktemp('weights')
    return {'other': other_weights(home / 'other', METHOD),
            'unfitted': other_weights(home / 'unfitted', METHOD, confidence=None,
                                      thresholds=None),
            'damaged': damaged_weights(home / 'damaged', METHOD),
            'nan': other_weights(home / 'nan', METHOD, no_numbers),
            'short': other_weights(home / 'short', METHOD, dim=64),
            'foreign': other_weights(home / 'foreign', 'residual_rootsift_small')}


def last_stamp(shown):
    """Return the stamp in seconds of the image that was shown."""
    return int(shown.matches['prev_stamp_sec'][0]) + shown.age


def refused(node, folder):
    """Return why a folder is refused; the parameter keeps what it was."""
    from rclpy.parameter import Parameter
    before = node.get('weights')
    done, = node.ask(lambda: node._parameters.set_parameters(
        [Parameter('weights', value=str(folder))])).results
    assert not done.successful and node.get('weights') == before
    return done.reason


@pytest.mark.parametrize('kind', ['extractor', 'stereo'])
def test_weights_of_a_running_node_change_and_change_back(probe, start_node, stop_node, folders,
                                                          kind):
    namespace = f'/swap_{kind}'
    process = start_node(f'{kind}_node', namespace, image_qos='default', method=METHOD,
                         max_keypoints=300)
    node = RunningNode(probe, kind, namespace)
    with probe.listen(String, f'{namespace}/features_info', LATCHED) as heard:
        before = node.show()
        node.set('weights', str(folders['unfitted']))
        weights_are(probe, heard, load_card(METHOD, folders['unfitted']).sha256)
        after = node.show()
        assert latched_info(probe, namespace)['match_thresholds'] is None
        assert latched_info(probe, namespace)['image_width'] == 320
        assert latched_info(probe, namespace)['weights_after'] == [last_stamp(before), 0]
        assert (before.features['x'] == after.features['x']).all()
        assert (before.features['descriptor'] != after.features['descriptor']).any()
        assert len(after.matches)
        node.set('weights', '')
        weights_are(probe, heard, SHIPPED)
        again = node.show()
        assert (before.features['descriptor'] == again.features['descriptor']).all()
        assert latched_info(probe, namespace)['match_thresholds'] is not None
    node.close()
    code, log = stop_node(process)
    assert code == 0 and 'Traceback' not in log
    assert log.count(' run, loaded and tried in ') == 2
    assert log.count('confidences of matches are no longer known') == 1


def test_matches_begin_anew_with_other_weights(probe, start_node, stop_node, folders):
    process = start_node('extractor_node', '/swap_tracks', image_qos='default', method=METHOD)
    node = RunningNode(probe, 'extractor', '/swap_tracks')
    with probe.listen(String, '/swap_tracks/features_info', LATCHED) as heard:
        assert node.show().age == 1
        node.set('weights', str(folders['other']))
        weights_are(probe, heard, load_card(METHOD, folders['other']).sha256)
        stamp = node.send([node.show().image])
        node.set('weights', '')
        weights_are(probe, heard, SHIPPED)
        first = node.send(views('extractor', 0))
        found = probe.wait_for(lambda: next((m for m in node.heard[1]
                                             if m.header.stamp.sec == first), None), 'matches')
        assert first > stamp and found.width == 0
        assert node.show().age == 1
    node.close()
    stop_node(process)


def test_weights_that_cannot_serve_are_refused_or_taken_back(probe, start_node, stop_node,
                                                             folders, tmp_path):
    process = start_node('extractor_node', '/swap_refused', image_qos='default', method=METHOD)
    node = RunningNode(probe, 'extractor', '/swap_refused')
    before = node.show()
    assert 'no such folder' in refused(node, tmp_path / 'none')
    assert 'File name too long' in refused(node, 'a' * 5000)
    assert 'expected sha256' in refused(node, folders['damaged'])
    assert 'there are no weights for' in refused(node, folders['foreign'])
    assert 'on which subscribers rely, found 64 values' in refused(node, folders['short'])
    node.set('weights', str(folders['nan']))
    level, words, values = diagnostics(
        probe, '/swap_refused', lambda status, _: 'descriptors of length 1' in status.message
        or node.send([before.image]) is None)
    assert level == 1 and 'those of the package go on' in words
    probe.wait_for(lambda: node.get('weights') == '', 'the parameter')
    assert values['weights'].startswith('of the package')
    assert latched_info(probe, '/swap_refused')['weights_sha256'] == SHIPPED
    assert (node.show().features['descriptor'] == before.features['descriptor']).all()
    node.set('max_keypoints', 50)
    assert len(node.show().features) == 50
    node.set('min_confidence', 0.5)
    node.set('weights', str(folders['unfitted']))
    probe.wait_for(lambda: node.get('weights') == '', 'the parameter')
    assert latched_info(probe, '/swap_refused')['weights_sha256'] == SHIPPED
    node.close()
    code, log = stop_node(process)
    assert code == 0 and log.count('expected descriptors of length 1') == 1
    assert len(re.findall('unfitted: min_confidence.*those of the package go on', log)) == 1
    assert all(words in log for words in ('no such folder', 'expected sha256', 'found 64 values'))
    assert ' run, loaded and tried in ' not in log  # those that ran are not loaded again


def test_a_vocabulary_of_other_weights_is_told(probe, start_node, stop_node, folders, tmp_path):
    write_vocabulary(tmp_path, METHOD)
    process = start_node('extractor_node', '/swap_places', image_qos='default', method=METHOD,
                         vocabulary=tmp_path, loop_candidates=True, loop_min_gap_s=1.0)
    node = RunningNode(probe, 'extractor', '/swap_places')
    node.show()
    assert 'the vocabulary is of residual_hessian_tiny with the networks' in \
        refused(node, folders['other'])
    node.set('loop_candidates', False)
    with probe.listen(String, '/swap_places/features_info', LATCHED) as heard:
        weights_are(probe, heard, SHIPPED)
        assert latched_info(probe, '/swap_places')['vocabulary']['words'] > 10
        node.set('weights', str(folders['other']))
        weights_are(probe, heard, load_card(METHOD, folders['other']).sha256)
        assert latched_info(probe, '/swap_places')['vocabulary'] is None
        done = node.ask(lambda: node._parameters.set_parameters([loops_on()])).results[0]
        assert not done.successful and 'train it anew' in done.reason
        node.set('weights', '')
        weights_are(probe, heard, SHIPPED)
        assert latched_info(probe, '/swap_places')['vocabulary']['words'] > 10
    node.set('loop_candidates', True)
    node.close()
    code, log = stop_node(process)
    assert code == 0 and 'Traceback' not in log
    assert len(re.findall('nothing on place: .*: the vocabulary is of', log)) == 1


def test_a_vocabulary_follows_to_the_weights_that_its_file_is_of(probe, start_node, stop_node,
                                                                 folders, tmp_path):
    write_vocabulary(tmp_path, METHOD)
    process = start_node('extractor_node', '/swap_words', image_qos='default', method=METHOD,
                         vocabulary=tmp_path, loop_candidates=True, loop_min_gap_s=1.0)
    node = RunningNode(probe, 'extractor', '/swap_words')
    node.show()  # the vocabulary is read
    sha256 = load_card(METHOD, folders['other']).sha256
    card = tmp_path / f'{METHOD}.json'
    card.write_text(card.read_text().replace(SHIPPED, sha256))
    with probe.listen(String, '/swap_words/features_info', LATCHED) as heard:
        node.set('weights', str(folders['other']))
        weights_are(probe, heard, sha256)
        assert latched_info(probe, '/swap_words')['vocabulary']['words'] > 10
    assert 'train it anew' in refused(node, '')
    with heard_loops(node) as (candidates, _):
        image, = views('extractor', 0)
        candidates(image)
        assert candidates(image)
    node.close()
    code, log = stop_node(process)
    assert code == 0 and log.count('vocabulary of ') == 2 and 'nothing on place' not in log


def test_a_node_that_is_not_active_takes_weights_too(probe, start_node, stop_node, folders):
    process = start_node('extractor_node', '/swap_inactive', method=METHOD, lifecycle=True,
                         autostart=False)
    node = RunningNode(probe, 'extractor', '/swap_inactive')
    with probe.listen(String, '/swap_inactive/features_info', LATCHED) as heard:
        weights_are(probe, heard, SHIPPED)
        node.set('weights', str(folders['other']))
        weights_are(probe, heard, load_card(METHOD, folders['other']).sha256)
        assert json.loads(heard[-1].data)['weights_after'] is None  # no image came before
    node.close()
    code, log = stop_node(process)
    assert code == 0 and log.count(' run, loaded and tried in ') == 1


def test_a_folder_is_looked_at_again_and_loaded_where_it_has_changed(probe, start_node, stop_node,
                                                                     folders, tmp_path):
    folder = other_weights(tmp_path / 'own', METHOD)
    before = load_card(METHOD, folder).sha256
    process = start_node('extractor_node', '/swap_again', image_qos='default', method=METHOD,
                         weights=folder)
    node = RunningNode(probe, 'extractor', '/swap_again')
    with probe.listen(String, '/swap_again/features_info', LATCHED) as heard:
        assert node.show().age == 1
        node.set('weights', str(folder))  # back to what runs, twice
        node.set('weights', str(folder))
        assert node.show().age == 1
        shutil.rmtree(folder)
        other_weights(folder, METHOD, lambda array: array * array.dtype.type(0.9))
        node.set('weights', str(folders['nan']))
        probe.wait_for(lambda: node.get('weights') == str(folder), 'the parameter')
        assert {node.show().age for _ in range(10)} == {1}  # and nothing else was asked for
        assert {json.loads(message.data)['weights_sha256'] for message in heard} == {before}
        node.set('weights', str(folder))
        weights_are(probe, heard, load_card(METHOD, folder).sha256)
    node.close()
    code, log = stop_node(process)
    assert code == 0 and log.count(' run, loaded and tried in ') == 1


def loops_on():
    from rclpy.parameter import Parameter
    return Parameter('loop_candidates', value=True)


def test_twenty_swaps_lose_no_image(tmp_path, folders):
    plan = Plan(METHOD, 20, (320, 240), 300, rate_hz=0)
    found = figures(measure(plan, [str(folders['other']), ''], tmp_path))
    assert found['swapped'] == 20 and found['drops'] == {}, found
    assert found['swapping']['lost'] == [] and found['swapping']['sent'] > 20 * BETWEEN
