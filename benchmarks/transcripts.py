"""Run the recorded programs of a published search through ours and compare the verdicts.

    NAS_TEST_DATA=DIR python benchmarks/transcripts.py CIFAR_ROOT DATABASE 1-80 [search options]

The numbers are those of the programs to run. DIR holds `transcripts/*.jsonl` (fields: code,
accuracy, error); CIFAR_ROOT the official cifar-10-batches-py. The generator replays the programs
in order, the improver says the same thing each time. Programs logged as failing should fail with a
named class, those logged as scored should train.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from langgraph_nas import Archive

NAME = "transcripts"
ADVICE = {"problem": "none", "inspiration": "none", "modification": "Go on."}


def main() -> None:
    root, database, span, *options = sys.argv[1:]
    first, last = map(int, span.split("-"))
    folder = Path(database).parent
    folder.mkdir(parents=True, exist_ok=True)
    file = next((Path(os.environ["NAS_TEST_DATA"]) / "transcripts").glob("*.jsonl"))
    rows = [json.loads(line) for line in file.read_text().splitlines()][first - 1 : last]
    replies = [f"```python\n{row['code']}\n```" for row in rows]
    generator = _write(folder / "generator.jsonl", replies)
    improver = _write(folder / "improver.jsonl", [json.dumps(ADVICE)] * len(rows))
    command = ["langgraph-nas", "search", "--dataset", "cifar10", "--data-root", root]
    command += ["--train-samples", "2000", "--batch-size", "128", "--finalists", "0"]
    command += ["--iterations", str(len(rows)), "--name", NAME, "--database", database]
    command += ["--generator", f"replay:{generator}", "--improver", f"replay:{improver}"]
    subprocess.run([*command, *options], check=True)
    _compare(rows, Path(database), first)


def _write(file: Path, replies: list[str]) -> Path:
    file.write_text("".join(json.dumps({"reply": reply}) + "\n" for reply in replies))
    return file


def _compare(rows: list[dict[str, object]], database: Path, first: int) -> None:
    with Archive.open(database, readonly=True) as archive:
        trials = archive.trials(NAME)
    differ = [
        (row, trial)
        for row, trial in zip(rows, trials, strict=True)
        if (row["accuracy"] is not None) != (trial["outcome"] == "ok")
    ]
    print(f"\n{len(rows) - len(differ)} of {len(rows)} verdicts agree")
    for row, trial in differ:
        logged = row["accuracy"] if row["accuracy"] is not None else str(row["error"])[:200]
        print(f"  program {trial['iteration'] + first - 1}: logged {logged!r}")
        print(f"    here {trial['outcome']} at {trial['stage']}: {trial['message'][:200]}")


if __name__ == "__main__":
    main()
