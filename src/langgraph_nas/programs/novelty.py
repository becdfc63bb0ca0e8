"""Tell programs that are nearly the same: MinHash over shingles finds, exact Jaccard decides.

The similarity of two programs is that of their text, boilerplate and names aside; whether they
are the same network is asked of `identity`.
"""

import ast
import hashlib
import re
from array import array
from collections import Counter
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from langgraph_nas.programs.names import number_names
from langgraph_nas.programs.normalise import drop_bare_constants
from langgraph_nas.programs.source import parse_program

SHINGLE_TOKENS = 7
PERMUTATIONS = 128
THRESHOLD = 0.90
"""Similarity from which on two programs count as near."""
MOST_KEPT = 5000
MOST_COMPARED = 500
"""So that a search of variants of one network stays quick, however long it goes on."""
SEED = 1
MISS = 1e-4
"""Most likely share of pairs just at the threshold that the hashing does not find."""

_TOKEN = re.compile(r"\d+\.?\d*(?:e[+-]?\d+)?|\w+|[^\w\s]")
_SCAFFOLD = re.compile(
    r"\s*(?:class Net\((?:torch\.)?(?:nn\.)?Module\):|def __init__\(\w+\):"
    r"|def forward\(\w+, \w+\):|super\((?:Net, \w+)?\)\.__init__\(\))$"
)
_NUMBERED = re.compile(r"\$\d+")

Key = TypeVar("Key")


class Near(NamedTuple, Generic[Key]):
    """A known program that is near to one."""

    key: Key
    similarity: float
    """Jaccard similarity of their shingles, from the threshold to 1."""


class Neighbours(Generic[Key]):
    """Programs in which near ones are looked up, in some 10 ms among thousands.

    Holds no more than what is added, so it is rebuilt by adding an archive's programs again. The
    same programs in the same order give the same answers on any machine.

    Args:
        threshold: Least Jaccard similarity that counts as near.
        most: Programs kept, about 6 kB each; of more, the oldest are forgotten.
    """

    def __init__(self, threshold: float = THRESHOLD, most: int = MOST_KEPT) -> None:
        from datasketch import MinHashLSH

        if not 0 < threshold <= 1:
            raise ValueError(f"The threshold of novelty is in (0, 1], not {threshold}.")
        self._threshold, self._most, self._added = threshold, most, 0
        self._index: Any = MinHashLSH(num_perm=PERMUTATIONS, params=_bands(threshold))
        self._known: dict[int, tuple[Key, array[int]]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def add(self, key: Key, program: str) -> None:
        """Remember a program under a key. One without shingles is near to none."""
        found = shingles(program)
        if found:
            self._index.insert(self._added, _minhash(found))
        self._known[self._added] = (key, array("Q", found))
        self._added += 1
        if len(self._known) > self._most:
            oldest = next(iter(self._known))
            if self._known.pop(oldest)[1]:
                self._index.remove(oldest)

    def nearest(self, program: str) -> Near[Key] | None:
        """Return the most similar known program; None if none reaches the threshold.

        Of several, the one added first; among those that the hashing finds, the newest
        `MOST_COMPARED` are compared.
        """
        found = shingles(program)
        if not found:
            return None
        at = sorted(self._index.query(_minhash(found)))[-MOST_COMPARED:]
        near = [self._compared(found, *self._known[i]) for i in at]
        near = [one for one in near if one.similarity >= self._threshold]
        return max(near, key=lambda one: one.similarity, default=None)

    def _compared(self, found: frozenset[int], key: Key, other: "array[int]") -> Near[Key]:
        return Near(key, _similarity(found, frozenset(other)))


def jaccard(first: str, second: str) -> float:
    """Return how similar two programs are, 0..1: shared shingles by all shingles."""
    return _similarity(shingles(first), shingles(second))


@lru_cache(maxsize=16)  # a program is looked up first, and added in the round after
def shingles(program: str) -> frozenset[int]:
    """Return the hashes (64 bits) of each 7 tokens in a row; none if it is not Python.

    Comments, formatting, docstrings, imports and the lines that every program has do not count,
    numbers do as a whole. An attribute's name is replaced by what is stored in it (`Conv2d`),
    that of a variable by one word: with the names as they are, no renamed copy would be near; if
    they were numbered, a layer put in would change all that follows; with one word for all of
    them, twice as many different programs would be near (`benchmarks/novelty.py`). As names then
    do not tell one repetition of a block from the next, the n-th appearance of a shingle counts
    as a shingle of its own.
    """
    try:
        words = _tokens(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    return shingles_of(words)


def shingles_of(words: list[str]) -> frozenset[int]:
    """Return the hashes of each 7 words in a row, with how often they came before."""
    last = max(len(words) - SHINGLE_TOKENS, 0)
    seen: Counter[str] = Counter()
    found = set()
    for i in range(last + 1 if words else 0):
        shingle = " ".join(words[i : i + SHINGLE_TOKENS])
        seen[shingle] += 1
        digest = hashlib.blake2b(f"{seen[shingle]} {shingle}".encode(), digest_size=8)
        found.add(int.from_bytes(digest.digest(), "big"))
    return frozenset(found)


def _tokens(program: str) -> list[str]:
    tree = number_names(_without_imports(drop_bare_constants(parse_program(program))))
    kinds = _stored(tree)
    text = ast.unparse(ast.fix_missing_locations(tree))
    plain = _NUMBERED.sub(lambda name: kinds.get(name[0], "v"), text)
    lines = [line for line in plain.split("\n") if not _SCAFFOLD.match(line)]
    return _TOKEN.findall("\n".join(lines))


def _without_imports(tree: ast.Module) -> ast.Module:
    tree.body = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    return tree


def _stored(tree: ast.Module) -> dict[str, str]:
    """Return for each numbered attribute the name of what is called to make its value."""
    kinds = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            made = ast.unparse(node.value.func).rsplit(".", 1)[-1]
            for target in node.targets:
                if isinstance(target, ast.Attribute):
                    kinds[target.attr] = "v" if "$" in made else f"v_{made}"
    return kinds


def _similarity(first: frozenset[int], second: frozenset[int]) -> float:
    union = len(first | second)
    return len(first & second) / union if union else 0.0


def _minhash(found: frozenset[int]) -> Any:
    from datasketch import MinHash

    minhash = MinHash(num_perm=PERMUTATIONS, seed=SEED, hashfunc=_low_bits)
    minhash.update_batch(sorted(found))
    return minhash


def _low_bits(shingle: int) -> int:
    return shingle & 0xFFFFFFFF


def _bands(threshold: float) -> tuple[int, int]:
    """Return bands and rows a band: the most rows with which hardly a near pair is missed."""
    for rows in range(PERMUTATIONS, 0, -1):
        bands = PERMUTATIONS // rows
        if (1 - threshold**rows) ** bands <= MISS and bands > 1:
            return bands, rows
    return PERMUTATIONS, 1
