"""What a model server keeps in memory, for tests."""

import time
from dataclasses import dataclass, field


@dataclass
class GpuMemory:
    """Models come when they are asked and leave when they are told to."""

    vram: dict[str, int] = field(default_factory=dict)
    """Name -> bytes of GPU memory when loaded; of others, 0."""
    leaves_after: float = 0.0
    """Seconds that a model takes to leave after it was told to."""
    until: dict[str, float] = field(default_factory=dict)
    """Name -> monotonic time at which it leaves."""

    def load(self, name: str) -> int:
        """Have a model in memory; return the nanoseconds that this took."""
        known = self.holds(name)
        self.until[name] = float("inf")
        return 10**6 if known else 25 * 10**8

    def unload(self, name: str) -> None:
        self.until[name] = time.monotonic() + self.leaves_after

    def holds(self, name: str) -> bool:
        return self.until.get(name, 0) > time.monotonic()
