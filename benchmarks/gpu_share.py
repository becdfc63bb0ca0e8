"""`--share-gpu` for real: a server of Ollama's protocol whose model holds memory of the GPU."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from gpu_bench import Bench, Row, mebibytes

from langgraph_nas import Archive, SearchConfig, search

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from servers.gpu_memory import GpuMemory
from servers.ollama_protocol import OllamaProtocolServer

HELD_MB = 3000
"""Of the fake model."""
ADVICE = (
    ("it is too narrow to tell the digits apart", "make the first layer twice as wide"),
    ("it learns too slowly in one epoch", "make the first layer three times as wide"),
    ("nothing is wrong", "keep it"),
)
PROGRAM = """```python
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(64, WIDTH), nn.Linear(WIDTH, 10)

    def forward(self, x):
        return self.last(F.relu(self.first(x.flatten(1))))
```"""


@dataclass
class HeldMemory(GpuMemory):
    """It holds as much of the device as it says, in this process."""

    tensors: dict[str, torch.Tensor] = field(default_factory=dict)
    is_real: bool = False

    def load(self, name: str) -> int:
        if self.is_real and name not in self.tensors:
            self.tensors[name] = mebibytes(self.vram[name] >> 20)
        return super().load(name)

    def unload(self, name: str) -> None:
        if self.tensors.pop(name, None) is not None:
            torch.cuda.empty_cache()
        super().unload(name)


def check_share(bench: Bench) -> Iterator[Row]:
    """In a search of three networks the model is away whenever one trains."""
    server = OllamaProtocolServer(models={"coder:latest": 32768})
    server.memory = HeldMemory({"coder:latest": HELD_MB << 20}, is_real=bench.is_cuda)
    server.replies = []
    for number, (problem, change) in enumerate(ADVICE, start=1):
        advice = {"problem": problem, "inspiration": "width", "modification": change}
        server.replies += [PROGRAM.replace("WIDTH", str(32 * number)), json.dumps(advice)]
    seen: list[tuple[bool, float]] = []

    def look(event: dict[str, Any]) -> None:
        if event["event"] == "stage" and event.get("stage") == "train":
            seen.append((server.memory.holds("coder:latest"), bench.used_mb()))

    config = SearchConfig(
        dataset="digits",
        generator="ollama:coder",
        improver="ollama:coder",
        iterations=3,
        finalists=0,
        confirm_best=False,
        device=bench.device,
        share_gpu=True,
        sandbox=bench.sandbox.name,
    )
    database = bench.folder / "share.db"
    host = os.environ.get("OLLAMA_HOST")
    os.environ["OLLAMA_HOST"] = server.address
    try:
        search(config, name="s", database=database, on_event=look)
    finally:
        os.environ.pop("OLLAMA_HOST")
        if host is not None:
            os.environ["OLLAMA_HOST"] = host
        server.close()
    with Archive.open(database, readonly=True) as archive:
        outcomes = [trial["outcome"] for trial in archive.trials("s")]
    loaded = [holds for holds, _ in seen]
    away = not any(loaded) if bench.is_cuda else True
    peak = max((used for _, used in seen), default=0.0)
    yield Row(
        "--share-gpu",
        outcomes == ["ok"] * 3 and len(seen) == 3 and away,
        f"{', '.join(outcomes)}; model of {HELD_MB} MiB loaded during {sum(loaded)} of {len(seen)} "
        f"trainings; device memory in use then {peak:.0f} MiB at most",
        {"outcomes": outcomes, "loaded": loaded, "used_mb": [used for _, used in seen]},
    )
