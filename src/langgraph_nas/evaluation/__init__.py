"""One program in, one scored outcome out: checks, sandbox, host-side scoring, finalists."""

from langgraph_nas.evaluation.device_memory import device_memory_budget
from langgraph_nas.evaluation.evaluator import (
    Evaluator,
    Trained,
    failure,
    measures_of,
    parameters_of,
)
from langgraph_nas.evaluation.finalists import Finalist, remeasure
from langgraph_nas.evaluation.gpu import has_gpu
from langgraph_nas.evaluation.recipe import (
    channels_last_of,
    limits_of,
    pick_device,
    recipe_of,
    workload_of,
)

__all__ = [
    "Evaluator",
    "Finalist",
    "Trained",
    "channels_last_of",
    "device_memory_budget",
    "failure",
    "has_gpu",
    "limits_of",
    "measures_of",
    "parameters_of",
    "pick_device",
    "recipe_of",
    "remeasure",
    "workload_of",
]
