"""Find the program in a code generator's reply, however it is wrapped."""

import ast
import re

from langgraph_nas.prompts.python_text import MOST_CUTS, is_python, python_start, syntax_tree
from langgraph_nas.prompts.thoughts import strip_thoughts

_FENCE = re.compile(r"[ \t]*(?:```|~~~)")
_MARK = re.compile(r"```|~~~")
_MARK_AT_END = re.compile(r"(?<=[^\s`~])[ \t]*(```|~~~)[ \t]*$", re.MULTILINE)
_NET = re.compile(r"^[ \t]*class\s+Net\b", re.MULTILINE)
_START = re.compile(r"^(?:import |from |class |def |@)", re.MULTILINE)


def find_program(reply: str) -> str | None:
    """Return the program with `class Net` in a reply, None if there is none.

    Of several fenced blocks with a whole `Net` the last one that parses wins (replies often quote
    the old network first). Blocks that only together define what `Net` uses are joined. Without a
    fence, the text from the first line that looks like Python is taken, less trailing prose. A
    fence that closes on the last line of code is looked for if what is found does not parse.

    Takes time linear in the reply. Lines end as in Python's own reading of a file, so not at
    U+2028 and the like.
    """
    text = strip_thoughts(reply).replace("\r\n", "\n").replace("\r", "\n")
    found = _find(text)
    if found is None or is_python(found):
        return found
    apart = _find(_MARK_AT_END.sub(r"\n\1", text))
    return apart if apart and is_python(apart) else _closed(found)


def _find(text: str) -> str | None:
    blocks = [_dedent(block) for block in fenced_blocks(text)]
    nets = [block for block in blocks if _NET.search(block)]
    if nets:
        return _tidy(_best_block(blocks, nets))
    if _NET.search(text):
        return _tidy(_unfenced(text))
    return None


def fenced_blocks(text: str) -> list[list[str]]:
    """Return the lines of each fenced block; one that is never closed ends with the text."""
    blocks: list[list[str]] = []
    is_open = False
    for line in text.split("\n"):
        if _FENCE.match(line):
            is_open = not is_open
            if is_open:
                blocks.append([])
        elif is_open:
            blocks[-1].append(line)
    return blocks


def _best_block(blocks: list[str], nets: list[str]) -> str:
    found = ((block, syntax_tree(block)) for block in reversed(nets))
    block, tree = next(((block, tree) for block, tree in found if tree), (nets[-1], None))
    if tree is None or len(blocks) == 1 or len(nets) > 1:
        return block
    missing = _undefined_classes(tree)
    others = ((other, syntax_tree(other)) for other in blocks if other is not block)
    needed = [other for other, tree in others if tree and missing & _defined(tree)]
    return "\n\n".join([*needed, block])


def _closed(program: str) -> str:
    """Return the program up to the last fence in it before which it parses; else as it is."""
    marks = list(_MARK.finditer(program))
    for mark in reversed(marks[-MOST_CUTS:]):
        cut = program[: mark.start()]
        if _NET.search(cut) and is_python(cut):
            return _tidy(cut)
    return program


def _unfenced(text: str) -> str:
    net = _NET.search(text)
    assert net is not None
    start = _START.search(text)
    begin = min(net.start(), start.start()) if start else net.start()
    whole = _dedent(text[begin:].split("\n"))
    program = python_start(whole.split("\n"), lambda line: _MARK.split(line, maxsplit=1)[0])
    return program if program and _NET.search(program) else whole


def _dedent(lines: list[str]) -> str:
    margins = (len(line) - len(line.lstrip(" ")) for line in lines if line.strip())
    margin = min(margins, default=0)
    return "\n".join(line[margin:] if line[:margin].isspace() else line for line in lines)


def _tidy(program: str) -> str:
    return program.strip("\n").rstrip() + "\n"


def _defined(tree: ast.Module) -> set[str]:
    return {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}


def _undefined_classes(tree: ast.Module) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - _defined(tree)
