"""Stop commands while the embedded model loads, reads a prompt or writes, and see how they end.

    python benchmarks/stopping.py [TRIES] [--quiet-machine]

Each try starts a command, waits for its model's process and then for a random moment, and sends
a signal. Two processes keep the machine busy meanwhile. It counts as clean if the exit code is
130, nothing of a crash or a traceback is on the screen and no process of the try is left. Takes
some 10 seconds a try.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path

SPAN = 12.0
"""Seconds from the start of the model's process within which the signal is sent."""
MARK = "NAS_STOPPING_TRY"
MODEL = "llama_process.py"

CLI = (sys.executable, "-m", "langgraph_nas.cli")
SMALL = ("--sandbox", "unsafe-subprocess", "--train-samples", "300")
SEARCH = (*CLI, "search", "--llm", "embedded", "--iterations", "60", *SMALL)
API = """
from pathlib import Path
from langgraph_nas import SearchConfig, search
search(SearchConfig(generator="embedded", improver="embedded", iterations=60,
                    sandbox="unsafe-subprocess", train_samples=300), database=Path("api.db"))
"""
ASYNC = """
import asyncio
from pathlib import Path
from langgraph_nas import SearchConfig, asearch
asyncio.run(asearch(SearchConfig(generator="embedded", improver="embedded", iterations=60,
            sandbox="unsafe-subprocess", train_samples=300), database=Path("api.db")))
"""
MODEL_ALONE = """
from langgraph_nas.llm.embedded import EmbeddedChatModel
while True:
    EmbeddedChatModel(n_ctx=4096).invoke("def f(x):\\n    return x\\n" * 150, max_tokens=200)
"""
COMPARE = (
    *(*CLI, "compare", "--llm", "embedded", "--arms", "full,no_memory", "--seeds", "2"),
    *("--jobs", "2", "--iterations", "30", *SMALL),
)
COMMANDS: dict[str, tuple[str, ...]] = {
    "search": SEARCH,
    "resume": (*CLI, "resume", "digits-1", "--iterations", "60"),
    "compare": COMPARE,
    "Python: search()": (sys.executable, "-c", API),
    "Python: asearch()": (sys.executable, "-c", ASYNC),
    "Python: the model alone": (sys.executable, "-c", MODEL_ALONE),
}
SIGNALS = {
    "Ctrl-C": (signal.SIGINT,),
    "Ctrl-C twice": (signal.SIGINT, signal.SIGINT),
    "SIGTERM": (signal.SIGTERM,),
    "SIGHUP": (signal.SIGHUP,),
}


def main() -> None:
    tries = int(next((word for word in sys.argv[1:] if word.isdigit()), 50))
    rng = random.Random(1)
    burn = [] if "--quiet-machine" in sys.argv else [_burner() for _ in range(2)]
    found: Counter[tuple[str, str, str]] = Counter()
    try:
        with tempfile.TemporaryDirectory() as folder:
            _prepare(Path(folder))
            for number in range(tries):
                name = list(COMMANDS)[number % len(COMMANDS)]
                how = rng.choice([s for s in SIGNALS if _means_something(name, s)])
                after = rng.uniform(0, SPAN)
                end = _tried(COMMANDS[name], SIGNALS[how], after, Path(folder))
                found[name, how, end] += 1
                print(f"{number + 1:3} {name:24} {how:13} after {after:4.1f} s: {end}", flush=True)
    finally:
        for process in burn:
            process.kill()
    clean = sum(count for (*_, end), count in found.items() if end.startswith("clean"))
    print(f"{clean} of {tries} clean")


def _means_something(name: str, how: str) -> bool:
    """Tell whether our code decides: a script of the user's dies of SIGTERM as Python does."""
    return not name.startswith("Python") or how == "Ctrl-C"


def _burner() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", "while True: pass"])


def _prepare(folder: Path) -> None:
    """Make the search that `resume` goes on with."""
    short = [word if word != "60" else "1" for word in SEARCH]
    subprocess.run(short, cwd=folder, check=True, capture_output=True)


def _tried(
    command: tuple[str, ...], signals: tuple[signal.Signals, ...], after: float, folder: Path
) -> str:
    """Return how a command ended that was sent signals."""
    mark = uuid.uuid4().hex
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, MARK: mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    while process.poll() is None and not any(MODEL in line for _, line in _family(mark)):
        time.sleep(0.05)
    time.sleep(after)
    for number in signals:
        process.send_signal(number)
        time.sleep(0.3)
    sent = time.monotonic()
    try:
        out, _ = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        return "HUNG"
    return _judged(process.returncode, signals[0], out, mark, time.monotonic() - sent)


def _judged(code: int, number: signal.Signals, out: str, mark: str, seconds: float) -> str:
    # A program that Python ends for Ctrl-C dies of the signal itself, which a shell calls 130;
    # one whose terminal is gone just dies.
    expected = (130, -signal.SIGINT) if number != signal.SIGHUP else (-signal.SIGHUP, 130)
    if code == 1 and out.rstrip().endswith("KeyboardInterrupt"):
        code = -signal.SIGINT  # Python forgets it where another thread calls `eval` meanwhile
    time.sleep(1 if number == signal.SIGHUP else 0.3)
    if code not in expected:
        return f"EXIT CODE {code}: {out[-300:]!r}"
    if any(words in out for words in ("Fatal Python error", "Segmentation", "terminate called")):
        return f"CRASH: {out[-300:]!r}"
    if code == 130 and "Traceback" in out:
        return f"TRACEBACK: {out[-300:]!r}"
    left = _left(mark)
    return f"LEFT: {left}" if left else f"clean, {code} in {seconds:.1f} s"


def _left(mark: str) -> list[str]:
    """Return what still runs of a try, once a model that loads has had time to see its end."""
    for _ in range(100):
        left = [line for _, line in _family(mark)]
        if not left:
            break
        time.sleep(0.2)
    return left


def _family(mark: str) -> list[tuple[int, str]]:
    """Return the processes of a try, with their command lines."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes():
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found.append((int(folder.name), line))
        except OSError:
            continue
    return found


if __name__ == "__main__":
    main()
