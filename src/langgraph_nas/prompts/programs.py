"""Find the program in a code generator's reply, however it is wrapped."""

import ast
import re

from langgraph_nas.prompts.thoughts import strip_thoughts

_FENCE = re.compile(
    r"^[ \t]*(?:```|~~~)[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:^[ \t]*(?:```|~~~)|\Z)",
    re.DOTALL | re.MULTILINE,
)
_MARK = re.compile(r"```|~~~")
_MARK_AT_END = re.compile(r"(?<=[^\s`~])[ \t]*(```|~~~)[ \t]*$", re.MULTILINE)
_MOST_CUTS = 20
_NET = re.compile(r"^[ \t]*class\s+Net\b", re.MULTILINE)
_START = re.compile(r"^(?:import |from |class |def |@)", re.MULTILINE)


def find_program(reply: str) -> str | None:
    """Return the program with `class Net` in a reply, None if there is none.

    Of several fenced blocks with a whole `Net` the last one that parses wins (replies often quote
    the old network first). Blocks that only together define what `Net` uses are joined. Without a
    fence, the text from the first line that looks like Python is taken, less trailing prose. A
    fence that closes on the last line of code is looked for if what is found does not parse.
    """
    text = strip_thoughts(reply).replace("\r\n", "\n")
    found = _find(text)
    if found is None or _parses(found):
        return found
    apart = _find(_MARK_AT_END.sub(r"\n\1", text))
    return apart if apart and _parses(apart) else _closed(found)


def _find(text: str) -> str | None:
    blocks = [_dedent(body) for _, body in _FENCE.findall(text)]
    nets = [block for block in blocks if _NET.search(block)]
    if nets:
        return _tidy(_best_block(blocks, nets))
    if _NET.search(text):
        return _tidy(_unfenced(text))
    return None


def _best_block(blocks: list[str], nets: list[str]) -> str:
    for block in reversed(nets):
        if _parses(block):
            break
    else:
        return nets[-1]
    if len(blocks) == 1 or len(nets) > 1:
        return block
    helpers = [other for other in blocks if other is not block and _parses(other)]
    missing = _undefined_classes(block)
    needed = [other for other in helpers if missing & _defined(other)]
    return "\n\n".join([*needed, block])


def _closed(program: str) -> str:
    """Return the program up to the last fence in it before which it parses; else as it is."""
    marks = list(_MARK.finditer(program))
    for mark in reversed(marks[-_MOST_CUTS:]):
        cut = program[: mark.start()]
        if _NET.search(cut) and _parses(cut):
            return _tidy(cut)
    return program


def _unfenced(text: str) -> str:
    net = _NET.search(text)
    assert net is not None
    start = _START.search(text)
    begin = min(net.start(), start.start()) if start else net.start()
    lines = _dedent(text[begin:]).splitlines()
    for end in range(len(lines), 0, -1):
        program = "\n".join([*lines[: end - 1], _MARK.split(lines[end - 1], 1)[0]])
        if _NET.search(program) and _parses(program):
            return program
    return "\n".join(lines)


def _dedent(block: str) -> str:
    lines = [line for line in block.splitlines() if line.strip()]
    margin = min((len(line) - len(line.lstrip(" ")) for line in lines), default=0)
    return "\n".join(
        line[margin:] if line[:margin].isspace() else line for line in block.splitlines()
    )


def _tidy(program: str) -> str:
    return program.strip("\n").rstrip() + "\n"


def _parses(program: str) -> bool:
    try:
        ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _defined(program: str) -> set[str]:
    return {
        node.name
        for node in ast.parse(program).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    }


def _undefined_classes(program: str) -> set[str]:
    names = {node.id for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Name)}
    return names - _defined(program)
