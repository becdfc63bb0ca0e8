from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="session")
def build() -> Callable[[str], Any]:
    """Return what makes `Net()` from a program, with the names that every candidate has."""
    import torch
    import torch.nn.functional as functional

    torch.set_num_threads(1)

    def make(program: str) -> Any:
        scope = {"torch": torch, "nn": torch.nn, "F": functional, "Tensor": torch.Tensor}
        exec(compile(program, "<candidate>", "exec"), scope)
        return scope["Net"]()

    return make
