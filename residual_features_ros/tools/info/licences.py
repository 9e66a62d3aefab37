# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The licences of weights, and whose photographs those were trained on whose cards say so."""
from __future__ import annotations

from collections.abc import Iterable

from residual_features_ros.config import FREE
from residual_features_ros.errors import ModelCardError
from residual_features_ros.model_card import ModelCard, card_path, load_card, weights_folder
from residual_features_ros.registry import METHODS


def shipped_cards() -> list[ModelCard]:
    """Return the cards of the weights that are there and whole, those of FREE last."""
    cards = []
    for folder in ('', FREE):
        for name, method in METHODS.items():
            if method.network and card_path(name, folder).is_file():
                try:
                    cards.append(load_card(name, folder))
                except ModelCardError:  # the table of methods, or --verify, says which and why
                    continue
    return cards


def licences(cards: Iterable[ModelCard]) -> str:
    """Return the licences with the methods of each, and the sources that cards name."""
    methods: dict[str, list[str]] = {}
    named: dict[str, None] = {}
    for card in cards:
        free = f' (weights: {FREE})' if card.folder == weights_folder(FREE) else ''
        methods.setdefault(card.licence, []).append(card.method + free)
        for source in card.sources:
            named[f'  {source.photographs} photographs of {source.source} {source.version}, '
                  f'{source.licence}, by {source.attribution}'] = None
    lines = [f'{licence}: {", ".join(names)}' for licence, names in methods.items()]
    return '\n'.join([*lines, *(['trained on'] if named else []), *named])
