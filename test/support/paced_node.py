# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The extractor node, but an image takes as many ms longer as its stamp has nanoseconds.

python -m support.paced_node; FAILS nanoseconds make its extraction fail.
"""
import sys
import threading
import time

FAILS = 999


def paced(extract_batch, stamp):
    """Return an extraction that takes longer, or fails, as the image's stamp says."""
    def extract(*args):
        time.sleep(stamp.nanosec / 1000)
        if stamp.nanosec == FAILS:
            raise RuntimeError('as it was asked to')
        return extract_batch(*args)
    return extract


def main():
    """Run it until it is interrupted; print how many threads it leaves behind."""
    import rclpy  # noqa: F401  it starts python anew

    from residual_features_ros.ros.extractor_node import ExtractorNode
    from residual_features_ros.ros.runner import run

    class PacedNode(ExtractorNode):
        def __init__(self):
            super().__init__()
            self.of_thread = threading.local()
            for extractor in self.extractors:
                extractor.extract_batch = paced(extractor.extract_batch, self.of_thread)

        def convert(self, item):
            self.of_thread.nanosec = item.header.stamp.nanosec
            return super().convert(item)

    code = run(PacedNode)
    workers = [thread.name for thread in threading.enumerate() if 'features' in thread.name]
    print(f'workers left: {workers}', file=sys.stderr, flush=True)
    return code


if __name__ == '__main__':
    sys.exit(main())
