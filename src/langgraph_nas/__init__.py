"""langgraph-nas: a LangGraph plugin that searches for neural architectures with local LLMs.

Names are imported on first use, so that `import langgraph_nas` stays light.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph_nas.archive import Archive
    from langgraph_nas.config import SearchConfig
    from langgraph_nas.errors import NasError, ResumableError, UsageError
    from langgraph_nas.graph import (
        aopen_checkpointer,
        create_nas_graph,
        open_checkpointer,
        recursion_limit,
    )
    from langgraph_nas.runs import (
        Comparison,
        ExportResult,
        Finals,
        Reliability,
        SearchResult,
        Study,
        aresume,
        asearch,
        compare_methods,
        compare_searches,
        evaluate_files,
        export,
        export_finalist,
        finalize,
        first_state,
        nas_agent,
        nas_node,
        nas_tool,
        open_context,
        reliability,
        replay,
        resume,
        search,
    )
    from langgraph_nas.state import SearchState
    from langgraph_nas.trials import SearchContext

__all__ = [
    "Archive",
    "Comparison",
    "ExportResult",
    "Finals",
    "NasError",
    "Reliability",
    "ResumableError",
    "SearchConfig",
    "SearchContext",
    "SearchResult",
    "SearchState",
    "Study",
    "UsageError",
    "aopen_checkpointer",
    "aresume",
    "asearch",
    "compare_methods",
    "compare_searches",
    "create_nas_graph",
    "evaluate_files",
    "export",
    "export_finalist",
    "finalize",
    "first_state",
    "nas_agent",
    "nas_node",
    "nas_tool",
    "open_checkpointer",
    "open_context",
    "recursion_limit",
    "reliability",
    "replay",
    "resume",
    "search",
]

_HOMES = {
    "archive": ("Archive",),
    "config": ("SearchConfig",),
    "errors": ("NasError", "ResumableError", "UsageError"),
    "graph": (
        "aopen_checkpointer",
        "create_nas_graph",
        "open_checkpointer",
        "recursion_limit",
    ),
    "runs": (
        "Comparison",
        "ExportResult",
        "Finals",
        "Reliability",
        "SearchResult",
        "Study",
        "aresume",
        "asearch",
        "compare_methods",
        "compare_searches",
        "evaluate_files",
        "export",
        "export_finalist",
        "finalize",
        "first_state",
        "nas_agent",
        "nas_node",
        "nas_tool",
        "open_context",
        "reliability",
        "replay",
        "resume",
        "search",
    ),
    "state": ("SearchState",),
    "trials": ("SearchContext",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

try:
    __version__ = version("langgraph-nas")
except PackageNotFoundError:  # run from a source tree that is not installed
    __version__ = "0"


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted([*__all__, "__version__"])
