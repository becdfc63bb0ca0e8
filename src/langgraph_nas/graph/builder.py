"""Build the search graph: generate -> execute -> diagnose -> update_memory -> generate ..."""

from collections.abc import Mapping
from typing import Any

from langchain_core.language_models import BaseChatModel
from langgraph.graph import END, START, StateGraph
from langgraph.types import RetryPolicy

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import ModelServerError, SandboxError
from langgraph_nas.evaluation import Evaluator
from langgraph_nas.graph.inputs import CheckedGraph, read_input
from langgraph_nas.graph.routing import next_iteration
from langgraph_nas.graph.seats import Seat
from langgraph_nas.nodes import (
    adiagnose,
    aexecute,
    agenerate,
    aupdate_memory,
    diagnose,
    execute,
    generate,
    update_memory,
)
from langgraph_nas.sandbox.base import Sandbox
from langgraph_nas.session import AnyPath, Objects, SettingsForm, Workbench, archive_path
from langgraph_nas.spaces import Space
from langgraph_nas.state import SearchState
from langgraph_nas.trials import Method

NODES_PER_ITERATION = 4
SLACK_STEPS = 50

NODES = {
    "generate": (generate, agenerate),
    "execute": (execute, aexecute),
    "diagnose": (diagnose, adiagnose),
    "update_memory": (update_memory, aupdate_memory),
}
DESCRIPTIONS = {
    "generate": "The Code Generator writes the next network.",
    "execute": "The sandbox trains it, the host scores it.",
    "diagnose": "The Prompt Improver says what held it back and what to try next.",
    "update_memory": "Closes the last diagnostic triple, opens a new one, keeps the best network.",
}

INFRASTRUCTURE = (ModelServerError, SandboxError)
"""What may be better a moment later: a model server or sandbox that failed, retries and all."""

RETRY_ONCE = RetryPolicy(max_attempts=2, initial_interval=5.0, retry_on=INFRASTRUCTURE)
"""The node runs once more, everything opened anew."""


def create_nas_graph(
    *,
    generator: str | BaseChatModel | None = None,
    improver: str | BaseChatModel | None = None,
    sandbox: str | Sandbox | None = None,
    method: str | Method | None = None,
    space: str | Space | None = None,
    evaluator: str | Evaluator | None = None,
    dataset: str | None = None,
    config: SearchConfig | None = None,
    prompts: Mapping[str, str] | None = None,
    database: AnyPath | None = None,
    state_schema: type[Any] | None = None,
    input_schema: type[Any] | None = None,
    output_schema: type[Any] | None = None,
    name: str | None = None,
    retry_policy: RetryPolicy | None = RETRY_ONCE,
) -> StateGraph[Any, Any, Any, Any]:
    """Return the uncompiled search graph; compile it with a checkpointer of your own, or none.

    Nothing is opened before a node runs. Its runtime context may be a `SearchConfig` or a dict of
    settings, for a search that has not begun; from then on they are frozen in its state. The
    search is named after its thread. Its trials are in the archive, as those of `search()`.

    Give the run a recursion limit of `recursion_limit(iterations)`: LangGraph counts every node,
    and a limit that a parent's run was given is handed down. `nas_node` and `nas_tool` do so.

    Args:
        generator: Chat model of the Code Generator: a setting, or an object.
        improver: Chat model of the Prompt Improver.
        sandbox: Kind of sandbox, or an object.
        method: How candidates are proposed: a name, or an object.
        space: Where they come from: a name, or an object.
        evaluator: What finds out how good they are: a setting, or an object.
        dataset: Name of the data set.
        config: All settings; the arguments above go before them.
        prompts: Templates in place of ours, by name.
        database: The archive's file; default: $LANGGRAPH_NAS_DB, else nas-runs/searches.db.
        state_schema: `SearchState` with keys of your own, for nodes that you add.
        input_schema: What of the state a caller gives; default: all.
        output_schema: What of the state a caller gets; default: all.
        name: Name of its searches in the archive, a number added where it is taken; default: as
            their thread.
        retry_policy: For infrastructure that failed after the retries of its own; what a
            candidate does wrong is an outcome, never an error.

    Raises:
        pydantic.ValidationError: A setting is out of bounds.

    Example:
        >>> sorted(create_nas_graph().nodes)
        ['diagnose', 'execute', 'generate', 'update_memory']
    """
    given = {
        "generator": generator,
        "improver": improver,
        "sandbox": sandbox,
        "method": method,
        "space": space,
        "evaluator": evaluator,
    }
    settings: dict[str, Any] = {key: it for key, it in given.items() if isinstance(it, str)}
    objects: dict[str, Any] = {key: it for key, it in given.items() if key not in settings}
    others = {"dataset": dataset, "prompts": prompts and dict(prompts)}
    settings |= {key: value for key, value in others.items() if value is not None}
    base = config or SearchConfig.model_validate({})
    bench = Workbench(
        SearchConfig.model_validate(base.model_dump() | settings),
        database=None if database is None else archive_path(database),
        name=name,
        objects=Objects(**objects),
    )
    graph = CheckedGraph(
        state_schema or SearchState,
        context_schema=SettingsForm,
        input_schema=input_schema,
        output_schema=output_schema,
    )
    graph.read = read_input
    _add_nodes(graph, bench, retry_policy)
    return graph


def _add_nodes(
    graph: StateGraph[Any, Any, Any, Any], bench: Workbench, retry_policy: RetryPolicy | None
) -> None:
    for node, (sync, asynchronous) in NODES.items():
        seat = Seat(sync, asynchronous, bench)
        graph.add_node(
            node,
            seat.node(),
            metadata={"description": DESCRIPTIONS[node]},
            retry_policy=retry_policy,
        )
    graph.add_edge(START, "generate")
    graph.add_edge("generate", "execute")
    graph.add_edge("execute", "diagnose")
    graph.add_edge("diagnose", "update_memory")
    graph.add_conditional_edges("update_memory", next_iteration, ["generate", END])


def recursion_limit(iterations: int) -> int:
    """Return a recursion limit that lets a search of so many iterations run to its end."""
    return NODES_PER_ITERATION * iterations + SLACK_STEPS
