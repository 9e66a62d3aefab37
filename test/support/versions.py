# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Does the core run with old and new Python, numpy and OpenCV? python test/support/versions.py

Each cell of the matrix is an environment of its own, in which the tests of the core run: those
that need numpy, OpenCV, PyYAML and pytest, and nothing else. `--here NAME` runs them with the
packages of the Python that runs this, such as a distribution's, instead. With `--save` results are
written to docs/results/versions.json, where those of other cells stay, and their table to
docs/install.md. It exits with 1 where a cell failed. Python alone is needed to start it.
"""
import argparse
import functools
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / 'docs' / 'results' / 'versions.json'
PAGE = ROOT / 'docs' / 'install.md'
COMMAND = 'python test/support/versions.py'
CORE = ('test/geometry', 'test/keypoints', 'test/rows', 'test/vocabulary', *(
    f'test/test_{name}.py' for name in (
        'agreement', 'descriptor_bytes', 'drawing', 'grey_levels', 'guided', 'image', 'latency',
        'mask', 'matcher', 'opencv_alone', 'products', 'registry', 'sampling', 'sign_test',
        'text_table', 'thresholds', 'timings', 'tracks', 'types')))
WHEELS = 'wheels'


@dataclass(frozen=True)
class Cell:
    """Versions that are asked for, as pip takes them; like: the distribution that has them."""

    python: str
    numpy: str
    opencv: str
    like: str = ''


CELLS = (
    Cell('3.10', '==1.21.*', '==4.5.4.*', 'Ubuntu 22.04, ROS 2 Humble'),
    Cell('3.10', '', '<5'),
    Cell('3.11', '==1.24.*', '==4.6.*', 'Debian 12'),
    Cell('3.11', '', '<5'),
    Cell('3.12', '==1.26.*', '==4.6.*', 'Ubuntu 24.04, ROS 2 Jazzy and Kilted'),
    Cell('3.12', '', '<5'),
    Cell('3.13', '==2.2.*', '==4.10.*', 'Debian 13'),
    Cell('3.13', '', '<5'),
    Cell('3.14', '==2.3.*', '==4.10.*', 'Ubuntu 26.04, ROS 2 Lyrical'),
    Cell('3.14', '', '<5'),
)


@dataclass(frozen=True)
class Result:
    """What came of a cell: the versions that ran, where they are from, and the tests."""

    python: str
    numpy: str
    opencv: str
    source: str
    like: str
    passed: int
    skipped: int
    failed: int
    commit: str
    failures: list[str] = field(default_factory=list)

    @property
    def place(self):
        """What another run of the same cell replaces."""
        return self.source, self.python.rpartition('.')[0], self.like


def interpreter(version):
    """Return the path of Python `version`: on PATH, of pyenv or of uv; None where there is none.

    A shim of pyenv is a file that need not run, so each is asked.
    """
    found = [Path(path) for path in filter(None, [shutil.which(f'python{version}')])]
    for homes in (Path.home() / '.pyenv' / 'versions',
                  Path.home() / '.local' / 'share' / 'uv' / 'python'):
        found += sorted(homes.glob(f'*{version}.*/bin/python{version}'))
    for path in found:
        says = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])'
        done = subprocess.run([path, '-c', says], capture_output=True, text=True, check=False)
        if done.stdout.strip() == version:
            return path
    return None


def environment(cell, python, folder):
    """Make the environment of a cell; return its python, or the reason why there is none."""
    subprocess.run([python, '-m', 'venv', folder], check=True)
    own = Path(folder) / 'bin' / 'python'
    done = subprocess.run(
        [own, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary',
         ':all:', f'numpy{cell.numpy}', f'opencv-contrib-python-headless{cell.opencv}', 'pyyaml',
         'pytest'], capture_output=True, text=True, check=False)
    if done.returncode:
        return None, next(line for line in reversed(done.stderr.splitlines()) if line.strip())
    return own, ''


@functools.cache  # as it was before --save wrote the page
def commit(root):
    """Return the commit that is tested in the repository `root`."""
    try:
        done = subprocess.run(['git', 'describe', '--always', '--dirty', '--exclude=*'], cwd=root,
                              capture_output=True, text=True, check=False)
    except OSError:
        return 'unknown'
    return done.stdout.strip() or 'unknown'


def run_tests(python, source, like, tests=CORE):
    """Return the result of the tests in the environment of a Python."""
    says = ('import cv2, numpy, platform; '
            'print(platform.python_version(), numpy.__version__, cv2.__version__)')
    versions = subprocess.run([python, '-c', says], capture_output=True, text=True,
                              check=True).stdout.split()
    clean = {name: value for name, value in os.environ.items() if not name.startswith('PYTHON')}
    done = subprocess.run([python, '-m', 'pytest', '-q', '-rfE', '-p', 'no:cacheprovider', *tests],
                          cwd=ROOT, env=clean, capture_output=True, text=True, check=False)
    counts = {word: int(number) for number, word in re.findall(
        r'(\d+) (passed|skipped|failed|error)', (done.stdout.strip().splitlines() or [''])[-1])}
    failures = re.findall(r'^(?:FAILED|ERROR) (\S+)', done.stdout, re.M)
    if done.returncode and not failures:
        failures = [(done.stderr or done.stdout).strip()[-200:]]
    return Result(*versions, source, like, counts.get('passed', 0), counts.get('skipped', 0),
                  max(counts.get('failed', 0) + counts.get('error', 0), len(failures)),
                  commit(ROOT), failures)


def table(results):
    """Return the lines of a Markdown table of the results."""
    rows = [('Python', 'numpy', 'OpenCV', 'packages', 'as in', 'passed', 'skipped', 'failed')]
    rows += [(result.python, result.numpy, result.opencv, result.source, result.like,
              str(result.passed), str(result.skipped), str(result.failed)) for result in results]
    return [f'| {" | ".join(row)} |' for row in (rows[0], ['---'] * len(rows[0]), *rows[1:])]


def read_results(path):
    """Return the results and what was skipped, (python, reason), of a file."""
    saved = json.loads(path.read_text(encoding='utf-8'))
    return [Result(**cell) for cell in saved['cells']], saved['skipped']


def page_with(lines, text):
    """Return the text of a page with the lines of a table in place of its table of versions."""
    table_of_versions = re.compile(r'^\| Python \|.*\n(?:\|.*\n)+', re.M)
    assert len(table_of_versions.findall(text)) == 1
    return table_of_versions.sub('\n'.join(lines) + '\n', text)


def save(path, results, skipped):
    """Write results; those of a file that is there stay where they are of other cells."""
    kept = {}
    if path.exists():
        before, earlier = read_results(path)
        kept = {result.place: result for result in before}
        skipped = {**earlier, **skipped}
    kept |= {result.place: result for result in results}
    ordered = sorted(kept.values(), key=lambda one: (
        [int(part) for part in one.python.split('.')[:2]], one.source != WHEELS, not one.like))
    have = {'.'.join(one.python.split('.')[:2]) for one in ordered}
    text = json.dumps({
        'command': COMMAND, 'machine': platform.machine(), 'tests': CORE,
        'cells': [asdict(one) for one in ordered],
        'skipped': {name: why for name, why in skipped.items() if name not in have}}, indent=1)
    path.write_text(text + '\n', encoding='utf-8')
    return ordered


def parse(words):
    """Return the options."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__.partition('\n\n')[0])
    parser.add_argument('--python', nargs='+', default=sorted({cell.python for cell in CELLS}),
                        metavar='X.Y', help='only cells of these versions')
    parser.add_argument('--here', metavar='NAME', help='run the tests with the packages of this '
                        'Python, that of the distribution NAME')
    parser.add_argument('--save', action='store_true', help='write the results and the page')
    return parser.parse_args(words)


def main(words=None):
    """Run the cells and print their table."""
    options = parse(words)
    results, skipped = [], {}
    if options.here:
        results.append(run_tests(sys.executable, options.here, options.here))
    for cell in () if options.here else CELLS:
        if cell.python not in options.python:
            continue
        python = interpreter(cell.python)
        if python is None:
            skipped[cell.python] = 'no such Python here'
            continue
        with tempfile.TemporaryDirectory() as folder:
            own, why = environment(cell, python, folder)
            if own is None:
                skipped[f'{cell.python}, numpy{cell.numpy}, OpenCV{cell.opencv}'] = why
                continue
            results.append(run_tests(own, WHEELS, cell.like))
        print(table(results)[-1], flush=True)
    if options.save:
        lines = table(save(RESULTS, results, skipped))
        PAGE.write_text(page_with(lines, PAGE.read_text(encoding='utf-8')), encoding='utf-8')
    print('\n'.join(table(results)))
    for name, why in skipped.items():
        print(f'skipped: Python {name}: {why}')
    for result in results:
        for failure in result.failures:
            print(f'failed with Python {result.python}, OpenCV {result.opencv}: {failure}')
    return int(any(result.failed for result in results) or not results)


if __name__ == '__main__':
    sys.exit(main())
