# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""QoS of an image subscription: as asked for, or as its publishers offer it."""
from __future__ import annotations

from collections.abc import Sequence

from rclpy.node import Node
from rclpy.qos import QoSPolicyKind, QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions

from residual_features_ros.errors import ConfigError, unknown

DEPTHS = {ReliabilityPolicy.BEST_EFFORT: 5, ReliabilityPolicy.RELIABLE: 10}
ASKED = {'sensor_data': ReliabilityPolicy.BEST_EFFORT, 'default': ReliabilityPolicy.RELIABLE}
POLICIES = (QoSPolicyKind.HISTORY, QoSPolicyKind.DEPTH, QoSPolicyKind.RELIABILITY)
# Durability too: a mask that was published once is kept for those who come later.
MASK_POLICIES = (*POLICIES, QoSPolicyKind.DURABILITY)

WORDS = {QoSPolicyKind.RELIABILITY: ('reliable', 'best_effort', 'system_default'),
         QoSPolicyKind.HISTORY: ('keep_last', 'keep_all', 'system_default'),
         QoSPolicyKind.DURABILITY: ('volatile', 'transient_local', 'system_default')}
MOST_KEPT = 1_000_000  # images; DDS has 32 bits for it


def image_qos(asked: str, offered: Sequence[QoSProfile]) -> QoSProfile:
    """Return a new QoS profile for a subscription to images.

    Args:
        asked: the parameter image_qos. auto = reliable where every publisher is: a best effort
            subscription loses large images that DDS sends in many pieces. Best effort where one
            publisher is, since a reliable subscription would hear nothing of it, and where there
            is none yet, since a best effort one hears everybody.
        offered: QoS of the publishers.
    """
    reliability = ASKED.get(asked)
    if reliability is None:
        reliable = bool(offered) and all(
            qos.reliability == ReliabilityPolicy.RELIABLE for qos in offered)
        reliability = ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT
    return QoSProfile(depth=DEPTHS[reliability], reliability=reliability)


def overriding_options(node: Node, topic: str, asked: str,
                       policies: Sequence[QoSPolicyKind]) -> QoSOverridingOptions:
    """Return which of some policies qos_overrides.* may set.

    A parameter qos_overrides.* keeps its first value, which auto must be free to change: there
    only what the user gave becomes one.
    """
    if asked != 'auto':
        return QoSOverridingOptions(policies)
    given = getattr(node, '_parameter_overrides', {})
    return QoSOverridingOptions([policy for policy in policies if
                                 f'{override_prefix(topic)}{policy.name.lower()}' in given])


def check_overrides(node: Node, topic: str,
                    policies: Sequence[QoSPolicyKind] = POLICIES) -> list[str]:
    """Return the names of the parameters qos_overrides.* that were given for a subscription.

    rclpy checks them where the subscription is made, which may be long after the start.

    Raises:
        ConfigError: a value that a policy does not have.
    """
    given = getattr(node, '_parameter_overrides', {})
    names = {policy: f'{override_prefix(topic)}{policy.name.lower()}' for policy in policies}
    found = {policy: name for policy, name in names.items() if name in given}
    for policy, name in found.items():
        value = given[name].value
        if policy == QoSPolicyKind.DEPTH:
            if type(value) is not int or not 1 <= value <= MOST_KEPT:
                raise ConfigError(f'{name} must be a whole number from 1 to {MOST_KEPT}, got '
                                  f'{value!r}')
        elif value not in WORDS[policy]:
            raise unknown(name, value, WORDS[policy])
    return list(found.values())


def override_prefix(topic: str) -> str:
    """Return what the parameters qos_overrides.* of a subscription begin with."""
    return f'qos_overrides.{topic}.subscription.'


def words(qos: QoSProfile) -> str:
    """Return the policy of a QoS profile that decides what is lost."""
    return qos.reliability.name.lower().replace('_', ' ')


def is_compatible(asked: QoSProfile, offered: QoSProfile) -> bool:
    """Return whether a subscription hears a publisher."""
    return (asked.reliability != ReliabilityPolicy.RELIABLE
            or offered.reliability != ReliabilityPolicy.BEST_EFFORT)
