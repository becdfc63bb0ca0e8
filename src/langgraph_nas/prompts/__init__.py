"""Words for the LLM roles (`*.md`), filling them in, and reading what comes back."""

from langgraph_nas.prompts.echoes import Echoes
from langgraph_nas.prompts.finished import find_finished_program
from langgraph_nas.prompts.fitting import Parts, Prompt, fit, shortest
from langgraph_nas.prompts.programs import find_program
from langgraph_nas.prompts.replies import explain_unread, read_diagnosis, read_json, read_suggestion
from langgraph_nas.prompts.templates import (
    PLACEHOLDERS,
    REQUIRED,
    Templates,
    load_templates,
    read_phrases,
    read_prompt_folder,
    write_prompt_folder,
)
from langgraph_nas.prompts.thoughts import strip_thoughts
from langgraph_nas.prompts.uses import MEANINGS, USES, unused

__all__ = [
    "MEANINGS",
    "PLACEHOLDERS",
    "REQUIRED",
    "USES",
    "Echoes",
    "Parts",
    "Prompt",
    "Templates",
    "explain_unread",
    "find_finished_program",
    "find_program",
    "fit",
    "load_templates",
    "read_diagnosis",
    "read_json",
    "read_phrases",
    "read_prompt_folder",
    "read_suggestion",
    "shortest",
    "strip_thoughts",
    "unused",
    "write_prompt_folder",
]
