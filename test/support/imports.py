# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which module imports which: read off the source, inside functions too."""
import ast

FOLDERS = {'residual_features_ros': 'residual_features_ros', 'training': 'training',
           'launch': 'launch_files'}  # launch is a package of ROS


def modules(root):
    """Return the path of each module below `root` by its dotted name."""
    found = {}
    for folder, prefix in FOLDERS.items():
        for path in sorted((root / folder).rglob('*.py')):
            parts = (prefix, *path.relative_to(root / folder).with_suffix('').parts)
            found['.'.join(parts[:-1] if parts[-1] == '__init__' else parts)] = path
    return found


def parse_imports(module, path):
    """Return the sorted names that a module imports, those for type checkers and in functions too.

    'from a import b' gives a.b where that is a module, else a.
    """
    root = path.parents[module.count('.') + (path.name == '__init__.py')]
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            names |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                inner = root.joinpath(*node.module.split('.'), name.name)
                is_module = inner.is_dir() or inner.with_suffix('.py').exists()
                names.add(f'{node.module}.{name.name}' if is_module else node.module)
    return sorted(names - {module})


def circles(imports):
    """Return the groups of modules that import each other, each sorted (Tarjan 1972)."""
    index, low, stack, found = {}, {}, [], []

    def visit(name):
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in imports[name]:
            if other not in imports:
                continue
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            group = []
            while not group or group[-1] != name:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(sorted(group))

    for name in imports:
        if name not in index:
            visit(name)
    return sorted(found)
