"""Programs whose network is only there when they run as a script.

The standard library only, since the host exports them as modules.
"""

import ast
from collections.abc import Iterator

SCRIPT = "__main__"
_SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef


def is_script(tree: ast.Module) -> bool:
    """Tell whether a program gives the name `Net` only under `if __name__ == "__main__"`.

    It may do so there itself, or by calling a function that does.
    """
    guarded = [node for node in tree.body if is_guard(node)]
    rest = [node for node in tree.body if not is_guard(node)]
    return any(map(_mentions_net, tree.body)) and bool(guarded) and not any(map(binds_net, rest))


def is_guard(node: ast.stmt) -> bool:
    """Tell whether a statement is `if __name__ == "__main__"`."""
    if not isinstance(node, ast.If):
        return False
    parts = list(ast.walk(node.test))
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    values = {part.value for part in parts if isinstance(part, ast.Constant)}
    return "__name__" in names and SCRIPT in values


def binds_net(node: ast.stmt) -> bool:
    """Tell whether a statement of a module defines its class `Net`, or gives something the name."""
    return any(map(is_net, in_scope(node)))


def is_net(node: ast.AST) -> bool:
    """Tell whether a part of a program defines the class, or gives something its name."""
    if isinstance(node, ast.alias):
        return (node.asname or node.name) in ("Net", "*")
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return node.name == "Net"
    return isinstance(node, ast.Name) and node.id == "Net" and isinstance(node.ctx, ast.Store)


def in_scope(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a statement and its parts, but for the insides of functions and classes."""
    yield node
    if not isinstance(node, _SCOPES):
        for part in ast.iter_child_nodes(node):
            yield from in_scope(part)


def _mentions_net(node: ast.stmt) -> bool:
    return any(map(is_net, ast.walk(node)))
