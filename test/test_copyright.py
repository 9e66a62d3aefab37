# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Each source file names who has the rights and the licence, as ament_copyright finds them.

It looks for "Copyright 2026 ..." and for whole headers of licences, and knows no SPDX lines, which
say the same in two lines: they are handed to its parser in its own words.
"""
import pytest
from support.paths import ROOT

linter = pytest.importorskip('ament_copyright.main', reason='ament_copyright is not installed')
parser = pytest.importorskip('ament_copyright.parser', reason='ament_copyright is not installed')
LICENSE = 'apache2'


@pytest.fixture(autouse=True)
def spdx_lines(monkeypatch):
    search, licenses = parser.search_copyright_information, parser.get_licenses()

    def search_spdx(block):
        return search(block and block.replace('SPDX-FileCopyrightText:', 'Copyright'))

    only = licenses[LICENSE]._replace(
        file_headers=[f'{{copyright}}\nSPDX-License-Identifier: {licenses[LICENSE].spdx}'])
    monkeypatch.setattr(parser, 'search_copyright_information', search_spdx)
    monkeypatch.setattr(parser, 'get_licenses', lambda: {LICENSE: only})


@pytest.mark.copyright
@pytest.mark.linter
def test_copyright(monkeypatch, capfd):
    monkeypatch.chdir(ROOT)
    code = linter.main(argv=['.'])
    said = capfd.readouterr()
    assert said.err == '' and 'No problems found' in said.out
    assert code == 0


@pytest.mark.copyright
@pytest.mark.linter
@pytest.mark.parametrize('header', [
    '', '# SPDX-License-Identifier: Apache-2.0\n', '# SPDX-FileCopyrightText: 2026 Somebody\n',
    '# SPDX-FileCopyrightText: 2026 Somebody\n# SPDX-License-Identifier: MIT\n'])
def test_a_missing_or_other_header_is_told(tmp_path, header):
    path = tmp_path / 'module.py'
    path.write_text(f'{header}NAME = 1\n')
    assert linter.main(argv=[str(path)]) == 1
