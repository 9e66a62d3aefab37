# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""info --verify: whether the shipped files are whole, and each backend here runs them rightly."""
from __future__ import annotations

import dataclasses
import platform
import time
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

import residual_features_ros
from residual_features_ros.attention import MatcherCard, read_card
from residual_features_ros.backends import BACKENDS, Backend, Session, load_backend
from residual_features_ros.backends.nvidia.parity import apart, blobs
from residual_features_ros.config import ANYWHERE, FREE
from residual_features_ros.environment import commit, cpu_model
from residual_features_ros.errors import BackendError, ModelCardError
from residual_features_ros.model_card import ModelCard, card_path, load_card, weights_folder
from residual_features_ros.network import prepare
from residual_features_ros.registry import METHODS
from residual_features_ros.text_table import table

ATTENTION = 'attention'
SIZE = 160, 128  # (width, height) of the image
COUNT, SEEDS = 100, 20  # keypoints
# Relative, of each output. What the shipped networks were found to make at most: fp32 5e-6,
# bf16 .048, int8 .062; outputs that have nothing to do with each other are 1 apart and more.
LIMITS = {'fp32': 1e-3, 'fp16': 0.01, 'bf16': 0.1, 'int8': 0.15}
Card = ModelCard | MatcherCard


@dataclass
class Check:
    """A network file: what its card says of it, and how far apart each backend is.

    cells: what the table says, by backend.    failures: a sentence for each.
    """

    name: str
    sha256: str
    cells: dict[str, str] = dataclasses.field(default_factory=dict)
    failures: list[str] = dataclasses.field(default_factory=list)


def run_verify() -> int:
    """Print a table of all networks on all backends; return 1 where anything fails, else 0."""
    start = time.monotonic()
    backends, absent = present_backends()
    checks, failures = check_all(backends)
    failures += [sentence for check in checks for sentence in check.failures]
    reference = next(name for name in ANYWHERE if name in backends)
    rows = [[check.name, check.sha256[:12], *(check.cells.get(name, '') for name in backends)]
            for check in checks]
    print(table(['network', 'sha256', *backends], rows))
    print(f'\nrelative difference to {reference} in fp32; allowed: '
          + ', '.join(f'{name} {limit:g}' for name, limit in LIMITS.items()))
    print('\n'.join([*(f'here: {backend.describe()}' for backend in backends.values()),
                     *(f'not here: {name}: {reason}' for name, reason in absent.items())]))
    print(f'residual_features_ros {residual_features_ros.__version__} ({commit()}), Python '
          f'{platform.python_version()}, numpy {np.__version__}, OpenCV {cv2.__version__}, '
          f'{cpu_model()}')
    print('\n'.join(['', *(f'FAILED: {sentence}' for sentence in failures)]))
    print(f'{len(checks)} networks, {len(backends)} backends, {len(failures)} failures, '
          f'{time.monotonic() - start:.0f} s')
    return int(bool(failures))


def present_backends() -> tuple[dict[str, Backend], dict[str, str]]:
    """Return the backends that are here, and why the others are not, by name."""
    present, absent = {}, {}
    for name in BACKENDS:
        try:
            present[name] = load_backend(name)
        except BackendError as error:
            absent[name] = str(error)
    return present, absent


def check_all(backends: dict[str, Backend]) -> tuple[list[Check], list[str]]:
    """Check each shipped network once, and return a sentence for each card that is broken."""
    checks: dict[str, Check] = {}
    failures: list[str] = []
    for name, folder in shipped():
        try:
            card: Card = read_card() if name == ATTENTION else load_card(name, folder)
        except ModelCardError as error:
            failures.append(str(error))
            continue
        made = Inputs(card)
        for network in sorted(card.files, key=lambda each: (each[0] != 'h', each)):
            sha256 = card.files[network]['sha256']
            if sha256 not in checks or network == 'h':  # whose map f reads
                found = check(card, network, backends if sha256 not in checks else {}, made)
                checks.setdefault(sha256, found)
    return list(checks.values()), failures


def shipped() -> Iterator[tuple[str, str]]:
    """Yield the methods of which there are cards and their folders, and then ATTENTION."""
    yield from ((name, folder) for folder in ('', FREE) for name, method in METHODS.items()
                if method.network and card_path(name, folder).is_file())
    yield ATTENTION, ''


def check(card: Card, network: str, backends: dict[str, Backend], made: Inputs) -> Check:
    """Run a network of a card on all backends that take it."""
    path = card.path(network)
    found = Check(f'{FREE}/{path.name}' if card.folder == weights_folder(FREE) else path.name,
                  card.files[network]['sha256'])
    full = network.removesuffix('_int8')
    try:
        reference = open_reference(card, full)
        inputs = made.of(full, reference)
        expected = reference.run(inputs)
    except BackendError as error:
        found.failures.append(f'{path.name}: the reference does not run: {error}')
        return found
    made.dense = expected.get('dense', made.dense)
    for name, backend in backends.items():
        is_int8 = network != full
        takes = backend.TAKES_INT8 if full == 'h' else backend.TAKES_DYNAMIC_INT8
        if is_int8 and not takes:
            continue
        try:
            session = backend.open_session(path, 0, 'auto')
            difference = apart(session.run(inputs), expected)
        except BackendError as error:
            found.cells[name] = 'FAILED'
            found.failures.append(f'{path.name} on {name}: {error}')
            continue
        precision = 'int8' if is_int8 else next(
            (word for word in LIMITS if word in session.description), 'fp32')
        found.cells[name] = f'{difference:.1e} {precision}'
        if not difference <= LIMITS[precision]:
            found.cells[name] += ' FAILED'
            found.failures.append(f'{path.name} on {name}: expected a difference of at most '
                                  f'{LIMITS[precision]:g} in {precision}, found {difference:.2g}')
    return found


def open_reference(card: Card, network: str) -> Session:
    """Return a network on the first of ANYWHERE that is here: it says what is right, in fp32."""
    for name in ANYWHERE[:-1]:
        try:
            return load_backend(name).open_session(card.path(network), 0, 'fp32')
        except BackendError:  # the table says so
            continue
    return load_backend(ANYWHERE[-1]).open_session(card.path(network), 0, 'fp32')


class Inputs:
    """What the networks of a card take: a made image, what is around places of it, and rows."""

    def __init__(self, card: Card) -> None:
        """Make them, the same each time."""
        self._card, self._rng = card, np.random.default_rng(0)
        width, height = SIZE
        self._image = blobs(self._rng, (1, 1, height, width))[0, 0]  # (H, W)
        self.dense: np.ndarray | None = None  # h's map

    def of(self, network: str, session: Session) -> dict[str, np.ndarray]:
        """Return the inputs of a network, by the names that it declares."""
        card = self._card
        if isinstance(card, MatcherCard):
            rows = self._unit_rows(2 * COUNT, card.dim)
            frames = self._rng.uniform(-1, 1, (2, COUNT, 5)).astype(np.float32)
            return {'first_frames': frames[0], 'first_rows': rows[:COUNT],
                    'second_frames': frames[1], 'second_rows': rows[COUNT:],
                    'seeds': self._rng.random((SEEDS, 1), np.float32)}
        if network == 'h':
            return {'image': prepare([self._image], card)}
        if network == 'p':
            return {'windows': self._windows(1, card.place_samples)}
        rows = self._unit_rows(COUNT, card.dense_dim) if self.dense is None \
            else self.dense[0].reshape(len(self.dense[0]), -1).T[:COUNT]  # (C, H, W) -> (N, C)
        made = {'sampled': np.ascontiguousarray(rows),
                'handcrafted': np.abs(self._unit_rows(len(rows), card.handcrafted_dim)),
                'windows': self._windows(len(card.windows), card.window_samples, len(rows)),
                'descriptors': self._unit_rows(COUNT, card.dim),
                'teblid': self._unit_rows(COUNT, card.bits)}
        return {name: made[name] for name in session.inputs}

    def _unit_rows(self, count: int, length: int) -> np.ndarray:
        rows = self._rng.standard_normal((count, length), np.float32)
        norms: np.ndarray = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / np.maximum(norms, 1e-12)

    def _windows(self, channels: int, side: int, count: int = COUNT) -> np.ndarray:
        """Return squares of the image (count, channels, side, side), of mean 0 and deviation 1."""
        width, height = SIZE
        x, y = (self._rng.integers(0, size - side, (count, channels)) for size in (width, height))
        cut = np.stack([[self._image[top:top + side, left:left + side]
                         for left, top in zip(*places, strict=True)]
                        for places in zip(x, y, strict=True)] or [[]]).astype(np.float32)
        if not cut.size:
            return cut
        cut -= cut.mean((2, 3), keepdims=True)
        return cut / np.maximum(cut.std((2, 3), keepdims=True), 1)
