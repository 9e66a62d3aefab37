# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Node parameters made from config dataclasses: description, range, read-only unless live."""
from __future__ import annotations

import copy
import dataclasses
import difflib
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.node import Node
from rclpy.parameter import Parameter

from residual_features_ros.errors import ConfigError

ConfigT = TypeVar('ConfigT')
MOST_INTEGER = 2**63  # an integer parameter has 64 bits


class NodeParameters:
    """The parameters of a node, kept as the config dataclasses that they were made from."""

    def __init__(self, node: Node, defaults: Sequence[Any],
                 leave_out: Collection[str] = ()) -> None:
        """Declare the fields of some configs as parameters and watch for changes.

        Args:
            node: whose parameters they become.
            defaults: config dataclasses; their values are the parameters' defaults.
            leave_out: fields that mean nothing to this node; they keep their default.

        Raises:
            ConfigError: a value from the command line or a file that is not allowed.
        """
        self._configs = {type(config): config for config in defaults}
        self._checks: list[tuple[type, Callable[[Any], Any]]] = []
        self._watched: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {}
        self._names = {field.name: type(config) for config in defaults
                       for field in dataclasses.fields(config) if field.name not in leave_out}
        self._defaults = {field.name: getattr(config, field.name) for config in defaults
                          for field in dataclasses.fields(config)}
        for config in defaults:
            for field in dataclasses.fields(config):
                if field.name in self._names:
                    _declare(node, field, self._defaults[field.name])
        self._configs = self._with(node.get_parameters(list(self._names)))
        _warn_of_unknown(node, self._names)
        if hasattr(node, 'add_pre_set_parameters_callback'):  # not in Humble, which refuses them
            node.add_pre_set_parameters_callback(self._in_their_types)
        if hasattr(node, 'add_post_set_parameters_callback'):
            node.add_on_set_parameters_callback(self._validate)
            node.add_post_set_parameters_callback(self._apply)
        else:  # Humble: ours is the only and last check, so what it accepts is set
            node.add_on_set_parameters_callback(self._validate_and_apply)

    def get(self, kind: type[ConfigT]) -> ConfigT:
        """Return the present settings of one config dataclass."""
        config: ConfigT = self._configs[kind]
        return config

    def require(self, kind: type[ConfigT], check: Callable[[ConfigT], Any]) -> None:
        """Refuse settings of a kind that `check` raises ConfigError for, from now on.

        Raises:
            ConfigError: the present ones are such.
        """
        check(self.get(kind))
        self._checks.append((kind, check))

    def watch(self, name: str, check: Callable[[Any], Any], told: Callable[[Any], Any]) -> None:
        """Hear of each value that a setting is given from now on, be it the one that it has.

        Args:
            name: of the setting.
            check: raises ConfigError for values that are to be refused.
            told: hears of those that were set.
        """
        self._watched[name] = check, told

    def frozen(self) -> NodeParameters:
        """Return them as they are now; what changes later changes these alone."""
        return copy.copy(self)  # changes give self other configs, and alter none

    def _with(self, parameters: Sequence[Parameter]) -> dict[type, Any]:
        """Return the configs after `parameters` change; ConfigError where that is not allowed."""
        changes: dict[type, dict[str, Any]] = {}
        for parameter in parameters:
            if parameter.name in self._names:
                value = parameter.value
                if not isinstance(value, str) and isinstance(value, Sequence):
                    value = tuple(value)
                changes.setdefault(self._names[parameter.name], {})[parameter.name] = value
        configs = {kind: dataclasses.replace(config, **changes.get(kind, {}))
                   for kind, config in self._configs.items()}
        return configs

    def _in_their_types(self, parameters: list[Parameter]) -> list[Parameter]:
        return [Parameter(parameter.name, value=in_type_of(
                    self._defaults[parameter.name], parameter.value))
                if parameter.name in self._names and parameter.value is not None else parameter
                for parameter in parameters]

    def _validate(self, parameters: list[Parameter]) -> SetParametersResult:
        try:
            configs = self._with(parameters)
            for kind, check in self._checks:
                check(configs[kind])
            for parameter in parameters:
                if parameter.name in self._watched:
                    self._watched[parameter.name][0](parameter.value)
        except ConfigError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _apply(self, parameters: list[Parameter]) -> None:
        self._configs = self._with(parameters)
        for parameter in parameters:
            if parameter.name in self._watched:
                self._watched[parameter.name][1](parameter.value)

    def _validate_and_apply(self, parameters: list[Parameter]) -> SetParametersResult:
        result = self._validate(parameters)
        if result.successful:
            self._apply(parameters)
        return result


def in_type_of(default: Any, value: Any) -> Any:
    """Return a value in its parameter's type where that takes nothing from it.

    People write 50 for 50.0, 500.0 for 500, and one word for a list of one.

    Args:
        default: has the parameter's type; a tuple stands for a list of strings.
        value: as it was given; returned as it is where it does not suit, for rclpy to refuse.
    """
    if isinstance(default, float) and type(value) is int:
        return float(value)
    if type(default) is int and isinstance(value, float) and value.is_integer() \
            and abs(value) < MOST_INTEGER:
        return int(value)
    if isinstance(default, tuple) and isinstance(value, str):
        return [word.strip() for word in value.split(',')]
    return value


def _declare(node: Node, field: dataclasses.Field[Any], default: Any) -> None:
    low, high = field.metadata['low'], field.metadata['high']
    descriptor = ParameterDescriptor(
        description=field.metadata['meaning'],
        read_only=not (field.metadata['live'] or field.metadata['swapped']))
    if field.metadata['choices']:
        descriptor.additional_constraints = f'one of: {", ".join(field.metadata["choices"])}'
    if isinstance(default, float):
        descriptor.floating_point_range = [
            FloatingPointRange(from_value=float(low), to_value=float(high))]
    elif isinstance(default, int) and not isinstance(default, bool):
        descriptor.integer_range = [IntegerRange(from_value=low, to_value=high)]
    value = _retyped(node, field.name, default)
    ours = value is not None
    if not ours:
        value = list(default) if isinstance(default, tuple) else default
    node.declare_parameter(field.name, value, descriptor, ignore_override=ours)


def _retyped(node: Node, name: str, default: Any) -> Any:
    """Return a value given at the start in the right type; None where it has that, or none is."""
    override = getattr(node, '_parameter_overrides', {}).get(name)
    if override is None:
        return None
    if override.value is None:  # YAML's null, and its empty list
        raise ConfigError(f'parameter {name} is given without a value: give it one '
                          'or leave it out')
    value = in_type_of(default, override.value)
    return None if type(value) is type(override.value) else value


def _warn_of_unknown(node: Node, known: Collection[str]) -> None:
    """Warn of parameters that were given and mean nothing: rclpy is silent about them."""
    for name in sorted(getattr(node, '_parameter_overrides', {})):
        if not node.has_parameter(name) and not name.startswith('qos_overrides.'):
            near = difflib.get_close_matches(name, known)
            hint = f' (did you mean {" or ".join(near)}?)' if near else ''
            node.get_logger().warning(f'parameter {name!r} is unknown and ignored{hint}')


def warn_of_unused_qos(node: Node, used: Collection[str]) -> None:
    """Warn of qos_overrides.* that no topic takes, once the node has all of its topics.

    Args:
        node: with the parameters of the topics that are open.
        used: parameters of those that are opened later.
    """
    for name in sorted(getattr(node, '_parameter_overrides', {})):
        if name.startswith('qos_overrides.') and not (
                name in used or node.has_parameter(name)):
            node.get_logger().warning(
                f'parameter {name!r} is ignored: this node has no such topic, or lets its policy '
                'not be set; they are named qos_overrides./<full topic>.subscription.'
                '{reliability,history,depth}, or .publisher.')
