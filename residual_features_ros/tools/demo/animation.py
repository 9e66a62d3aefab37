# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The tracks of a recording as a short moving picture."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from residual_features_ros.drawing import draw_tails
from residual_features_ros.errors import CommandError
from residual_features_ros.ros.conversions import image_from_message
from residual_features_ros.tools.bags.rosbag import ImageBag, stamp_ns
from residual_features_ros.tools.demo.pictures import tails
from residual_features_ros.tools.harness.recording import Frame

WIDTH_PX = 400
MOST = 50  # frames shown
TAIL = 6  # places of a track shown at a time: more hide the image
QUALITY = 75  # of WebP, of 100


def write_animation(bag: ImageBag, frames: Sequence[Frame], path: Path, hz: float) -> None:
    """Write the first answered frames with the tracks that lead to each.

    Args:
        bag: that was played.
        frames: as read_recording gives them.
        path: of the picture, WebP or GIF; Pillow writes it.
        hz: frames shown in a second.

    Raises:
        CommandError: no frame was answered.
    """
    from PIL import Image
    numbers = {frame.stamp: number for number, frame in enumerate(frames) if frame.answered}
    pictures = []
    for _, message in bag.messages(len(frames)):
        number = numbers.get(stamp_ns(message))
        if number is None:
            continue
        image = image_from_message(message)
        short = {track: tail[-TAIL:] for track, tail in tails(frames, number).items()}
        picture = draw_tails(image, short, WIDTH_PX / image.shape[1])
        pictures.append(Image.fromarray(picture[..., ::-1].copy()))
        if len(pictures) == MOST:
            break
    if not pictures:
        raise CommandError(f'{path}: no frame was answered, so there is nothing to show')
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=round(1000 / hz),
                     loop=0, quality=QUALITY, method=6)
