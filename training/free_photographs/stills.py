# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Stills of the catalogue's photographs into a folder, and beside them whose they are."""
from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from residual_features_ros.datasets.image_files import read_image
from residual_features_ros.errors import DatasetError, OutputError
from training.free_photographs.attribution import by_licence, table
from training.free_photographs.catalogue import Photograph, Source
from training.free_photographs.crops import stills_of
from training.free_photographs.qt_resources import read_resource

MANIFEST, TABLE = 'licences.json', 'licences.md'
JPEG_QUALITY = 92


def write_stills(sources: tuple[Source, ...], packages: Path, out: Path, longest: int, least: int,
                 cover: float) -> dict[str, int]:
    """Write JPEG files <out>/PACKAGE/NUMBER-STILL.jpg, licences.json and licences.md.

    Args:
        sources: of the catalogue.
        packages: the folder with an unpacked package in each folder PACKAGE.
        out: a folder that is not there, or empty.
        longest: see crops.stills_of.
        least: see there.
        cover: see there.

    Returns:
        how many stills come of each package.

    Raises:
        OutputError: `out` has something already.
        DatasetError: a package or a photograph is missing, or cannot be read.
    """
    if out.exists() and any(out.iterdir()):
        raise OutputError(f'{out}: there already, and nothing is replaced')
    missing = [source for source in sources if not (packages / source.package).is_dir()]
    if missing:
        raise DatasetError(f'{packages}: no folder of '
                           + ', '.join(f'{source.package} ({source.registry}, {source.version})'
                                       for source in missing)
                           + '; unpack each package into a folder of its name')
    manifest = [entry for source in sources
                for entry in _write_source(source, packages, out, (longest, least, cover))]
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    (out / MANIFEST).write_text(text + '\n', encoding='utf-8')
    (out / TABLE).write_text(table(by_licence(sources)), encoding='utf-8')
    counts = dict.fromkeys((source.package for source in sources), 0)
    for entry in manifest:
        counts[entry['package']] += len(entry['stills'])
    return counts


def _write_source(source: Source, packages: Path, out: Path,
                  asked: tuple[int, int, float]) -> list[dict[str, Any]]:
    folder = out / source.package
    folder.mkdir(parents=True)
    manifest = []
    for number, photograph in enumerate(source.photographs):
        names = []
        image = read_photograph(packages / source.package, photograph)
        for name, still in stills_of(image, *asked):
            path = folder / f'{number:03}-{name}.jpg'
            _, encoded = cv2.imencode('.jpg', still, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
            path.write_bytes(encoded.tobytes())
            names.append(path.name)
        manifest.append({'package': source.package, 'registry': source.registry,
                         'version': source.version, **dataclasses.asdict(photograph),
                         'stills': names})
    return manifest


def read_photograph(package: Path, photograph: Photograph) -> np.ndarray:
    """Return a photograph of an unpacked package as (H, W, 3) BGR uint8; DatasetError names it."""
    path, _, inner = photograph.file.partition(':')
    if not inner:
        return read_image(package / path)
    if not (package / path).is_file():
        raise DatasetError(f'{package / path}: no such file')
    content = np.frombuffer(read_resource(package / path, inner), np.uint8)
    image = cv2.imdecode(content, cv2.IMREAD_COLOR)
    if image is None:
        raise DatasetError(f'{package / path}: {inner} is not an image that OpenCV can read')
    return np.ascontiguousarray(image)
