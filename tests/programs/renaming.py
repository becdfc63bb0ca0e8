"""Rename the attributes and variables of a program in its text, and comment it anew."""

import ast
import random
import symtable


def renamed(program: str, seed: int) -> str:
    """Return the program with other names for what it stores in `self` and in functions."""
    generator = random.Random(seed)
    tree = ast.parse(program)
    edits = [*_attributes(tree, generator), *_variables(tree, program, generator)]
    lines = program.split("\n")
    for line, column, old, new in sorted(edits, reverse=True):
        text = lines[line - 1].encode()
        assert text[column : column + len(old)].decode() == old
        lines[line - 1] = (text[:column] + new.encode() + text[column + len(old) :]).decode()
    for number, line in enumerate(lines):
        comment = f"  # {generator.random()}"
        lines[number] = line.partition("#")[0].rstrip() + comment * generator.randint(0, 1)
    return "# Another one\n" + "\n".join(lines)


def _fresh(generator: random.Random, used: set[str]) -> str:
    while True:
        name = "".join(generator.choices("abcdefghijklmnopqrstuvwxyz", k=generator.randint(2, 9)))
        if name not in used and name + "_" not in used:
            used.add(name + "_")
            return name + "_"


def _attributes(tree, generator):
    ours = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    ]
    new, used = {}, set()
    for node in ours:
        if isinstance(node.ctx, ast.Store):
            new[node.attr] = new.get(node.attr) or _fresh(generator, used)
    for node in ours:
        if node.attr in new:
            column = node.end_col_offset - len(node.attr)
            yield node.end_lineno, column, node.attr, new[node.attr]


def _variables(tree, program, generator):
    """Yield edits of the parameters and local variables of the methods."""
    # A parameter that a call names would need that call renamed, too.
    passed = {
        keyword.arg
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and not isinstance(node.func, ast.Attribute)
        for keyword in node.keywords
    }
    locals_of = {}
    for table in _tables(symtable.symtable(program, "<program>", "exec")):
        if table.get_type() == "function":
            locals_of[table.get_lineno(), table.get_name()] = table.get_locals()
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        names = set(locals_of[function.lineno, function.name]) - passed
        new = {name: _fresh(generator, used) for name in sorted(names)}
        for node in ast.walk(function):
            name = getattr(node, "id", None) or getattr(node, "arg", None)
            if isinstance(node, ast.Name | ast.arg) and name in new:
                yield node.lineno, node.col_offset, name, new[name]


def _tables(table):
    yield table
    for child in table.get_children():
        yield from _tables(child)
