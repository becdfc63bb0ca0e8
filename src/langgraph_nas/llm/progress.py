"""Progress of opening a model."""

from collections.abc import Callable

OnProgress = Callable[[str], None]
"""Called with a line for people, e.g. `pulling qwen2.5-coder:7b: 45 % of 4.7 GB`."""
