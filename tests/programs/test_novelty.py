import os
import subprocess
import sys
from pathlib import Path

import pytest
from programs.pairs import BLOCKS, NET, net, swap
from programs.renaming import renamed

from langgraph_nas.programs.novelty import Near, Neighbours, jaccard, shingles

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def stack(depth: int, width: int = 64, activation: str = "ReLU") -> str:
    """A network of `depth` equal blocks."""
    made = [
        f"self.conv{i} = nn.Conv2d({width}, {width}, 3, padding=1)\n"
        f"self.norm{i} = nn.BatchNorm2d({width})\nself.act{i} = nn.{activation}()"
        for i in range(depth)
    ]
    used = [f"x = self.act{i}(self.norm{i}(self.conv{i}(x)))" for i in range(depth)]
    return net("\n".join(made), "\n".join([*used, "return x.mean((2, 3))"]))


def test_what_every_program_has_does_not_count():
    plain = stack(4)
    same = "import torch\nimport torch.nn as nn\nfrom typing import Any\n\n" + swap(
        plain,
        ("super().__init__()", "super(Net, self).__init__()  # first"),
        ("def forward(self, x):", 'def forward(self, x):\n        """Classify."""'),
    )
    assert shingles(same) == shingles(plain)


def test_names_do_not_count_but_what_is_stored_does():
    assert jaccard(stack(4), renamed(stack(4), 1)) == 1
    assert jaccard(stack(4), stack(4, activation="GELU")) < 0.9


def test_numbers_count_as_a_whole():
    wide = swap(stack(8), ("self.norm3 = nn.BatchNorm2d(64)", "self.norm3 = nn.BatchNorm2d(128)"))
    assert 0.9 < jaccard(stack(8), wide) < 1
    assert jaccard(stack(8, 64), stack(8, 128)) < 0.9
    digits = net("self.a = nn.Linear(1, 2345)"), net("self.a = nn.Linear(12, 345)")
    assert jaccard(*digits) < 1
    assert jaccard(net("self.a = nn.ELU(1e-05)"), net("self.a = nn.ELU(0.00001)")) == 1


def test_the_same_block_more_often_is_another_network():
    assert jaccard(stack(4), stack(8)) < 0.6
    assert 0.9 < jaccard(stack(20), stack(21)) < 1


def test_the_nearest_known_program_is_found_with_its_similarity():
    known: Neighbours[str] = Neighbours()
    for depth in (5, 12, 20):
        known.add(f"depth {depth}", stack(depth))
    known.add("blocks", BLOCKS)
    asked = swap(
        stack(20), ("self.conv7 = nn.Conv2d(64, 64, 3", "self.conv7 = nn.Conv2d(64, 64, 5")
    )
    near = known.nearest(asked)
    assert near == Near("depth 20", jaccard(asked, stack(20)))
    assert near.similarity > 0.95
    assert known.nearest(BLOCKS) == Near("blocks", 1.0)
    assert known.nearest(NET) is None
    assert len(known) == 4


def test_the_exact_similarity_decides_at_the_threshold():
    first, second = stack(6), swap(stack(6), ("act5 = nn.ReLU()", "act5 = nn.GELU()"))
    similarity = jaccard(first, second)
    for threshold, is_near in ((similarity, True), (similarity + 1e-9, False), (0.5, True)):
        known: Neighbours[int] = Neighbours(threshold)
        known.add(1, first)
        assert (known.nearest(second) is not None) == is_near


def test_of_two_equally_near_the_first_is_named():
    known: Neighbours[int] = Neighbours()
    known.add(7, stack(6))
    known.add(3, renamed(stack(6), 1))
    assert known.nearest(stack(6)) == Near(7, 1.0)


@pytest.mark.parametrize("text", ["", "class Net(", "x = 1\0", "(" * 5000])
def test_what_is_not_python_is_near_to_nothing(text):
    known: Neighbours[int] = Neighbours()
    known.add(1, text)
    known.add(2, "")
    assert shingles(text) == frozenset()
    assert known.nearest(text) is None


@pytest.mark.parametrize("threshold", [0, -0.5, 1.1])
def test_a_threshold_that_is_no_similarity_is_refused(threshold):
    with pytest.raises(ValueError, match="threshold"):
        Neighbours(threshold)


def test_the_hashes_are_the_same_in_every_process():
    code = (
        "from langgraph_nas.programs.novelty import shingles; import sys;"
        "print(sorted(shingles(sys.argv[1])))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code, NET],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert printed == {f"{sorted(shingles(NET))}\n"}


def test_hardly_a_near_program_is_missed_by_the_hashing():
    known: Neighbours[int] = Neighbours()
    for width in range(1, 41):
        known.add(width, stack(10, width))
    changed = [
        (width, swap(stack(10, width), (f"norm4 = nn.BatchNorm2d({width})", "norm4 = nn.Tanh()")))
        for width in range(1, 41)
    ]
    assert all(jaccard(stack(10, width), code) >= 0.9 for width, code in changed)
    found = [known.nearest(code) for _, code in changed]
    assert [near and near.key for near in found] == list(range(1, 41))


@pytest.mark.slow
def test_real_programs_repeats_and_near_repeats_are_told(monkeypatch):
    if "NAS_TEST_DATA" not in os.environ:
        pytest.skip("NAS_TEST_DATA is not set")
    monkeypatch.syspath_prepend(BENCHMARKS)
    import novelty

    rows = novelty.read_rows()
    assert len(rows) == 80
    assert set(novelty.find_repeats(rows).values()) == {(80, 80)}
    near = novelty.find_near(rows)
    made, caught, also = (sum(numbers[i] for numbers in near.values()) for i in range(3))
    assert made > 250
    assert min(caught, also) >= 0.98 * made
    assert len(novelty.near_pairs(rows)) <= 20


def test_of_too_many_programs_the_oldest_are_forgotten() -> None:
    known: Neighbours[int] = Neighbours(most=2)
    texts = [f"x = [{', '.join(str(n * 100 + i) for i in range(30))}]" for n in range(4)]
    for number, text in enumerate(texts):
        known.add(number, text)
    assert len(known) == 2
    assert [near and near.key for near in map(known.nearest, texts)] == [None, None, 2, 3]
    known.add(4, "not Python (")
    known.add(5, "nor this (")
    assert known.nearest(texts[3]) is None
