# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A node that may be a managed one: with ROS 2's lifecycle where that is asked for."""
from __future__ import annotations

from rclpy.lifecycle import LifecycleNodeMixin, LifecycleState, TransitionCallbackReturn
from rclpy.node import Node


class ManagedNode(LifecycleNodeMixin, Node):
    """Active all the time, or in the lifecycle state active alone.

    active: whether it is to work.
    """

    def __init__(self, name: str) -> None:
        """Become a plain node."""
        Node.__init__(self, name)
        self.active = True

    def begin_lifecycle(self, autostart: bool) -> None:
        """Open the lifecycle services; with autostart go on to the state active."""
        self.active = False
        LifecycleNodeMixin.__init__(self)
        if autostart:
            self.trigger_configure()
            self.trigger_activate()
        else:
            self.get_logger().info('unconfigured: waits for a lifecycle manager')

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Begin to work."""
        return self._become(True)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Work no more."""
        return self._become(False)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Be as a node that has seen no image."""
        self.forget()
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Work no more; the process stays, as that of every lifecycle node."""
        self.forget()
        return self._become(False)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Go back to unconfigured."""
        self.forget()
        return self._become(False)

    def forget(self) -> None:
        """Let go what images have left behind."""

    def _become(self, active: bool) -> TransitionCallbackReturn:
        self.active = active
        self.get_logger().info('active' if active else 'no longer active')
        return TransitionCallbackReturn.SUCCESS
