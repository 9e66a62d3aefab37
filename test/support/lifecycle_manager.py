# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Who brings a managed node from state to state, as nav2's lifecycle manager does."""
import time

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState

RESEND_S = 2.0


class Manager:
    """Asks a node for its state and for transitions."""

    def __init__(self, probe, node):
        self.probe = probe
        self.clients = {kind: probe.node.create_client(kind, f'{node}/{name}') for kind, name in (
            (GetState, 'get_state'), (ChangeState, 'change_state'))}

    def state(self):
        """Ask until an answer arrives: the first may be lost while the two discover each other."""
        def answer():
            if time.monotonic() > next_time[0]:
                next_time[0] = time.monotonic() + RESEND_S
                futures.append(client.call_async(GetState.Request()))
            return next((future.result() for future in futures if future.done()), None)

        client, futures, next_time = self.clients[GetState], [], [0.0]
        self.probe.wait_for(client.service_is_ready, 'the lifecycle services')
        return self.probe.wait_for(answer, 'the state').current_state.label

    def change(self, transition, goal):
        client = self.clients[ChangeState]
        self.probe.wait_for(client.service_is_ready, 'the lifecycle services')
        client.call_async(ChangeState.Request(transition=Transition(id=transition)))
        self.probe.wait_for(lambda: self.state() == goal, goal)
