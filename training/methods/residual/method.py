# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The Residual method as the trainer sees it (method.Method).

Stages are one for h and f and one for p, or one for b beside what another run has trained.
"""
from __future__ import annotations

from residual_features_ros.errors import ConfigError, unknown
from training.data.sources.exposures import open_exposures
from training.data.sources.opening import open_sources
from training.methods.residual.bits import bit_terms, open_bits
from training.methods.residual.config import LossConfig, ResidualConfig
from training.methods.residual.data import open_dataset
from training.methods.residual.describer import Describer
from training.methods.residual.loss import NEGATIVES, loss_terms
from training.methods.residual.model import (
    STRIDE,
    WINDOW_SAMPLES,
    ResidualNetwork,
    fusion_of,
    windows_of,
)
from training.methods.residual.places import open_places, place_terms
from training.methods.residual.recipe import MEAN, RECIPES, STD, create
from training.methods.residual.shrink import shrink_of
from training.methods.residual.validation import validate, validation_pairs
from training.networks import InputFormat, Networks
from training.pretrained import load_teacher
from training.stage import Batch, Opened, Run, Stage, Terms

__all__ = ['RECIPES', 'build', 'create', 'networks', 'stages']

FREEZABLE = ('h', 'f')


def build(config: ResidualConfig) -> ResidualNetwork:
    """Return h, f, p and b."""
    return ResidualNetwork(config.model, config.places, config.bits)


def stages(config: ResidualConfig) -> tuple[Stage, ...]:
    """Return that of h and f, and that of p; that of b alone where there is one.

    Raises:
        ConfigError: a loss that lacks what it needs, or a frozen network without the other.
    """
    loss = config.loss
    refuse_frozen(config)
    if loss.negative not in NEGATIVES:
        raise unknown('loss.negative', loss.negative, NEGATIVES)
    if loss.kind == 'distil' and not loss.teacher:
        raise ConfigError('loss.kind=distil needs loss.teacher: a checkpoint, a card or a method')
    if loss.kind == 'superpoint' and config.model.fusion != 'none':
        raise ConfigError('loss.kind=superpoint trains h alone: set model.fusion=none, or train '
                          'a method cnn_*')
    if loss.kind == 'superpoint' and config.data.kind != 'homography':
        raise ConfigError(f'loss.kind=superpoint needs homographies, data.kind={config.data.kind} '
                          'has none')
    if config.bits.count:
        return (Stage('bits', config.bits.optim, open_bits, bit_terms,
                      trained=('f.', 'b.') if config.bits.with_f else ('b.',),
                      shown=('recall', 'precision')),)
    # distil gives f no gradients to share.
    first = Stage('train', config.optim, open_pairs, PairLoss(loss), trained=trained(config),
                  shown=('recall', 'recall_without_h'), one_process=loss.kind == 'distil')
    if not config.places.width or config.data.kind != 'homography':
        return (first,)
    return first, Stage('places', config.places.optim, open_places, place_terms, ('p.',),
                        shown=('median_px', 'median_px_detected'), least=True)


def refuse_frozen(config: ResidualConfig) -> None:
    """Raise ConfigError where the other network is not trained, or nothing says what is frozen."""
    if not config.frozen:
        return
    if config.frozen not in FREEZABLE:
        raise unknown('frozen', config.frozen, FREEZABLE)
    if not config.pretrained:
        raise ConfigError(f'frozen={config.frozen} needs pretrained=: a checkpoint, a card or a '
                          'method that has it')
    inputs = fusion_of(config.model).inputs
    if inputs == ('sampled',) or 'sampled' not in inputs:
        raise ConfigError(f'frozen={config.frozen}: {config.method} has no other network to train')


def trained(config: ResidualConfig) -> tuple[str, ...]:
    """Return the prefixes of the parameters of h and f that are not frozen."""
    names = ('h.', 'f.') if 'sampled' in fusion_of(config.model).inputs else ('f.',)
    if config.frozen:
        return tuple(name for name in names if name != f'{config.frozen}.')
    return names if config.places.width else ('',)


def open_pairs(model: ResidualNetwork, run: Run) -> Opened:
    """Open the pairs to train on, and make those to validate on."""
    config, optim = run.config, run.config.optim
    source, held_out = open_sources(config.data)
    exposures, unseen = open_exposures(config.data.exposures)
    pairs = validation_pairs(held_out, config, unseen) if run.group.first else []
    samples = open_dataset(source, config, config.seed, optim.batch * optim.steps, exposures)
    return Opened(samples, lambda: validate(model, pairs, shrink_of(config)))


class PairLoss:
    """The loss of a batch of pairs, with the teacher's map where h learns from one."""

    def __init__(self, config: LossConfig) -> None:
        """Hold the settings; the teacher is loaded when it is first asked."""
        self.config = config
        self._teacher: ResidualNetwork | None = None

    def __call__(self, model: ResidualNetwork, batch: Batch, run: Run) -> Terms:
        """Run h and f on both views and compare."""
        descriptors, dense = Describer(model, run.bf16, run.timer)(*(batch[name] for name in (
            'images', 'keypoints', 'handcrafted', 'windows')))
        if self.config.kind == 'distil':
            taught = Describer(self.teacher(run), run.bf16, run.timer).see(batch['images'])
            if taught is not None:  # load_teacher refuses one without h
                batch['taught'] = taught
        return Terms(*loss_terms(descriptors, dense, batch, self.config))

    def teacher(self, run: Run) -> ResidualNetwork:
        """Return the frozen networks that h learns from."""
        if self._teacher is None:
            teacher: ResidualNetwork = load_teacher(self.config.teacher).to(run.device)
            self._teacher = teacher
        return self._teacher


def networks(model: ResidualNetwork, config: ResidualConfig) -> Networks:
    """Return h, where f reads its map, f, and p where there is one."""
    settings, windows = config.model, windows_of(config.model)
    return Networks(
        h=model.h, f=model.f, input=InputFormat(STRIDE, MEAN, STD, channels=3),
        dense_dim=settings.dense_dim if model.h is not None else 0,
        handcrafted=config.handcrafted, handcrafted_dim=settings.handcrafted_dim,
        windows=windows, window_samples=WINDOW_SAMPLES if windows else 0,
        shrink=shrink_of(config), p=model.p,
        place_side=config.places.side if model.p else 0.0,
        place_samples=config.places.samples if model.p else 0,
        b=model.b, bits=config.bits.count, any_length=True)
