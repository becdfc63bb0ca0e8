"""Programs that make up their result, or reach into the one that measures it."""

import json

from hostile.case import FORGE, HONEST, Case

END = 'claim(b"D", claims={"parameters": 1, "steps": 1})'
RESULT = f"stages() + predictions(bytes(2 * M)) + {END}"
SHORT = f"stages() + predictions(bytes(2 * M - 2)) + {END}"
HEADER = json.dumps({"name": "w", "dtype": "float32", "shape": [0, 2**52, 2**52]})
TENSOR = f"stages() + frame(b'W', struct.pack('>H', {len(HEADER)}) + {HEADER!r}.encode())"
LATE = """
import threading, time

def interfere():
    time.sleep(0.02)
    while True:
        tell(predictions(bytes(2 * M)) + claim(b"D"))

threading.Thread(target=interfere).start()
"""
HARNESS = """
import sys
for module in [m for n, m in list(sys.modules.items()) if n.startswith("nas_harness")]:
    for name in ("check_output", "check_finite", "check_whole", "is_count", "explain"):
        if hasattr(module, name):
            setattr(module, name, lambda *arguments, **options: None)
    if hasattr(module, "predict"):
        module.predict = lambda net, images, *rest: torch.zeros(len(images), dtype=torch.int32)
"""
TEST_INPUTS = """
import gc
DATA = [o for o in gc.get_objects() if type(o).__name__ == "Data" and hasattr(o, "inputs")]
assert DATA, "the harness's data were not found"

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 4)
        images = next(iter(DATA[0].inputs.values())).flatten(1) / 255
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        for _ in range(50):
            logits = self.fc(images)
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(logits, logits.argmax(1)).backward()
            optimizer.step()

    def forward(self, x):
        return self.fc(x.flatten(1))
"""
PATCHES = {
    "torch": "torch.cat = lambda parts, *a, **k: parts[0]\ntorch.isnan = lambda x: x != x\n"
    "torch.no_grad = torch.enable_grad\ntorch.Tensor.to = lambda self, *a, **k: self\n",
    "the loss and the optimizer": "F.cross_entropy = torch.nn.functional.cross_entropy = "
    "lambda output, labels: output.sum() * 0\n"
    "torch.optim.SGD.step = lambda self, closure=None: None\n",
    "Tensor.eq and argmax": "torch.eq = torch.Tensor.eq = torch.Tensor.__eq__ = "
    "lambda *a, **k: torch.ones(1, dtype=torch.bool)\n"
    "torch.argmax = torch.Tensor.argmax = lambda self, *a, **k: torch.full((len(self),), 3)\n",
    "the clock": "import time\n"
    "for name in ('time', 'monotonic', 'perf_counter', 'process_time'):\n"
    "    setattr(time, name, lambda: -1e9)\n",
    "the harness": HARNESS,
}
ANY = {
    "ok",
    "protocol_error",
    "build_error",
    "bad_output",
    "forward_error",
    "train_error",
    "killed",
}
REFUSED = {"protocol_error"}


def forged(frames: str) -> str:
    """A program that sends these frames and leaves at once; where it is only looked at, it waits.

    The processes that look at it have no pipe to the host, so nobody would hear it there.
    """
    return f"{FORGE}\nM = @M@\nif is_heard():\n    tell({frames})\n    os._exit(0)\n{HONEST}"


FORGING = [
    # A result that is well formed is a result: it scores what its guesses are worth.
    Case("a well-formed result and an exit", forged(RESULT), {"ok"}),
    Case("a result one sample short", forged(SHORT), REFUSED),
    Case("an empty tensor of impossible shape", forged(TENSOR), REFUSED, send_weights=True),
    Case("a result written by a thread", f"{FORGE}\nM = @M@\n{LATE}{HONEST}", ANY),
    Case(
        "all descriptors closed",
        "import os\nos.closerange(0, 1024)\n" + HONEST,
        {"killed", "timeout", *REFUSED},
    ),
    Case("the net trained on the test inputs", TEST_INPUTS, {"ok"}),
    *(Case(f"{name} patched", patch + HONEST, ANY) for name, patch in PATCHES.items()),
]
