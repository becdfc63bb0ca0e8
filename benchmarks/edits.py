"""Measure how many tokens edits save, on edits derived from the programs of a published search.

    NAS_TEST_DATA=DIR python benchmarks/edits.py

DIR holds `transcripts/*.jsonl`, the programs that a model wrote out in full, in order. Each is told
once more as an edit of an earlier one (the best so far, the previous one, the most similar), as a
unified diff with three lines of context and as search/replace blocks; that the edit gives just the
program is checked. No model wrote these edits: one that does may quote more lines, or fewer, or
lines that do not fit.
"""

import difflib
import json
import os
from itertools import pairwise
from pathlib import Path
from statistics import median

from langgraph_nas.llm.tokens import estimate_tokens
from langgraph_nas.programs.edits import Edited, apply_reply

NEAR = 0.8
"""Least ratio of equal lines (difflib's, white space aside) at which two programs are near."""


def main() -> None:
    rows = read_rows()
    for name, pairs in (
        ("best so far", with_best(rows)),
        ("previous", [(old["code"], new["code"]) for old, new in pairwise(rows)]),
        ("most similar earlier", with_nearest(rows)),
    ):
        pairs = [(old, new) for old, new in pairs if old != new]
        near = [pair for pair in pairs if similarity(*pair) >= NEAR]
        report(f"{name}, all", pairs)
        report(f"{name}, near ({NEAR:.0%} of lines equal)", near)
    print("\nThe edits were derived from logged programs by difflib; no model wrote them.")


def read_rows() -> list[dict]:
    file = next((Path(os.environ["NAS_TEST_DATA"]) / "transcripts").glob("*.jsonl"))
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    for row in rows:
        row["code"] = row["code"].replace("\r\n", "\n").strip("\n").rstrip() + "\n"
    return sorted(rows, key=lambda row: row["iteration"])


def with_best(rows: list[dict]) -> list[tuple[str, str]]:
    best, pairs = None, []
    for row in rows:
        if best is not None:
            pairs.append((best["code"], row["code"]))
        if row["accuracy"] is not None and (best is None or row["accuracy"] > best["accuracy"]):
            best = row
    return pairs


def with_nearest(rows: list[dict]) -> list[tuple[str, str]]:
    codes = [row["code"] for row in rows]
    return [
        (max(codes[:i], key=lambda old: similarity(old, new)), new)
        for i, new in enumerate(codes)
        if i
    ]


def similarity(old: str, new: str) -> float:
    a, b = ([line.strip() for line in text.split("\n")] for text in (old, new))
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio()


def as_diff(old: str, new: str) -> str:
    lines = difflib.unified_diff(
        old.split("\n")[:-1], new.split("\n")[:-1], "a/net.py", "b/net.py", lineterm=""
    )
    return "```diff\n" + "\n".join(lines) + "\n```"


def as_blocks(old: str, new: str) -> str:
    """Return search/replace blocks, each with as many lines around as make it the only one."""
    a, b = old.split("\n")[:-1], new.split("\n")[:-1]
    context = 1
    while context < len(a):
        blocks = []
        matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
        for group in matcher.get_grouped_opcodes(context):
            search = "\n".join(a[group[0][1] : group[-1][2]])
            replace = "\n".join(b[group[0][3] : group[-1][4]])
            blocks.append(f"<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE")
        reply = "\n\n".join(blocks)
        if gives(reply, old, new):
            return reply
        context += 1
    return reply


def gives(reply: str, old: str, new: str) -> bool:
    edited = apply_reply(reply, old)
    return isinstance(edited, Edited) and edited.told != "program" and edited.program == new


def report(name: str, pairs: list[tuple[str, str]]) -> None:
    print(f"\n{name}: {len(pairs)} pairs")
    print("| told as | applies exactly | shorter | median saving | total saving |")
    print("|---|---|---|---|---|")
    for form, write in (("unified diff", as_diff), ("search/replace", as_blocks)):
        exact, savings, spent, full = 0, [], 0, 0
        for old, new in pairs:
            reply = write(old, new)
            exact += gives(reply, old, new)
            tokens, whole = estimate_tokens(reply), estimate_tokens(f"```python\n{new}```")
            savings.append(1 - tokens / whole)
            spent, full = spent + tokens, full + whole
        shorter = sum(saving > 0 for saving in savings)
        print(
            f"| {form} | {exact} of {len(pairs)} | {shorter / len(pairs):.0%} "
            f"| {median(savings):.0%} | {1 - spent / full:.0%} |"
        )


if __name__ == "__main__":
    main()
