"""Show what identity and novelty make of the programs of a published search and of variants made.

    NAS_TEST_DATA=DIR python benchmarks/novelty.py

DIR holds `transcripts/*.jsonl` (fields: code, accuracy, error): distinct programs. From each are
made repeats (copied, commented, reformatted, renamed), which identity should recognise without
training, and near-repeats (a number, a dropout rate, an activation changed, a layer put in; each
also renamed), which novelty should catch. Last the pairs of logged programs that novelty calls
near: what would a refusal have lost? Takes a few minutes.
"""

import ast
import io
import json
import os
import random
import re
import sys
import time
import tokenize
from collections.abc import Callable
from functools import cache
from itertools import combinations
from pathlib import Path
from statistics import median

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from programs.renaming import renamed

from langgraph_nas.programs import program_hash
from langgraph_nas.programs.names import number_names
from langgraph_nas.programs.novelty import THRESHOLD, Neighbours, shingles, shingles_of

Make = Callable[[str, random.Random], str | None]
_LAYER = re.compile(r"\s+self\.\w+ = nn\.")
_STEP = re.compile(r"\s+x = .*\)")


_shingles = cache(shingles)


def jaccard(first: str, second: str) -> float:
    a, b = _shingles(first), _shingles(second)
    return len(a & b) / len(a | b)


def copied(code: str, _: random.Random) -> str:
    return code


def commented(code: str, chance: random.Random) -> str:
    lines = code.split("\n")
    return "# Another\n" + "\n".join(
        f"{line}  # {chance.random()}" if line.strip() and chance.random() < 0.3 else line
        for line in lines
    )


def reformatted(code: str, _: random.Random) -> str:
    return ast.unparse(ast.parse(code)).replace("    ", "  ").replace("\n\n", "\n")


def other_names(code: str, chance: random.Random) -> str:
    return renamed(code, chance.randint(0, 10**6))


def other_number(code: str, chance: random.Random) -> str | None:
    pattern = r"(?:out_channels=|num_features=|out_features=|Conv2d\(\d+, |Linear\()(\d+)"
    return _changed(code, pattern, lambda number: str(2 * int(number)), chance)


def other_rate(code: str, chance: random.Random) -> str | None:
    pattern = r"Dropout(?:2d)?\((?:p=)?(0?\.\d+)"
    return _changed(code, pattern, lambda rate: "0.4" if rate == "0.45" else "0.45", chance)


def other_activation(code: str, chance: random.Random) -> str | None:
    modules = r"nn\.((?:Leaky)?ReLU|SiLU|GELU|ELU|Mish|PReLU)\("
    changed = _changed(code, modules, lambda name: "GELU" if name == "SiLU" else "SiLU", chance)
    functions = r"F\.(relu|gelu|silu|leaky_relu)\("
    swapped = _changed(code, functions, lambda name: "gelu" if name == "silu" else "silu", chance)
    return changed or swapped


def one_layer_more(code: str, chance: random.Random) -> str | None:
    lines = code.split("\n")
    made = [i for i, line in enumerate(lines) if _LAYER.match(line)]
    used = [i for i, line in enumerate(lines) if _STEP.match(line) and made and i > made[-1]]
    if not made or not used:
        return None
    for at, new in ((chance.choice(used), "x = self.more(x)"), (chance.choice(made), None)):
        blank = " " * (len(lines[at]) - len(lines[at].lstrip()))
        lines.insert(at + 1, blank + (new or "self.more = nn.Dropout2d(p=0.15)"))
    return "\n".join(lines)


REPEATS: dict[str, Make] = {
    "copied": copied,
    "commented": commented,
    "reformatted": reformatted,
    "renamed": other_names,
}
NEAR_REPEATS: dict[str, Make] = {
    "one number changed": other_number,
    "dropout rate changed": other_rate,
    "activation swapped": other_activation,
    "one layer added": one_layer_more,
}


def main() -> None:
    rows = read_rows()
    repeats, near = find_repeats(rows), find_near(rows)
    print(f"{len(rows)} distinct programs, {len({program_hash(r['code']) for r in rows})} hashes\n")
    print("| repeats | made | recognised by identity: trainings saved |\n|---|---|---|")
    for kind, (made, caught) in repeats.items():
        print(f"| {kind} | {made} | {caught} |")
    print(f"\n| near-repeats | made | caught at {THRESHOLD} | renamed as well | least similar |")
    print("|---|---|---|---|---|")
    for kind, (made, caught, also, least) in near.items():
        print(f"| {kind} | {made} | {caught} | {also} | {least:.2f} |")
    show_false_catches(rows)
    show_names(rows)
    show_speed(rows)


def read_rows() -> list[dict]:
    """Return the logged programs that are Python, in order."""
    file = next((Path(os.environ["NAS_TEST_DATA"]) / "transcripts").glob("*.jsonl"))
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    return sorted((row for row in rows if _parses(row["code"])), key=lambda r: r["iteration"])


def variants(rows: list[dict], make: Make) -> list[tuple[int, str]]:
    """Return (position, variant) for each program of which one can be made."""
    chance = random.Random(0)
    made = [(i, make(row["code"], chance)) for i, row in enumerate(rows)]
    return [(i, code) for i, code in made if code is not None and _parses(code)]


def find_repeats(rows: list[dict]) -> dict[str, tuple[int, int]]:
    """Return kind -> (made, recognised by identity)."""
    hashes = [program_hash(row["code"]) for row in rows]
    return {
        kind: (len(made), sum(program_hash(code) == hashes[i] for i, code in made))
        for kind, made in ((kind, variants(rows, make)) for kind, make in REPEATS.items())
    }


def find_near(rows: list[dict]) -> dict[str, tuple[int, int, int, float]]:
    """Return kind -> (made, caught, caught if renamed as well, least similarity to the origin).

    Caught by the index; all other logged programs are in it, too.
    """
    known: Neighbours[int] = Neighbours()
    for i, row in enumerate(rows):
        known.add(i, row["code"])
    found = {}
    for kind, make in NEAR_REPEATS.items():
        made = variants(rows, make)
        caught = sum(known.nearest(code) is not None for _, code in made)
        also = sum(known.nearest(renamed(code, i)) is not None for i, code in made)
        found[kind] = len(made), caught, also, min(jaccard(rows[i]["code"], c) for i, c in made)
    return found


def near_pairs(rows: list[dict]) -> list[tuple[float, dict, dict]]:
    """Return (similarity, earlier, later) of the pairs of logged programs that are near."""
    pairs = ((jaccard(a["code"], b["code"]), a, b) for a, b in combinations(rows, 2))
    return sorted((p for p in pairs if p[0] >= THRESHOLD), key=lambda p: -p[0])


def refused(rows: list[dict]) -> list[tuple[dict, dict]]:
    """Return (earlier, refused) if programs near to one let in before were not trained."""
    known: Neighbours[int] = Neighbours()
    lost = []
    for i, row in enumerate(rows):
        near = known.nearest(row["code"])
        if near is None:
            known.add(i, row["code"])
        else:
            lost.append((rows[near.key], row))
    return lost


def show_false_catches(rows: list[dict]) -> None:
    pairs, count = near_pairs(rows), len(rows) * (len(rows) - 1) // 2
    print(f"\n{len(pairs)} of {count} pairs of distinct logged programs are near:")
    print("\n| similarity | earlier | accuracy | later | accuracy |\n|---|---|---|---|---|")
    for similarity, a, b in pairs:
        print(
            f"| {similarity:.3f} | {a['iteration']} | {_shown(a)} "
            f"| {b['iteration']} | {_shown(b)} |"
        )
    lost = refused(rows)
    scored = [(a, b) for a, b in lost if a["accuracy"] is not None and b["accuracy"] is not None]
    gaps = [b["accuracy"] - a["accuracy"] for a, b in scored]
    failed = sum(b["accuracy"] is None for _, b in lost)
    best = max(row["accuracy"] or 0 for row in rows)
    top = max((b["accuracy"] or 0 for _, b in lost), default=0)
    print(f"\nRefusing would have saved {len(lost)} trainings, {failed} of them failures;")
    print(f"{len(scored)} where both are scored: later minus earlier {_signed(gaps)}")
    print(f"best refused {top:.4f}, best of all {best:.4f}")


def show_names(rows: list[dict]) -> None:
    """Compare ways to treat names, on what they catch and on what they take for near."""
    print("\n| names of attributes | near-repeats caught | renamed as well | logged pairs near |")
    print("|---|---|---|---|")
    made = [
        (rows[i]["code"], code, renamed(code, i))
        for make in NEAR_REPEATS.values()
        for i, code in variants(rows, make)
    ]
    ways = ("as they are", "numbered", "one word for all")
    similar = {way: _by_words(way) for way in ways} | {"what is stored (ours)": jaccard}
    for way, likeness in similar.items():
        near = sum(likeness(a, b) >= THRESHOLD for a, b, _ in made)
        also = sum(likeness(a, c) >= THRESHOLD for a, _, c in made)
        pairs = combinations([row["code"] for row in rows], 2)
        false = sum(likeness(a, b) >= THRESHOLD for a, b in pairs)
        print(f"| {way} | {near} of {len(made)} | {also} | {false} |")


def _by_words(way: str) -> Callable[[str, str], float]:
    known: dict[str, frozenset[int]] = {}

    def likeness(first: str, second: str) -> float:
        for code in (first, second):
            if code not in known:
                known[code] = shingles_of(_words(code, way))
        a, b = known[first], known[second]
        return len(a & b) / len(a | b)

    return likeness


def _words(code: str, way: str) -> list[str]:
    tree = ast.parse(code)
    if way != "as they are":
        tree = number_names(tree)
    text = ast.unparse(ast.fix_missing_locations(tree))
    word = (lambda name: f"v{name[0][1:]}") if way == "numbered" else "v"
    plain = re.sub(r"\$\d+", word, text)
    tokens = tokenize.generate_tokens(io.StringIO(plain).readline)
    return [token.string for token in tokens if token.string.strip()]


def show_speed(rows: list[dict], count: int = 2000) -> None:
    chance = random.Random(1)
    codes = [other_number(chance.choice(rows)["code"], chance) or "" for _ in range(count)]
    known: Neighbours[int] = Neighbours()
    added = _milliseconds(lambda i: known.add(i, codes[i]), count)
    asked = _milliseconds(lambda i: known.nearest(rows[i]["code"]), len(rows))
    print(f"\n{count} programs: {added:.1f} ms to add one, {asked:.1f} ms to look one up (median)")


def _milliseconds(action: Callable[[int], object], count: int) -> float:
    spent = []
    for i in range(count):
        started = time.process_time()
        action(i)
        spent.append(time.process_time() - started)
    return 1000 * median(spent)


def _changed(
    code: str, pattern: str, change: Callable[[str], str], chance: random.Random
) -> str | None:
    found = list(re.finditer(pattern, code))
    if not found:
        return None
    match = chance.choice(found)
    return code[: match.start(1)] + change(match[1]) + code[match.end(1) :]


def _parses(code: str) -> bool:
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True


def _shown(row: dict) -> str:
    return "failed" if row["accuracy"] is None else f"{row['accuracy']:.4f}"


def _signed(values: list[float]) -> str:
    if not values:
        return "-"
    return f"median {median(values):+.4f}, from {min(values):+.4f} to {max(values):+.4f}"


if __name__ == "__main__":
    main()
