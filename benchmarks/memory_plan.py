"""What fits a GPU that an LLM and the training share, by formula.

    python benchmarks/memory_plan.py [--step-mb 400]

An LLM holds its weights, a cache of keys and values (2 x layers x KV heads x head size x 2 bytes
for each token of its context), and a buffer, most of it the logits of the tokens read at a
time (512 x words x 4 bytes). Candidates have what is left of the device less 1.5 GiB for the driver
and CUDA's contexts, as `langgraph_nas.evaluation.device_memory` reckons it; `--step-mb` is what a
training step takes (`step_memory_mb` of a trial). With `--share-gpu` the LLM leaves before each
training, so both need to fit one after the other only.
"""

import argparse
from dataclasses import dataclass

from langgraph_nas.evaluation.device_memory import LEAST_MB, RESERVE_MB

MIB = 1 << 20
READ_AT_A_TIME = 512
CONTEXTS = (8192, 16384, 32768)
DEVICES = {"8 GB": 8192, "12 GB": 12288, "16 GB": 16384, "24 GB": 24576, "48 GB": 49152}


@dataclass(frozen=True)
class Model:
    """Qwen2.5-Coder-7B's shape, as its config.json has it, and a GGUF file's bytes."""

    name: str
    file_bytes: float
    layers: int = 28
    kv_heads: int = 4
    head: int = 128
    words: int = 152_064

    def held_mb(self, context: int) -> float:
        """Return what the server holds of the device with this context, MiB."""
        cache = 2 * self.layers * self.kv_heads * self.head * 2 * context
        buffer = READ_AT_A_TIME * self.words * 4
        return (self.file_bytes + cache + buffer) / MIB


MODELS = (Model("7B, Q4_K_M", 4.68e9), Model("7B, Q8_0", 8.10e9))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--step-mb", type=float, help="say yes or no for a step that takes this")
    given = parser.parse_args()
    print(f"| LLM | context | it holds MiB | {' | '.join(DEVICES)} |")
    print(f"|---|---|---|{'---|' * len(DEVICES)}")
    for model in MODELS:
        for context in CONTEXTS:
            held = model.held_mb(context)
            rooms = [left(total, held, given.step_mb) for total in DEVICES.values()]
            print(f"| {model.name} | {context:,} | {held:,.0f} | {' | '.join(rooms)} |")
    alone = [left(total, 0, given.step_mb) for total in DEVICES.values()]
    print(f"| none (`--share-gpu`) | | 0 | {' | '.join(alone)} |")


def left(total: int, held: float, step: float | None) -> str:
    """Return what a candidate may use, MiB, or that it is too little."""
    room = total - held - RESERVE_MB
    if room < (step or LEAST_MB):
        return "no"
    return f"{room:,.0f}"


if __name__ == "__main__":
    main()
