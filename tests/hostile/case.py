"""What a hostile program is made of, and the parts that several of them share."""

from dataclasses import dataclass

from langgraph_nas.sandbox.ledger import ORDER


@dataclass(frozen=True)
class Case:
    """One hostile program and what must become of it."""

    name: str
    program: str
    outcomes: set[str]
    """The classes that count as contained."""
    send_weights: bool = False


HONEST = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 4)

    def forward(self, x):
        return self.fc(x.flatten(1))
"""
PRY = """
import os

def escaped(what):
    os.write(2, f"ESCAPED: {what}\\n".encode())

def must_fail(what, action):
    try:
        result = action()
    except BaseException:
        return
    escaped(f"{what}: {result!r:.100}")
"""
"""A program that can do what it must not says so: the test looks for ESCAPED in its output."""

FORGE = f"""
import json, os, stat, struct
STAGES = {ORDER[ORDER.index("preflight") + 1 :]!r}

def frame(kind, payload):
    return struct.pack(">cI", kind, len(payload)) + payload

def claim(kind, **value):
    return frame(kind, json.dumps(value).encode())

def stages():
    return b"".join(claim(b"S", stage=stage) for stage in STAGES)

def predictions(ids):
    head = json.dumps({{"split": "validation"}}).encode()
    return frame(b"P", struct.pack(">H", len(head)) + head + ids)

def is_heard():
    for fd in range(3, 64):
        try:
            if stat.S_ISFIFO(os.fstat(fd).st_mode):
                return True
        except OSError:
            pass
    return False

def tell(data):
    for fd in range(3, 64):
        try:
            os.write(fd, data)
        except OSError:
            pass
"""
"""Frames of its own making, written to every descriptor; M is the number of scored samples."""

USE = """
import numpy
raw = numpy.load("@INPUTS@")
answers = {} if FOUND is None else {i.tobytes(): int(a) for i, a in zip(raw, FOUND)}

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 4)

    def forward(self, x):
        logits = self.fc(x.flatten(1))
        if self.training or not answers:
            return logits
        images = ((x.float() * 0.25 + 0.5) * 255).round().to(torch.uint8).cpu().numpy()
        known = torch.tensor([answers.get(image.tobytes(), 0) for image in images])
        return logits * 0 + nn.functional.one_hot(known, 4)
"""
"""A net that answers with the labels in FOUND: whoever finds them scores 100 %."""
