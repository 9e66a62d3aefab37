# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The licences of weights, and whose photographs those were trained on whose cards say so."""
from __future__ import annotations

from collections.abc import Iterable

from residual_features_ros.errors import ModelCardError
from residual_features_ros.model_card import ModelCard, load_card
from residual_features_ros.registry import METHODS


def shipped_cards() -> list[ModelCard]:
    """Return the cards of the methods whose weights are there and whole."""
    cards = []
    for name, method in METHODS.items():
        if method.network:
            try:
                cards.append(load_card(name))
            except ModelCardError:  # the table of methods says which and why
                continue
    return cards


def licences(cards: Iterable[ModelCard]) -> str:
    """Return the licences with the methods of each, and the sources that cards name."""
    methods: dict[str, list[str]] = {}
    named: dict[str, None] = {}
    for card in cards:
        methods.setdefault(card.licence, []).append(card.method)
        for source in card.sources:
            named[f'  {source.photographs} photographs of {source.source} {source.version}, '
                  f'{source.licence}, by {source.attribution}'] = None
    lines = [f'{licence}: {", ".join(names)}' for licence, names in methods.items()]
    return '\n'.join([*lines, *(['trained on'] if named else []), *named])
