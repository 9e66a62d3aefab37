# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every error that the package raises on purpose; each message names the remedy."""
from __future__ import annotations

import difflib
from collections.abc import Iterable


class ModelCardError(RuntimeError):
    """A card or network file that is missing, corrupt or made for something else."""


class VocabularyError(ValueError):
    """A vocabulary that is missing, malformed, or made for other descriptors."""


class BackendError(RuntimeError):
    """A backend that cannot run here; the message names the remedy."""


class CommandError(Exception):
    """What a command refuses, in one sentence that names the remedy."""


class ConfigError(ValueError):
    """A setting that does not exist, has the wrong type or lies outside its range."""


def unknown(kind: str, name: object, known: Iterable[str]) -> ConfigError:
    """Return the error for a name that does not exist: the near ones first, then all."""
    known = sorted(known)
    near = difflib.get_close_matches(str(name), known)
    hint = f' (did you mean {" or ".join(near)}?)' if near else ''
    return ConfigError(f'unknown {kind} {name!r}{hint}; known: {", ".join(known)}')


class TruncatedError(Exception):
    """What was read so far is good; the rest is not there."""


class GapError(TruncatedError):
    """A part in the middle is not there; what lies before and behind it was read."""


class OutputError(ValueError):
    """A place to write to that has something already; nothing is replaced."""


class DatasetError(ValueError):
    """Files of a data set that are missing, or not what its layout says."""


class CameraError(DatasetError):
    """A calibration that says nothing, or what is not known here."""


class ConversionError(ValueError):
    """A message that is not what it claims to be, or of a kind that is not known."""
