# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Features and bags of words of images, one after the other -> poses and a map; free of ROS.

The parts are those of Mur-Artal et al. 2015, "ORB-SLAM": a map begins with two views, images are
tracked where their points are expected, keyframes add points and are adjusted with those that see
the same, words find earlier places, to which loops are closed and where a lost camera is found.
"""
from __future__ import annotations

import dataclasses
from collections import Counter, deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from residual_features_ros.examples.slam.bundle import Edge, adjust, close_loop, require_library
from residual_features_ros.examples.slam.slam_config import SlamConfig
from residual_features_ros.examples.slam.world import (
    NO_POINT,
    Keyframe,
    View,
    World,
    match,
    view_of,
)
from residual_features_ros.geometry.camera import Camera
from residual_features_ros.geometry.pose import inverse, pose_matrix
from residual_features_ros.geometry.relative_pose import two_view
from residual_features_ros.geometry.resection import locate
from residual_features_ros.geometry.trajectory import Trajectory, in_order
from residual_features_ros.geometry.triangulation import errors_px, project, triangulate
from residual_features_ros.types import Features
from residual_features_ros.vocabulary.inverted_index import InvertedIndex

if TYPE_CHECKING:
    from residual_features_ros.vocabulary.bag import BagOfWords

MOST_IMAGES = 20000  # whose poses are remembered
NEIGHBOURS = 5  # keyframes with which a new one makes points
CANDIDATES = 5  # places that are looked at
MOST_ADJUSTED = 200  # keyframes that are adjusted after a loop
YOUNG = 5  # keyframes of a map that is given up where tracking ends
DEFAULT = SlamConfig()


@dataclasses.dataclass(frozen=True)
class Tracked:
    """Where an image was taken, and the points (M,) that its keypoints `rows` (M,) see."""

    pose: np.ndarray
    points: np.ndarray
    rows: np.ndarray


class Slam:
    """A map made of images; the first keyframe is its origin, the median depth there its unit.

    counts: images, tracked, lost, relocalised, keyframes, loops, begun (maps), given up (maps),
        forgotten (keyframes), unsolved (adjustments).
    """

    def __init__(self, camera: Camera, config: SlamConfig = DEFAULT) -> None:
        """Begin without a map; ImportError where GTSAM is missing."""
        require_library()
        self.camera, self.config = camera, config
        self.counts: Counter[str] = Counter()
        self.reset()

    def reset(self) -> None:
        """Forget everything but the counts."""
        self.world = World()
        self._first: View | None = None  # of the two that begin a map
        self._frames: deque[tuple[int, int, np.ndarray]] = deque(maxlen=MOST_IMAGES)
        self._last: Tracked | None = None
        self._motion = np.eye(4)  # the last step, as the camera saw it
        self._reference = self._since = 0  # points of the last keyframe, images since
        self._number = 0
        self._rng = np.random.default_rng(self.config.seed)
        self._index = InvertedIndex(self.config.most_keyframes)
        self._indexed: dict[int, int] = {}  # keyframe by number in the index

    def add(self, stamp_ns: int, features: Features, bag: BagOfWords | None = None,
            candidates: Sequence[int] = ()) -> np.ndarray | None:
        """Return the pose (4, 4), world from camera, of an image; None where it is not known.

        Args:
            stamp_ns: of the image, later than those before.
            features: of the image.
            bag: its words, for loops and for finding a lost camera; None for none.
            candidates: stamps in ns of earlier images of the same place, the best first.
        """
        self.counts['images'] += 1
        view = view_of(stamp_ns, features, self.camera)
        if not self.world.keyframes:
            tracked = self._begin(view, bag)
            if tracked is None:
                return None
        elif self._last is not None:
            tracked = self._track(view)
        else:
            tracked = self._relocalise(view, bag, candidates)
        if tracked is None:
            self.counts['lost'] += 1
            self._last = None
            if len(self.world.keyframes) < YOUNG:
                self.counts['given up'] += 1
                self.reset()
            return None
        self.counts['tracked'] += 1
        self._motion = np.eye(4) if self._last is None else inverse(self._last.pose) @ tracked.pose
        self._last, self._since = tracked, self._since + 1
        if self._wants_keyframe(tracked):
            self._last = tracked = self._add_keyframe(view, tracked, bag, candidates)
        newest = self.world.newest
        self._frames.append((stamp_ns, newest.number, inverse(newest.pose) @ tracked.pose))
        return tracked.pose

    def trajectory(self) -> Trajectory:
        """Return the poses of all images that have one, as the map has them now."""
        known = [(stamp, self.world.keyframes[number].pose @ step)
                 for stamp, number, step in self._frames if number in self.world.keyframes]
        return in_order(np.array([stamp for stamp, _ in known], np.int64),
                        np.array([pose for _, pose in known]))[0]

    def points(self) -> np.ndarray:
        """Return the points (P, 3) that keyframes see."""
        return self.world.positions[self.world.points_of(self.world.keyframes.values())]

    def _begin(self, view: View, bag: BagOfWords | None) -> Tracked | None:
        """Make a map of the first image and this one, if they are far enough apart."""
        first, K, config = self._first, self.camera.K, self.config
        if first is None or not len(view.pixels):
            self._first = view if len(view.pixels) else None
            return None
        a, b = match(first.descriptors, view.descriptors, config.match_ratio)
        order = self._rng.permutation(len(a))
        a, b = a[order], b[order]
        ideal = Camera(K, self.camera.size)
        inliers, motion = two_view(first.pixels[a], view.pixels[b], ideal)
        if inliers.sum() < config.begin_points:
            self._first = view
            return None
        if motion is None or not motion.direction.any():
            return None
        pose = inverse(pose_matrix(motion.rotation, motion.direction))
        points, angles = triangulate(first.pixels[a], view.pixels[b], np.eye(4), pose, K)
        good = inliers & self._seen_well(points, (first, a, np.eye(4)), (view, b, pose))
        if good.sum() < config.begin_points or np.median(angles[good]) < config.parallax_deg:
            return None
        unit = np.median(points[good, 2])
        pose[:3, 3] /= unit
        self.counts['begun'] += 1
        numbers = self.world.add_points(points[good] / unit, view.descriptors[b[good]])
        self._keep(first, np.eye(4), a[good], numbers, None)
        keyframe = self._keep(view, pose, b[good], numbers, bag)
        self._adjust([*self.world.keyframes.values()])
        self._frames.append((first.stamp_ns, 0, np.eye(4)))
        return Tracked(keyframe.pose, keyframe.points[keyframe.seen()], keyframe.seen())

    def _seen_well(self, points: np.ndarray, *seen: tuple[View, np.ndarray, np.ndarray]
                   ) -> np.ndarray:
        """Return which points (M, 3) are where views (view, rows, pose) see them."""
        return np.logical_and.reduce([
            errors_px(points, view.pixels[rows], pose, self.camera.K)
            < self.config.error_px * view.sigmas[rows] for view, rows, pose in seen])

    def _track(self, view: View) -> Tracked | None:
        """Find a view near the last one, first where that moved on, then anywhere."""
        last = self._last
        assert last is not None
        near = self.world.covisible(last.points, self.config.window)
        near = [*near, *[self.world.newest][:self.world.newest not in near]]
        points = self.world.points_of(near)
        for step in (self._motion, np.eye(4)):
            found = self._look(view, points, last.pose @ step, self.config.search_px)
            if found is not None:
                break
        found = found or self._recognise(view, near[0]) or self._recognise(view, near[-1])
        found = found and self._look(view, points, found.pose, self.config.search_px / 3)
        return found if found and len(found.points) >= self.config.track_points else None

    def _look(self, view: View, points: np.ndarray, guess: np.ndarray,
              radius_px: float) -> Tracked | None:
        """Find points near where the pose `guess` has them."""
        if not len(points) or not len(view.pixels):
            return None
        pixels, _ = project(self.world.positions[points], guess, self.camera.K)
        low, high = view.pixels.min(0) - radius_px, view.pixels.max(0) + radius_px
        inside = ((pixels > low) & (pixels < high)).all(1)
        points, pixels = points[inside], pixels[inside].astype(np.float32)
        x, y = (pixels[:, None, axis] - view.pixels[None, :, axis].astype(np.float32)
                for axis in (0, 1))
        near = x * x + y * y < radius_px**2  # (M, N)
        a, b = match(self.world.descriptors[points], view.descriptors, self.config.match_ratio,
                     near)
        return self._locate(view, points[a], b, guess)

    def _recognise(self, view: View, keyframe: Keyframe) -> Tracked | None:
        """Find a view by the descriptors of a keyframe alone."""
        rows = keyframe.seen()
        a, b = match(keyframe.view.descriptors[rows], view.descriptors, self.config.match_ratio)
        return self._locate(view, keyframe.points[rows[a]], b)

    def _locate(self, view: View, points: np.ndarray, rows: np.ndarray,
                guess: np.ndarray | None = None) -> Tracked | None:
        found = locate(self.world.positions[points], view.pixels[rows],
                       self.config.error_px * view.sigmas[rows], self.camera.K, self._rng, guess)
        if found is None or found[1].sum() < self.config.track_points:
            return None
        pose, agree = found
        return Tracked(pose, points[agree], rows[agree])

    def _revisit(self, view: View, keyframe: Keyframe) -> Tracked | None:
        """Find a view near a keyframe that may show the same place."""
        found = self._recognise(view, keyframe)
        if found is None:
            return None
        near = self.world.covisible(keyframe.points, self.config.window)
        found = self._look(view, self.world.points_of(near), found.pose, self.config.search_px / 3)
        return found if found and len(found.points) >= self.config.locate_points else None

    def _places(self, bag: BagOfWords | None, candidates: Sequence[int],
                before: int) -> list[Keyframe]:
        """Return keyframes of a number below `before` that may show the same place."""
        frames = [frame for frame in self.world.keyframes.values() if frame.number < before]
        if not frames:
            return []
        stamps = np.array([frame.view.stamp_ns for frame in frames])
        told = [frames[int(np.abs(stamps - stamp).argmin())].number for stamp in candidates]
        if bag is not None:
            told += [self._indexed[number] for number, _ in self._index.query(bag, 3 * CANDIDATES)
                     if self._indexed[number] < before]
        known = [number for number in dict.fromkeys(told) if number in self.world.keyframes]
        return [self.world.keyframes[number] for number in known[:CANDIDATES]]

    def _relocalise(self, view: View, bag: BagOfWords | None,
                    candidates: Sequence[int]) -> Tracked | None:
        if not len(view.pixels):
            return None
        places = self._places(bag, candidates, self._number)
        newest = self.world.newest  # where the camera was last
        for keyframe in [*places, *[newest][:newest not in places]]:
            found = self._revisit(view, keyframe)
            if found is not None:
                self.counts['relocalised'] += 1
                return found
        return None

    def _wants_keyframe(self, tracked: Tracked) -> bool:
        return self._since >= self.config.keyframe_images \
            or len(tracked.points) < self.config.keyframe_share * self._reference

    def _keep(self, view: View, pose: np.ndarray, rows: np.ndarray, points: np.ndarray,
              bag: BagOfWords | None) -> Keyframe:
        """Make a view a keyframe whose keypoints `rows` see `points`."""
        seen = np.full(len(view.pixels), NO_POINT)
        seen[rows] = points
        keyframe = Keyframe(self._number, view, pose, seen)
        self.world.add_keyframe(keyframe)
        if bag is not None:
            self._indexed[self._index.add(bag)] = keyframe.number
        self.counts['keyframes'] += 1
        self._number += 1
        self._reference, self._since = len(points), 0
        if len(self.world.keyframes) > self.config.most_keyframes:
            self.world.forget_oldest()
            self.counts['forgotten'] += 1
        return keyframe

    def _add_keyframe(self, view: View, tracked: Tracked, bag: BagOfWords | None,
                      candidates: Sequence[int]) -> Tracked:
        """Make an image a keyframe: new points, an adjustment, a loop where there is one."""
        keyframe = self._keep(view, tracked.pose, tracked.rows, tracked.points, bag)
        for other in self.world.covisible(tracked.points, NEIGHBOURS + 1):
            if other is not keyframe:
                self._make_points(keyframe, other)
        self._adjust(self.world.covisible(keyframe.points, self.config.window))
        self._close_loop(keyframe, bag, candidates)
        self._reference = len(keyframe.seen())
        return Tracked(keyframe.pose, keyframe.points[keyframe.seen()], keyframe.seen())

    def _make_points(self, keyframe: Keyframe, other: Keyframe) -> None:
        """Add points that a new keyframe and another one see, and nobody has seen yet."""
        view, old = keyframe.view, other.view
        new, rows = (np.flatnonzero(frame.points < 0) for frame in (keyframe, other))
        a, b = match(view.descriptors[new], old.descriptors[rows], self.config.match_ratio)
        a, b = new[a], rows[b]
        points, angles = triangulate(view.pixels[a], old.pixels[b], keyframe.pose, other.pose,
                                     self.camera.K)
        good = (angles > self.config.parallax_deg) & self._seen_well(
            points, (view, a, keyframe.pose), (old, b, other.pose))
        numbers = self.world.add_points(points[good], view.descriptors[a[good]])
        keyframe.points[a[good]] = other.points[b[good]] = numbers

    def _adjust(self, keyframes: list[Keyframe]) -> None:
        """Adjust keyframes, and let points go that are not seen twice."""
        self.counts['unsolved'] += not adjust(self.world, keyframes, self.camera.K,
                                              self.config.error_px)
        points = self.world.points_of(keyframes)
        single = points[self.world.views_of(points) < 2]
        self.world.replace(single, np.full(len(single), NO_POINT))

    def _close_loop(self, keyframe: Keyframe, bag: BagOfWords | None,
                    candidates: Sequence[int]) -> None:
        """Close a loop to an earlier place whose points are not this keyframe's already."""
        beside = self.world.covisible(keyframe.points, len(self.world.keyframes))
        for place in self._places(bag, candidates, keyframe.number - self.config.loop_keyframes):
            if place in beside:
                continue
            found = self._revisit(keyframe.view, place)
            if found is None:
                continue
            mine = keyframe.points[found.rows]
            both = mine >= 0
            _, theirs = project(self.world.positions[found.points[both]], found.pose,
                                self.camera.K)
            _, own = project(self.world.positions[mine[both]], keyframe.pose, self.camera.K)
            if both.sum() < self.config.track_points:
                continue
            scale = float(np.nanmedian(theirs / own))
            if self._pull(keyframe, place, found, scale):
                merged, first = np.unique(mine[both], return_index=True)
                self.world.replace(merged, found.points[both][first])
                free = found.rows[~both]
                keyframe.points[free] = found.points[~both]
                self.counts['loops'] += 1
                self._adjust([*self.world.keyframes.values()][-MOST_ADJUSTED:])
                return

    def _pull(self, keyframe: Keyframe, place: Keyframe, found: Tracked, scale: float) -> bool:
        """Spread what a loop is off over all keyframes; return whether that was possible."""
        frames = self.world.keyframes
        edges: list[Edge] = []
        for b in frames.values():
            seen = self.world.covisible(b.points, NEIGHBOURS)
            before = [frame for frame in frames.values() if frame.number < b.number][-1:]
            for a in {f.number: f for f in [*before, *seen]}.values():
                if a.number < b.number:
                    edges.append((a.number, b.number, inverse(a.pose) @ b.pose, 1.0))
        edges.append((place.number, keyframe.number, inverse(place.pose) @ found.pose, scale))
        moved = close_loop({n: f.pose for n, f in frames.items()}, edges, next(iter(frames)))
        if moved is None:
            self.counts['unsolved'] += 1
            return False
        done = np.zeros(len(self.world.positions), bool)
        for number, frame in frames.items():
            pose, size = moved[number]
            points = frame.points[frame.seen()]
            points = points[~done[points]]
            done[points] = True
            back = inverse(frame.pose)
            local = self.world.positions[points] @ back[:3, :3].T + back[:3, 3]
            self.world.positions[points] = size * local @ pose[:3, :3].T + pose[:3, 3]
            frame.pose = pose
        for _, number, step in self._frames:
            if number in moved:
                step[:3, 3] *= moved[number][1]
        return True
