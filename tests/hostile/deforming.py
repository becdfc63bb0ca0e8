"""Programs whose exceptions, weights and outputs are not what they seem."""

from hostile.case import HONEST, Case

ENDLESS_TEXT = """
class Trap(Exception):
    def __str__(self):
        while True:
            pass

raise Trap
"""
LYING_TEXT = """
class Text(str):
    __len__ = lambda self: -1
    __getitem__ = lambda self, key: 1 / 0
    encode = __getitem__

class Trap(ValueError):
    outcome = "ok"
    __class__ = property(lambda self: 1 / 0)
    __traceback__ = property(lambda self: 1 / 0)

    def __str__(self):
        return Text("x" * (1 << 20))

raise Trap
"""
PICKLE_TRAP = """
import os

class Trap(torch.Tensor):
    def __reduce_ex__(self, protocol):
        return os.system, ("touch @CANARY@",)
    __reduce__ = __reduce_ex__

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 4)

    def state_dict(self, *arguments, **options):
        trap = torch.zeros(3).as_subclass(Trap)
        pickled = b"cos\\nsystem\\n(S'touch @CANARY@'\\ntR."
        return {"fc": self.fc.weight.data, "trap": trap, pickled.decode(): torch.zeros(1)}

    def forward(self, x):
        return self.fc(x.flatten(1)).as_subclass(Trap)
"""
LYING_TENSOR = """
class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, arguments=(), options=None):
        if "shape" in str(function):
            return torch.Size([arguments[0].size(0), 4])
        return torch._C.DisableTorchFunctionSubclass().__enter__() or 1 / 0

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 40)

    def forward(self, x):
        return self.fc(x.flatten(1)).as_subclass(Liar)
"""


def returning(expression: str) -> str:
    """The honest net with another output."""
    return HONEST.replace("return self.fc(x.flatten(1))", f"return {expression}")


LOGITS = "self.fc(x.flatten(1))"
NAN_WEIGHTS = HONEST.replace("64, 4)", "64, 4); self.fc.weight.data *= float('nan')")
ANY = {"bad_output", "forward_error", "not_finite", "train_error"}
DEFORMING = [
    Case("an exception whose text never ends", ENDLESS_TEXT, {"timeout"}),
    Case("an exception that lies", LYING_TEXT, {"build_error"}),
    Case("traps for whoever unpickles", PICKLE_TRAP, {"ok", *ANY}, send_weights=True),
    Case("NaN weights", NAN_WEIGHTS, {"not_finite"}),
    Case("outputs of whole numbers", returning(f"{LOGITS}.long()"), {"bad_output"}),
    Case("outputs of the wrong shape", returning(f"{LOGITS}[:, :3]"), {"bad_output"}),
    Case("outputs on no device", returning(f"{LOGITS}.to('meta')"), ANY),
    Case("an output that lies about its shape", LYING_TENSOR, ANY),
]
