"""Say whether two programs are the same network, by a hash of their normal form."""

import hashlib

from langgraph_nas.programs.normalise import normal_form
from langgraph_nas.programs.source import parse_program


def program_hash(text: str) -> str:
    """Return a SHA-256 (hex) that is equal for programs of the same network.

    Comments, formatting, docstrings, type hints that do nothing, imports of torch, nn, F and
    Tensor, and the names of attributes, variables, parameters, functions and classes do not
    count; all else does, be it an order or a constant. A name counts, too, wherever something
    else might look for it: the sandbox (`Net`), torch (`forward`, `weight`), a string (a key of
    a ModuleDict), a call with keywords, or code that can't be seen through (`getattr`, `exec`).
    Where that is in doubt, it counts, so equal hashes are the same network, while one network
    may well have two. Text that Python can't read, or that may read itself, is hashed as it is.

    Takes about a millisecond per kilobyte.
    """
    try:
        form = "program:" + normal_form(parse_program(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        form = "text:" + text
    return hashlib.sha256(form.encode("utf-8", "surrogatepass")).hexdigest()
