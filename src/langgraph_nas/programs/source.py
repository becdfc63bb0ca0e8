"""Read program text into a syntax tree, without executing anything."""

import ast
import warnings


def parse_program(text: str) -> ast.Module:
    """Return the syntax tree of a program, without warnings about its style.

    Raises:
        SyntaxError: It is not Python.
        ValueError: It holds null bytes or half a surrogate pair.
        RecursionError: It is nested too deeply.
        MemoryError: Likewise.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)
