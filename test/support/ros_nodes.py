# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A ROS 2 domain of this test process alone, and nodes that run as processes of their own."""
import importlib.util
import os
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest

from residual_features_ros.tools.harness import processes

TIMEOUT_S = 60.0
PROFILE = processes.dds_profile('')
os.environ.update(processes.own_domain(PROFILE))  # read when the first node of a process is made

missing = processes.missing_packages()
missing += [] if importlib.util.find_spec('rosbags') else ['rosbags']
needs_ros = pytest.mark.skipif(bool(missing), reason=f'needs ROS: {", ".join(missing)} not '
                               'installed; make test installs them')


class Probe:
    """A node of the test: publishes images, keeps what it hears."""

    def __init__(self, node):
        self.node = node

    def wait_for(self, condition, what):
        """Spin until the condition gives something true, and return that."""
        import rclpy
        until = time.monotonic() + TIMEOUT_S
        while time.monotonic() < until:
            result = condition()
            if result:
                return result
            rclpy.spin_once(self.node, timeout_sec=0.05)
        raise AssertionError(f'waited {TIMEOUT_S:g} s for {what}')

    @contextmanager
    def listen(self, kind, topic, qos=10, publishers=1):
        """Keep the messages of a topic in a list, from when its publisher is found."""
        heard = []
        subscription = self.node.create_subscription(kind, topic, heard.append, qos)
        self.wait_for(lambda: self.node.count_publishers(topic) >= publishers, topic)
        try:
            yield heard
        finally:
            self.node.destroy_subscription(subscription)

    @contextmanager
    def publisher(self, kind, topic, qos=10, subscribers=1):
        """Create a publisher, and wait until subscribers have found it.

        A lazy node subscribes to images once somebody listens to what it makes of them.
        """
        publisher = self.node.create_publisher(kind, topic, qos)
        self.wait_for(lambda: publisher.get_subscription_count() >= subscribers,
                      f'a subscriber of {topic}')
        try:
            yield publisher
        finally:
            self.node.destroy_publisher(publisher)


@pytest.fixture(scope='session')
def probe():
    rclpy = pytest.importorskip('rclpy', reason='rclpy is not installed')
    rclpy.init()
    node = rclpy.create_node('probe')
    yield Probe(node)
    node.destroy_node()
    rclpy.try_shutdown()


def finish(process):
    """Return the exit code and the log of a node that ends."""
    try:
        _, log = process.communicate(timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, log.decode()


def stop(process, number=signal.SIGINT):
    """Send a node one signal, as Ctrl-C does; return its exit code and log."""
    process.send_signal(number)
    return finish(process)


@pytest.fixture(scope='module')
def start_node(tmp_path_factory):
    """Start nodes as processes whose logs are pipes."""
    started = []
    env = processes.environment(PROFILE, tmp_path_factory.mktemp('ros_log'))

    def start_one(executable, namespace, params_file='', package='ros', **parameters):
        started.append(processes.start(
            f'residual_features_ros.{package}.{executable}',
            processes.ros_arguments(namespace, parameters, params_file), env, subprocess.PIPE))
        return started[-1]

    yield start_one
    for process in started:
        processes.stop(process)


@pytest.fixture(scope='session')
def stop_node():
    return stop
