# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A ROS 2 domain of this test process alone, and nodes that run as processes of their own."""
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from support.paths import ROOT

TIMEOUT_S = 60.0

# Read when the first node of a process is made; children inherit them.
os.environ['ROS_DOMAIN_ID'] = str(1 + os.getpid() % 100)
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
os.environ.setdefault('FASTDDS_DEFAULT_PROFILES_FILE', str(ROOT / 'config' / 'fastdds.xml'))


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
    def publisher(self, kind, topic):
        """Create a publisher that a subscriber has found."""
        publisher = self.node.create_publisher(kind, topic, 10)
        self.wait_for(publisher.get_subscription_count, f'a subscriber of {topic}')
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


def start(executable, namespace, params_file='', **parameters):
    """Start a node as a process; its log goes to the pipe stderr."""
    words = [word for name, value in parameters.items() for word in ('-p', f'{name}:={value}')]
    words += ['--params-file', params_file] if params_file else []
    return subprocess.Popen(
        [sys.executable, '-m', f'residual_features_ros.ros.{executable}', '--ros-args',
         '-r', f'__ns:={namespace}', *words],
        cwd=ROOT, stderr=subprocess.PIPE, text=True)


def stop(process, number=signal.SIGINT):
    """Interrupt a node as Ctrl-C does; return its exit code and log."""
    process.send_signal(number)
    try:
        _, log = process.communicate(timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, log


@pytest.fixture(scope='module')
def start_node():
    processes = []

    def start_one(*words, **parameters):
        processes.append(start(*words, **parameters))
        return processes[-1]

    yield start_one
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture(scope='session')
def stop_node():
    return stop
