"""Task, limits, recipe and workload: the settings and the data set, for a sandbox."""

from collections.abc import Iterable, Mapping

from langgraph_nas.config import SearchConfig
from langgraph_nas.datasets import DatasetInfo, PreparedData
from langgraph_nas.evaluation.gpu import has_gpu
from langgraph_nas.sandbox.base import Budgets, Limits, MemoryFormat, Precision, Recipe, Workload
from langgraph_nas.task import Task


def limits_of(config: SearchConfig) -> Limits:
    """Return the bounds of each candidate."""
    return Limits(
        wall_seconds=config.time_limit,
        build_seconds=min(config.build_limit, config.time_limit),
        memory_mb=config.memory_mb,
        device_memory_mb=config.device_memory_mb,
        cpus=config.cpus,
        pids=config.pids,
        tmp_mb=config.tmp_mb,
        shm_mb=config.shm_mb,
        output_bytes=config.output_kb * 1024,
    )


def budgets_of(config: SearchConfig) -> Budgets:
    """Return what a network may cost."""
    return Budgets(
        parameters=config.max_params,
        macs=config.max_macs,
        latency_ms=config.max_latency,
        memory_mb=config.max_memory,
    )


def recipe_of(
    config: SearchConfig,
    info: DatasetInfo,
    precision: Precision,
    seed: int | None = None,
    channels_last: bool | None = None,
) -> Recipe:
    """Return how candidates train on this data set.

    Args:
        config: The settings.
        info: Of the data set.
        precision: The search's.
        seed: In place of the search's own.
        channels_last: Whether this network trained in that memory format before; None: not known,
            and measured, but for the protocol `paper`, whose arithmetic is plain.
    """
    format_before: MemoryFormat = "channels_last" if channels_last else "contiguous"
    return Recipe(
        epochs=config.epochs,
        batch_size=config.batch_size or info.batch_size,
        learning_rate=config.learning_rate,
        momentum=config.momentum,
        weight_decay=config.weight_decay,
        seed=config.seed if seed is None else seed,
        mean=info.mean,
        std=info.std,
        augment=info.augment,
        precision=precision,
        memory_format=(
            "measured" if channels_last is None and config.protocol != "paper" else format_before
        ),
    )


def channels_last_of(measures: Mapping[str, float]) -> bool | None:
    """Return whether a network trained in that memory format, None if its measures do not say."""
    return bool(measures["channels_last"]) if "channels_last" in measures else None


def workload_of(data: PreparedData, device: str, splits: Iterable[str]) -> Workload:
    """Return the mounts for training and predicting `splits`; no labels of these are in it."""
    chosen = list(splits)
    return Workload(
        train=data.train,
        inputs={split: data.inputs[split] for split in chosen},
        shape=data.info.shape,
        n_classes=len(data.info.classes),
        n_inputs={split: len(data.labels[split]) for split in chosen},
        device=device,
    )


def task_of(data: PreparedData) -> Task:
    """Return what is learnt of a data set."""
    return Task(
        dataset=data.info.name,
        shape=data.info.shape,
        classes=data.info.classes,
        batch_size=data.info.batch_size,
        n_train=data.n_train,
        sizes={split: len(labels) for split, labels in data.labels.items()},
        scored_split=data.scored_split,
        fingerprint=data.fingerprint,
        former_fingerprint=data.former_fingerprint,
        notes=data.notes,
    )


def pick_device(setting: str) -> str:
    """Return `cuda` or `cpu`; `auto` is `cuda` where candidates can train on an NVIDIA GPU."""
    if setting != "auto":
        return setting
    return "cuda" if has_gpu() else "cpu"
