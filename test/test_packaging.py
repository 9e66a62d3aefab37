# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One version, one list of requirements, and what pip and colcon make of setup.py."""
import re
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from support.paths import PACKAGE, ROOT
from support.rosdep_keys import DISTRIBUTION
from support.rosdep_keys import ROS as ROS_PACKAGES

import residual_features_ros

pytest.importorskip('setuptools', reason='setuptools is not installed')

MANIFEST = ElementTree.parse(ROOT / 'package.xml').getroot()
VERSION = MANIFEST.findtext('version')
REQUIREMENTS = sorted(ROOT.glob('requirements*.txt'))


DEPENDENCIES = [node.text for node in MANIFEST if node.tag.endswith('depend')]
EXTRAS = ('standalone', 'openvino', 'tensorrt', 'training', 'evaluation')


def packages_in(path):
    """Return the specifiers of a requirements file, without those of the files that it names."""
    lines = [re.sub(r'\s+#.*', '', line) for line in path.read_text().splitlines()]
    return [line for line in lines if line and line[0] not in '#-']


def with_standalone(name):
    return packages_in(ROOT / 'requirements.txt') + packages_in(ROOT / f'requirements-{name}.txt')


def name_of(specifier):
    return re.match(r'[\w.-]+', specifier)[0]


def describe(checkout, folder):
    """Return the requirements, by extra, and the sources that setup.py of a checkout declares."""
    subprocess.run([sys.executable, 'setup.py', '-q', 'egg_info', '--egg-base', str(folder)],
                   cwd=checkout, check=True, capture_output=True)
    egg = folder / 'residual_features_ros.egg-info'
    extras, extra = {}, ''
    for line in (egg / 'requires.txt').read_text().split():
        if line.startswith('['):
            extra = line[1:-1]
        else:
            extras.setdefault(extra, []).append(line)
    return extras, set((egg / 'SOURCES.txt').read_text().splitlines())


@pytest.fixture(scope='module')
def described(tmp_path_factory):
    return describe(ROOT, tmp_path_factory.mktemp('egg'))


def test_the_version_is_that_of_package_xml():
    assert residual_features_ros.__version__ == VERSION
    # catkin_prepare_release replaces exactly this, and stops where it is not there once.
    assert re.findall(r"version=['\"](\d+\.\d+\.\d+)['\"],", (ROOT / 'setup.py').read_text()) \
        == [VERSION]


def test_the_version_outside_a_checkout_is_the_installation_s(tmp_path):
    (tmp_path / 'residual_features_ros').mkdir()
    shutil.copy(PACKAGE / '__init__.py', tmp_path / 'residual_features_ros')
    info = tmp_path / 'residual_features_ros-7.8.9.dist-info'
    info.mkdir()
    (info / 'METADATA').write_text('Metadata-Version: 2.1\nName: residual_features_ros\n'
                                   'Version: 7.8.9\n')
    (tmp_path / 'package.xml').write_text('<name>other</name><version>1.2.3</version>')
    run = subprocess.run([sys.executable, '-c', 'import residual_features_ros as r; '
                          'print(r.__version__)'], cwd=tmp_path, capture_output=True, text=True)
    assert run.stdout.strip() == '7.8.9', run.stderr


def normalised(specifiers):
    """Return specifiers with their bounds in alphabetical order."""
    return {(name_of(line), *sorted(line[len(name_of(line)):].split(','))) for line in specifiers}


def test_extras_are_the_requirements_files(described):
    extras = {extra: normalised(specifiers) for extra, specifiers in described[0].items()}
    assert extras == {
        '': normalised(['setuptools', 'numpy']),
        'standalone': normalised(packages_in(ROOT / 'requirements.txt')),
        'openvino': normalised(packages_in(ROOT / 'requirements-openvino.txt')),
        'tensorrt': normalised(packages_in(ROOT / 'requirements-tensorrt.txt')),
        'training': normalised(with_standalone('training')),
        'evaluation': normalised(with_standalone('evaluation')),
        'test': normalised(line for line in packages_in(ROOT / 'requirements-test.txt')
                           if line.startswith('pytest'))}


def test_what_setup_py_reads_is_in_the_source_archive(described):
    assert {path.name for path in REQUIREMENTS} | {'package.xml', 'setup.cfg'} <= described[1]
    assert {f'config/{path.name}' for path in (ROOT / 'config').iterdir()} <= described[1]


def test_training_is_in_the_source_archive_and_is_no_package(described):
    assert {'training/__main__.py', 'training/README.md'} <= described[1]
    assert not [name for name in described[1] if name.startswith('test/')]


def test_all_weights_and_vocabularies_are_installed(described):
    files = {path.relative_to(ROOT).as_posix() for folder in ('weights', 'vocabularies')
             for path in (PACKAGE / folder).rglob('*') if path.is_file()}
    assert any('/matchers/' in name for name in files) and files <= described[1]


def test_setup_py_works_through_a_link(tmp_path, described):
    """As colcon build --symlink-install calls it: requirements*.txt are not beside the link."""
    checkout = tmp_path / 'build'
    checkout.mkdir()
    for name in ('setup.py', 'setup.cfg', 'package.xml', PACKAGE.name):
        (checkout / name).symlink_to(ROOT / name)
    assert describe(checkout, tmp_path)[0] == described[0]


def test_package_xml_names_packages_of_distributions_alone():
    assert sorted(set(DEPENDENCIES) - set(DISTRIBUTION) - ROS_PACKAGES) == []
    assert len(set(DEPENDENCIES)) == len(DEPENDENCIES)


@pytest.mark.parametrize('package', [DISTRIBUTION[name] for name in DEPENDENCIES
                                     if name in DISTRIBUTION])
def test_apt_has_it(package):
    if not shutil.which('apt-cache'):
        pytest.skip('no apt here')
    lists = subprocess.run(['apt-cache', 'policy', 'python3'], capture_output=True, text=True)
    if not re.search(r'\d+ https?:', lists.stdout):
        pytest.skip('apt has no lists: apt-get update')
    found = subprocess.run(['apt-cache', 'policy', package], capture_output=True, text=True)
    assert re.search(r'Candidate: \d', found.stdout), found.stdout


def test_each_extra_is_on_the_page_of_installing():
    text = (ROOT / 'docs' / 'install.md').read_text()
    assert [name for name in EXTRAS if f'.[{name}' not in text and f',{name}' not in text] == []


def test_each_dependency_has_its_reason_in_the_table():
    text = (ROOT / 'CONTRIBUTING.md').read_text()
    table = text[text.index('## Dependencies'):].partition('\n## ')[0]
    named = ' '.join(row.split('|')[1] for row in table.splitlines() if row.startswith('|'))
    named = set(re.findall(r'[\w-]+', named.lower().replace('_', '-')))
    wanted = {name_of(line) for path in REQUIREMENTS for line in packages_in(path)}
    wanted |= set(DEPENDENCIES)
    plain = {re.sub('^(ros|python3)-|-pip$', '', name.replace('_', '-')) for name in wanted}
    assert sorted(plain - named) == []
