"""Programs that don't end, and those that end in ways of their own."""

from hostile.case import HONEST, Case

LOOP_IN_BACKWARD = """
class Trap(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        return x.clone()

    @staticmethod
    def backward(context, gradient):
        while True:
            pass

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 4)

    def forward(self, x):
        return Trap.apply(self.fc(x.flatten(1)))
"""
ALL_SIGNALS_IGNORED = """
import os, signal, threading, time
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, lambda *_: None)
signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
for thread in range(4):
    threading.Thread(target=lambda: [time.sleep(1) for _ in range(3600)]).start()
os._exit = lambda code: None
while True:
    time.sleep(1)
"""
DAEMON = """
import os, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 1024)
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(3600)"])
    os._exit(0)
"""
THREADS = """
import threading, time

def spin():
    while True:
        time.sleep(0.001)

for _ in range(8):
    threading.Thread(target=spin).start()
"""


def raises(statement: str, where: str) -> str:
    """The honest net, with a statement in front or in one of its methods."""
    if where == "import":
        return f"import sys\n{statement}\n{HONEST}"
    line = {"init": "self.fc = nn.Linear(64, 4)", "forward": "return self.fc(x.flatten(1))"}[where]
    return "import sys\n" + HONEST.replace(line, f"{statement}\n        {line}")


ENDLESS = [
    Case("an endless loop at import", raises("while True: pass", "import"), {"timeout"}),
    Case("an endless loop in __init__", raises("while True: pass", "init"), {"timeout"}),
    Case("an endless loop in forward", raises("while True: pass", "forward"), {"timeout"}),
    Case("an endless loop in backward", LOOP_IN_BACKWARD, {"timeout"}),
    Case(
        "an endless loop once it is trained",
        raises("while len(x) > 2 and not self.training: pass", "forward"),
        {"timeout"},
    ),
    Case("every signal ignored", ALL_SIGNALS_IGNORED, {"timeout"}),
    Case("a daemon and threads left running", DAEMON + THREADS + HONEST, {"ok"}),
    Case("SystemExit at import", raises("sys.exit(0)", "import"), {"build_error"}),
    Case(
        "KeyboardInterrupt in __init__", raises("raise KeyboardInterrupt", "init"), {"build_error"}
    ),
    Case("GeneratorExit in forward", raises("raise GeneratorExit", "forward"), {"forward_error"}),
    Case("RecursionError in forward", raises("return self(x)", "forward"), {"forward_error"}),
    Case(
        "a recursion without a limit",
        raises("sys.setrecursionlimit(1 << 30); return self(x)", "forward"),
        {"killed", "forward_error", "out_of_memory", "timeout"},
    ),
    Case("a segmentation fault", "import ctypes\nctypes.string_at(0)\n", {"killed"}),
]
