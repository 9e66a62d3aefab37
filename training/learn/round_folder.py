# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The folder of a round of learning live: what is in it while it lasts, and what stays."""
from __future__ import annotations

import contextlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

from residual_features_ros.datasets.calibration import camera_from_fields
from residual_features_ros.errors import OutputError
from residual_features_ros.geometry.camera import Camera
from training.learn import frames as kept
from training.learn.state import STATE, write_whole

CAMERA = 'camera.json'
FRAMES = 'frames'


def named(number: int) -> str:
    """Return the name of the folder of a round, from 1 on."""
    return f'round-{number:04d}'


def save_camera(path: Path, camera: Camera | None) -> None:
    """Keep a camera, or that there is none; a round with this file has all its frames."""
    words: dict[str, Any] | None = None
    if camera is not None:
        words = {'K': camera.K.ravel().tolist(), 'distortion': camera.distortion.tolist(),
                 'model': camera.model, 'size': camera.size}
    write_whole(path, words)


def load_camera(path: Path) -> Camera | None:
    """Return the camera of a round, None where there is none."""
    words = json.loads(path.read_text(encoding='utf-8'))
    return camera_from_fields(words['K'], words['distortion'], words['model'],
                              (words['size'][0], words['size'][1])) if words else None


def is_collected(folder: Path) -> bool:
    """Return whether a round has all its frames."""
    return (folder / CAMERA).is_file() and kept.load(folder / FRAMES) is not None


def check_folder(out: Path) -> None:
    """Raise OutputError where a folder has something else than rounds."""
    strange = [path.name for path in sorted(out.glob('*')) if not re.fullmatch(
        r'round-\d{4,}', path.name)]
    if strange:
        raise OutputError(f'{out}: there already, and not of this command ({strange[0]}); choose '
                          'another --out')


def forget(folder: Path) -> None:
    """Remove what a round has collected."""
    (folder / CAMERA).unlink(missing_ok=True)
    shutil.rmtree(folder / FRAMES, ignore_errors=True)


def discard(folder: Path) -> None:
    """Remove a round that has not all its frames, and nothing that is not of this command."""
    if (folder / STATE).is_file():
        forget(folder)
        (folder / STATE).unlink()
        with contextlib.suppress(OSError):  # something of the user's is in it
            folder.rmdir()


def tidy(folder: Path) -> None:
    """Leave of a round that has its result what somebody reads, and new weights."""
    forget(folder)
    for name in ('run', 'candidate'):
        shutil.rmtree(folder / name, ignore_errors=True)
