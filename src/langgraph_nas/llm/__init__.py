"""The models behind the roles: `ollama:qwen2.5-coder:7b`, `embedded`, any LangChain chat model."""

from langgraph_nas.llm.choose import open_role, resolve_auto
from langgraph_nas.llm.idle import idle_role
from langgraph_nas.llm.journal import Journal, Question, ReplyJournal
from langgraph_nas.llm.ollama_server import list_ollama_models, ollama_problem
from langgraph_nas.llm.role import Role
from langgraph_nas.llm.sampling import Reply, Sampling

__all__ = [
    "Journal",
    "Question",
    "Reply",
    "ReplyJournal",
    "Role",
    "Sampling",
    "embedded_problem",
    "list_ollama_models",
    "ollama_problem",
    "idle_role",
    "open_role",
    "resolve_auto",
]


def embedded_problem() -> str | None:
    """Return why the embedded model can't be used here, None if it can."""
    # Imported here, as LangChain's classes take half a second.
    from langgraph_nas.llm import embedded

    return embedded.embedded_problem()
