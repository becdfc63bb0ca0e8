"""Open what a search needs - roles, data, sandbox - and close it again at the end."""

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import get_args

from langchain_core.language_models import BaseChatModel

from langgraph_nas.archive import Archive
from langgraph_nas.config import SandboxKind, SearchConfig
from langgraph_nas.datasets import PreparedData, get_info, known_name, prepare
from langgraph_nas.errors import UsageError
from langgraph_nas.evaluation import Evaluator, LocalPool, Sandboxed, is_sandboxed, pick_device
from langgraph_nas.llm import ReplyJournal, Role, Sampling, idle_role, open_role, resolve_auto
from langgraph_nas.llm.sampling import RECORDED
from langgraph_nas.methods import find_method
from langgraph_nas.prompts import load_templates
from langgraph_nas.registry import EVALUATORS, OBJECT
from langgraph_nas.sandbox import open_sandbox
from langgraph_nas.sandbox.base import Sandbox
from langgraph_nas.session.capacity import (
    refuse_missing_gpu,
    refuse_no_start,
    refuse_too_much,
)
from langgraph_nas.session.paths import replies_path
from langgraph_nas.session.recorded_replies import ArchivedReplies
from langgraph_nas.session.recorded_roles import open_recorded
from langgraph_nas.session.room import refuse_small_prompts
from langgraph_nas.session.sharing import with_cpus, with_device_memory
from langgraph_nas.spaces import Space, open_space
from langgraph_nas.state import RoleName
from langgraph_nas.trials import Method, SearchContext

OnProgress = Callable[[str], None]
"""Told in one line what is being set up."""


@contextmanager
def open_context(
    config: SearchConfig,
    archive: Archive,
    *,
    generator: BaseChatModel | None = None,
    improver: BaseChatModel | None = None,
    sandbox: Sandbox | None = None,
    method: Method | None = None,
    space: Space | None = None,
    evaluator: Evaluator | None = None,
    stop: threading.Event | None = None,
    build_image: bool = True,
    pull: bool = False,
    is_new: bool = True,
    on_progress: OnProgress | None = None,
) -> Iterator[SearchContext]:
    """Yield the runtime context of a search; its models and sandbox are closed at the end.

    `auto` settings are replaced by what was chosen, so that the frozen settings say it.

    A role that the method never asks opens no model.

    Args:
        config: The settings.
        archive: Where the search records; stays open.
        generator: A chat model in place of `config.generator`.
        improver: A chat model in place of `config.improver`.
        sandbox: A sandbox in place of `config.sandbox`; stays open.
        method: A method in place of `config.method`.
        space: A space in place of `config.space`.
        evaluator: An evaluator in place of `config.evaluator`; stays open.
        stop: Set it to end the search.
        build_image: Build the Docker image where it is missing.
        pull: Pull Ollama models that are missing.
        is_new: The search has not begun: what is more than the machine has is refused.
        on_progress: Told what is being set up.

    Raises:
        UsageError: A setting names something that is not there; the message says what to do.
    """
    tell = on_progress or (lambda line: None)
    load_templates(config.prompts)  # what is wrong with them is said before anything is opened
    config = with_known_data(config).decided()
    config = _with_objects(config, is_new, method=method, space=space, evaluator=evaluator)
    method = method or find_method(config.method)
    config = _with_models(config, method.roles, generator, improver, tell)
    with ExitStack() as stack:
        journal = ArchivedReplies(ReplyJournal(replies_path(archive.path)), archive)
        stack.callback(journal.close)
        roles = [
            _open_role(stack, name, model, config, archive, pull, tell, method.roles)
            for name, model in _models(config, generator, improver)
        ]
        if evaluator is None:
            config = with_device_memory(with_cpus(config), roles, at_a_time=config.in_flight)
            evaluator, config = _open_evaluator(stack, config, sandbox, build_image, is_new, tell)
        space = space or _open_space(evaluator, config, method, roles[0])
        method.check(space)
        context = SearchContext(
            config=config,
            generator=roles[0],
            improver=roles[1],
            evaluator=evaluator,
            space=space,
            method=method,
            archive=archive,
            journal=journal,
            templates=load_templates(config.prompts, texts=space.texts, phrases=space.phrases),
            stop=stop or threading.Event(),
        )
        if is_new:
            refuse_small_prompts(context)
        if space.is_text:
            _import_ahead()
        if config.in_flight > 1:
            pool = LocalPool(evaluator, config.in_flight)
            stack.callback(pool.close)
            context = replace(context, pool=pool)
        yield context


def _open_space(
    evaluator: Evaluator, config: SearchConfig, method: Method, generator: Role
) -> Space:
    is_drawn = generator.name not in method.roles
    return open_space(evaluator.task, config, is_drawn=is_drawn, is_small=generator.embedded)


def _import_ahead() -> None:
    """Import in the background what compares programs: half a second, while the LLM writes."""
    name = "langgraph_nas.programs.novelty"
    threading.Thread(target=import_module, args=(name,), daemon=True, name="import").start()


def _open_evaluator(
    stack: ExitStack,
    config: SearchConfig,
    given: Sandbox | None,
    build_image: bool,
    is_new: bool,
    tell: OnProgress,
) -> tuple[Evaluator, SearchConfig]:
    """Return the evaluator of the settings, and these with what was chosen for it."""
    if not is_sandboxed(config):
        if config.evaluator.startswith(OBJECT):
            EVALUATORS.load(config.evaluator)  # raises
        name, _, argument = config.evaluator.partition(":")
        return EVALUATORS.load(name)(config, argument), config
    data = prepare_data(config, tell)
    sandbox = given or open_config_sandbox(stack, config, build_image, tell)
    if is_new and given is None:
        refuse_too_much(config, sandbox)
    evaluator = Sandboxed(sandbox, data, config)
    if given is None:
        refuse_no_start(evaluator)
    config = evaluator.config = config.model_copy(
        update={"sandbox": _kind_of(sandbox, config), "precision": evaluator.precision}
    )
    return evaluator, config


def with_known_data(config: SearchConfig) -> SearchConfig:
    """Return the settings with their data set by its name, before anything is opened or made.

    Raises:
        UsageError: There is none of this name.
    """
    root = Path(config.data_root) if config.data_root else None
    name = known_name(config.dataset)
    get_info(name, root=root, attribute=config.celeba_attribute)
    return config if name == config.dataset else config.model_copy(update={"dataset": name})


def prepare_data(config: SearchConfig, tell: OnProgress) -> PreparedData:
    """Return the data set of the settings as arrays in the cache; tell what to know of it."""
    data = prepare(
        config.dataset,
        root=Path(config.data_root) if config.data_root else None,
        seed=config.seed,
        train_samples=config.train_samples,
        protocol=config.protocol,
        attribute=config.celeba_attribute,
        on_progress=lambda what, done, total: tell(_counted(what, done, total)),
    )
    for note in data.notes:
        tell(note)
    return data


def open_config_sandbox(
    stack: ExitStack, config: SearchConfig, build_image: bool, tell: OnProgress
) -> Sandbox:
    """Return the sandbox of the settings; `stack` closes it."""
    sandbox = open_sandbox(
        config.sandbox,
        image=config.image,
        runtime=config.runtime,
        build_image=build_image,
        cuda=pick_device(config.device) == "cuda",
        on_progress=tell,
    )
    stack.callback(sandbox.close)
    refuse_missing_gpu(config, sandbox)
    return sandbox


def _kind_of(sandbox: Sandbox, config: SearchConfig) -> str:
    """Return the setting that opens such a sandbox again; one of somebody's own has none."""
    return sandbox.name if sandbox.name in get_args(SandboxKind) else config.sandbox


def _counted(what: str, done: int, total: int) -> str:
    return f"{what}: {done:,} of {total:,}" if total else what


def _models(
    config: SearchConfig, generator: BaseChatModel | None, improver: BaseChatModel | None
) -> list[tuple[RoleName, str | BaseChatModel]]:
    return [
        ("generator", generator or config.generator),
        ("improver", improver or config.improver),
    ]


def _open_role(
    stack: ExitStack,
    name: RoleName,
    model: str | BaseChatModel,
    config: SearchConfig,
    archive: Archive,
    pull: bool,
    tell: OnProgress,
    asked: Collection[RoleName],
) -> Role:
    if name not in asked:
        return idle_role(name, Sampling.of(config))
    if isinstance(model, str) and model.startswith(OBJECT):
        raise UsageError(
            f"this search was started with a chat model object ({model.removeprefix(OBJECT)}) as "
            f"its {name}: resume it from Python and pass {name}=..."
        )
    if isinstance(model, str) and model.startswith(RECORDED):
        role = open_recorded(name, model.removeprefix(RECORDED), config, archive)
    else:
        role = open_role(name, model, Sampling.of(config), pull=pull, on_progress=tell)
    stack.callback(role.close)
    return role


def _with_models(
    config: SearchConfig,
    asked: Collection[RoleName],
    generator: BaseChatModel | None,
    improver: BaseChatModel | None,
    tell: OnProgress,
) -> SearchConfig:
    """Return the settings with the models that are asked; of others they stay open."""
    if not asked:
        return config
    chosen: dict[str, str] = {}
    for name, model in (("generator", generator), ("improver", improver)):
        if model is not None:
            chosen[name] = OBJECT + type(model).__name__
    wanted = [name for name in ("generator", "improver") if name not in chosen]
    if any(getattr(config, name) == "auto" for name in wanted):
        model_id, why = resolve_auto()
        tell(f"{why}.")
        chosen |= {name: model_id for name in wanted if getattr(config, name) == "auto"}
    return config.model_copy(update=chosen)


def _with_objects(config: SearchConfig, is_new: bool, **objects: object) -> SearchConfig:
    """Return the settings with the names of objects that were given from Python.

    Raises:
        UsageError: The search was begun with something else.
    """
    told = {key: OBJECT + type(it).__name__ for key, it in objects.items() if it is not None}
    for key, name in told.items():
        if not is_new and getattr(config, key) != name:
            raise UsageError(
                f"this search was started with {key} {getattr(config, key)}, not {name}: what a "
                "search was started with stays"
            )
    return config.model_copy(update=told)
