# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Hooks of mkdocs: README.md is the first page, and what pages link outside docs/ comes along.

The pages are written to be read in the repository too. README.md becomes index.md, and a file of
the repository that is linked, a parameter file for example, repository/<its path>.
"""
import posixpath
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
FIRST, DOCS, OTHERS = 'README.md', 'docs/', 'repository/'
# Fenced code, code in a line, or the target of a link.
LINKS = re.compile(r'^ *```.*?^ *```|`[^`\n]+`|(?<=\]\()(?P<target>[^)\s]+)(?=\))',
                   re.DOTALL | re.MULTILINE)
ITEM = re.compile(r'(?:[-*]|\d+\.) ')
WEB = re.compile(r'\w+:')


def page_of(path):
    """Return where a file of the repository is in the site's sources."""
    if path == FIRST:
        return 'index.md'
    return path.removeprefix(DOCS) if path.startswith(DOCS) else OTHERS + path


def file_of(page):
    """Return which file of the repository a source of the site is."""
    if page == 'index.md':
        return FIRST
    return page.removeprefix(OTHERS) if page.startswith(OTHERS) else DOCS + page


def targets(path):
    """Return the files of the repository that a page links."""
    found = (match['target'] for match in LINKS.finditer((ROOT / path).read_text('utf-8')))
    return {posixpath.normpath(posixpath.join(posixpath.dirname(path), target.partition('#')[0]))
            for target in found if target and not WEB.match(target) and target[0] != '#'}


def linked_outside(paths):
    """Return the files outside docs/ that pages link, and that those link in turn."""
    known, found = set(paths), list(paths)
    while found:
        new = {path for path in targets(found.pop())
               if not path.startswith((DOCS, '../')) and (ROOT / path).is_file()} - known
        known |= new
        found += [path for path in new if path.endswith('.md')]
    return sorted(known - set(paths))


def moved_links(text, page):
    """Return a page's text with its links as they are in the site's sources."""
    path = file_of(page)

    def moved(match):
        target = match['target']
        if not target or WEB.match(target) or target[0] == '#':
            return match[0]
        name, mark, anchor = target.partition('#')
        there = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        return posixpath.relpath(page_of(there), posixpath.dirname(page) or '.') + mark + anchor

    return LINKS.sub(moved, text)


def wider_items(text):
    """Return a text in which what belongs to an item of a list is four columns in.

    GitHub takes two, Python-Markdown wants four, and a blank line behind an item of several
    paragraphs.
    """
    lines, inside, paragraphs = [], False, False
    for line in text.split('\n'):
        if line.strip() and not line.startswith(' '):
            if inside and paragraphs and ITEM.match(line):
                lines.append('')
            inside, paragraphs = bool(ITEM.match(line)), False
        paragraphs |= inside and not line.strip()
        lines.append(f'  {line}' if inside and line.startswith('  ') else line)
    return '\n'.join(lines)


def on_files(files, config):
    """Add README.md and what is linked outside docs/."""
    from mkdocs.structure.files import File
    pages = [file_of(file.src_uri) for file in files.documentation_pages()]
    for path in [FIRST, *linked_outside([FIRST, *pages])]:
        files.append(File.generated(config, page_of(path), abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown, page, config, files):
    """Prepare a page's text."""
    return wider_items(moved_links(markdown, page.file.src_uri))
