# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from residual_features_ros import Features, Matches, tracks
from residual_features_ros.tracks import Tracks


def frame(count, image_size=(64, 48)):
    zeros = np.zeros(count, np.float32)
    return Features(np.zeros((count, 2), np.float32), zeros, zeros, zeros,
                    np.zeros(count, np.int32), np.zeros((count, 4), np.float32), image_size)


def pairs(*indices):
    rows = np.array(indices, np.int32).reshape(-1, 2)
    return lambda a, b: Matches(rows, np.zeros(len(rows), np.float32))


def test_the_first_frame_matches_nothing():
    first = Tracks().add(frame(3), (1, 0), pairs((0, 0)))
    assert len(first.matches) == 0 and first.ids.tolist() == []
    assert first.keypoint_ids.tolist() == [-1, -1, -1]
    assert first.reference is first.features and first.reference_stamp == (1, 0)


def test_ids_persist_along_matches():
    tracks = Tracks()
    tracks.add(frame(3), (1, 0), pairs())
    second = tracks.add(frame(4), (2, 0), pairs((3, 0), (1, 2)))
    assert second.ids.tolist() == [0, 1]
    assert second.keypoint_ids.tolist() == [-1, 1, -1, 0]
    assert second.reference_stamp == (1, 0)
    third = tracks.add(frame(5), (3, 0), pairs((0, 3), (4, 0)))
    assert third.ids.tolist() == [0, 2]  # the track goes on; row 0 begins a new one
    fourth = tracks.add(frame(5), (4, 0), pairs((2, 0), (1, 1)))
    assert fourth.ids.tolist() == [0, 3]  # id 1 was lost and is not used again


def test_an_empty_frame_ends_every_track():
    tracks = Tracks()
    tracks.add(frame(2), (1, 0), pairs())
    tracks.add(frame(2), (2, 0), pairs((0, 0)))
    tracks.add(frame(0), (3, 0), pairs())
    assert tracks.add(frame(2), (4, 0), pairs()).keypoint_ids.tolist() == [-1, -1]
    assert tracks.add(frame(2), (5, 0), pairs((0, 0))).ids.tolist() == [1]


def test_a_keyframe_stays_while_it_has_enough_matches():
    tracks = Tracks()
    key = frame(5)
    tracks.add(key, (1, 0), pairs(), keyframe_min_matches=2)
    second = tracks.add(frame(5), (2, 0), pairs((4, 0), (3, 1)), keyframe_min_matches=2)
    third = tracks.add(frame(5), (3, 0), pairs((1, 0)), keyframe_min_matches=2)
    assert second.reference is key and third.reference is key
    assert second.ids.tolist() == [0, 1] and third.ids.tolist() == [0]
    fourth = tracks.add(frame(5), (4, 0), pairs((2, 1), (3, 3)), keyframe_min_matches=2)
    assert fourth.reference_stamp == (3, 0)  # one match was too few
    assert fourth.ids.tolist() == [0, 2]  # row 1 of the third frame is track 0


def test_time_that_runs_backwards_begins_anew():
    tracks = Tracks()
    tracks.add(frame(2), (5, 0), pairs())
    tracks.add(frame(2), (6, 0), pairs((0, 0)))
    again = tracks.add(frame(2), (1, 0), pairs((0, 0)))
    assert len(again.matches) == 0 and again.reference_stamp == (1, 0)
    assert again.broke_off == 'stamp went back from 6.000000000 s to 1.000000000 s'
    assert tracks.add(frame(2), (2, 0), pairs((0, 0))).ids.tolist() == [1]


def test_time_that_runs_backwards_behind_a_keyframe_begins_anew():
    tracks = Tracks()
    for second in (5, 6, 7):
        tracks.add(frame(2), (second, 0), pairs((0, 0), (1, 1)), keyframe_min_matches=2)
    again = tracks.add(frame(2), (6, 0), pairs((0, 0), (1, 1)), keyframe_min_matches=2)
    assert len(again.matches) == 0 and again.broke_off.startswith('stamp went back from 7.')


def test_another_size_or_camera_begins_anew_and_says_so():
    tracks = Tracks()
    told = [tracks.add(frame(2, size), (second, 0), pairs((0, 0)), camera=camera)
            for second, (size, camera) in enumerate([
                ((64, 48), 'left'), ((64, 48), 'left'), ((32, 24), 'left'), ((32, 24), 'left'),
                ((32, 24), 'right'), ((64, 48), 'left')])]
    assert [len(frame.matches) for frame in told] == [0, 1, 0, 1, 0, 0]
    assert [frame.broke_off for frame in told] == [
        '', '', 'image size changed from 64x48 to 32x24', '',
        "frame_id changed from 'left' to 'right'", "frame_id changed from 'right' to 'left'"]


def test_a_stamp_that_stays_breaks_nothing_off():
    tracks = Tracks()
    tracks.add(frame(2), (0, 0), pairs())
    again = tracks.add(frame(2), (0, 0), pairs((0, 0)))
    assert len(again.matches) == 1 and not again.broke_off


def test_reset_forgets_the_reference_but_no_id():
    tracks = Tracks()
    tracks.add(frame(2), (1, 0), pairs())
    tracks.add(frame(2), (2, 0), pairs((0, 0)))
    tracks.reset()
    assert len(tracks.add(frame(2), (3, 0), pairs((0, 0))).matches) == 0
    assert tracks.add(frame(2), (4, 0), pairs((0, 0))).ids.tolist() == [1]


def test_ids_fit_their_field(monkeypatch):
    monkeypatch.setattr(tracks, 'ID_LIMIT', 3)
    book = Tracks()
    book.add(frame(4), (1, 0), pairs())
    second = book.add(frame(4), (2, 0), pairs((0, 0), (1, 1), (2, 2), (3, 3)))
    assert second.ids.tolist() == [0, 1, 2, 0]
