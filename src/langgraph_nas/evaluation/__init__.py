"""One candidate in, one scored outcome out: sandboxed or looked up, and the finalists."""

from langgraph_nas.evaluation.base import (
    NOTHING,
    Cost,
    Evaluator,
    Measured,
    failure,
    is_sandboxed,
    scored,
)
from langgraph_nas.evaluation.device_memory import device_memory_budget
from langgraph_nas.evaluation.finalists import Finalist, remeasure
from langgraph_nas.evaluation.gpu import has_gpu
from langgraph_nas.evaluation.pool import LocalPool, Pool
from langgraph_nas.evaluation.recipe import (
    channels_last_of,
    limits_of,
    pick_device,
    recipe_of,
    task_of,
    workload_of,
)
from langgraph_nas.evaluation.sandboxed import Sandboxed, Trained, measures_of, parameters_of

__all__ = [
    "NOTHING",
    "Cost",
    "Evaluator",
    "Finalist",
    "LocalPool",
    "Measured",
    "Pool",
    "Sandboxed",
    "Trained",
    "channels_last_of",
    "device_memory_budget",
    "failure",
    "has_gpu",
    "is_sandboxed",
    "limits_of",
    "measures_of",
    "parameters_of",
    "pick_device",
    "recipe_of",
    "remeasure",
    "scored",
    "task_of",
    "workload_of",
]
