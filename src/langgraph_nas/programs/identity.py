"""Say whether two programs are the same network, by a hash of their normal form."""

import hashlib

from langgraph_nas.programs.normalise import normal_form
from langgraph_nas.programs.source import parse_program


def program_hash(text: str) -> str:
    """Return a SHA-256 (hex) that is equal for programs of the same network.

    Comments, formatting, docstrings and imports of torch, nn, F and Tensor do not count; all
    else does. Text that Python can't read is hashed as it is.
    """
    try:
        form = "program:" + normal_form(parse_program(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        form = "text:" + text
    return hashlib.sha256(form.encode("utf-8", "surrogatepass")).hexdigest()
