"""A search while it is open: roles, data, sandbox, archive, and its one lifecycle."""

from langgraph_nas.session.best_file import best_path, write_best
from langgraph_nas.session.ends import changed_end, refuse_passed, with_change
from langgraph_nas.session.facts import (
    facts_of,
    is_other_data,
    refuse_changed,
    refuse_other_data,
    started,
)
from langgraph_nas.session.form import SettingsForm
from langgraph_nas.session.given import is_nested, refuse_unknown
from langgraph_nas.session.objects import Objects
from langgraph_nas.session.opening import (
    OnProgress,
    open_config_sandbox,
    open_context,
    prepare_data,
    with_known_data,
)
from langgraph_nas.session.owner import OwnedError, sole_owner, status_now
from langgraph_nas.session.paths import AnyPath, archive_path, default_database, replies_path
from langgraph_nas.session.session import Session
from langgraph_nas.session.sharing import with_device_memory
from langgraph_nas.session.summary import summary_of
from langgraph_nas.session.workbench import Workbench

__all__ = [
    "OwnedError",
    "AnyPath",
    "Objects",
    "OnProgress",
    "Session",
    "SettingsForm",
    "Workbench",
    "archive_path",
    "best_path",
    "changed_end",
    "default_database",
    "facts_of",
    "is_nested",
    "is_other_data",
    "open_config_sandbox",
    "open_context",
    "prepare_data",
    "refuse_changed",
    "refuse_other_data",
    "refuse_passed",
    "refuse_unknown",
    "replies_path",
    "sole_owner",
    "started",
    "status_now",
    "summary_of",
    "with_change",
    "with_device_memory",
    "with_known_data",
    "write_best",
]
