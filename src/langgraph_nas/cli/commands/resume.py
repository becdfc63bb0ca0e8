"""Command `resume`."""

from functools import partial
from typing import Any

from langgraph_nas.cli.options import Database, Json, Name, NoBuildImage, Pull, Quiet
from langgraph_nas.cli.running import run_shown
from langgraph_nas.cli.settings import GROUPS, with_settings
from langgraph_nas.config import RAISED, SearchConfig


@with_settings(
    "The search", without=set(GROUPS["The search"]) - set(RAISED), default="the search's own"
)
def resume(
    name: Name,
    *,
    database: Database = None,
    pull: Pull = False,
    no_build_image: NoBuildImage = False,
    json: Json = False,
    quiet: Quiet = False,
    settings: dict[str, Any],
) -> None:
    """Go on with a search where it stopped, under its own settings."""
    from langgraph_nas.archive import Archive
    from langgraph_nas.runs import default_database, resume

    path = database or default_database()
    with Archive.open(path, readonly=True) as archive:
        config = SearchConfig.model_validate(archive.search(name)["settings"] | settings)
        best = archive.best_trial(name)
    run = partial(
        resume, name, database=path, build_image=not no_build_image, pull=pull, **settings
    )
    run_shown(run, config, path, default_database(), best=best, as_json=json, quiet=quiet)
