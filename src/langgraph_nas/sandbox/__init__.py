"""A place for hostile programs: one protocol, three kinds of sandbox, one harness inside."""

from langgraph_nas.sandbox.base import (
    Job,
    Limits,
    OnEvent,
    Recipe,
    Run,
    Sandbox,
    Workload,
)
from langgraph_nas.sandbox.choose import open_sandbox, sweep

__all__ = [
    "Job",
    "Limits",
    "OnEvent",
    "Recipe",
    "Run",
    "Sandbox",
    "Workload",
    "open_sandbox",
    "sweep",
]
