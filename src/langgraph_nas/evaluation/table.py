"""The evaluator `table`: accuracies are looked up, so that a search takes seconds and no torch.

`--evaluator table:FILE.npz`. The file is NumPy's, with an array for each column, a row for each
network:

- `arch`: its spec, words with blanks between, or in the notation of NAS-Bench-201;
- `DATASET_val` and `DATASET_test`: accuracies in percent, of one data set or of several;
- where there are: `parameters`, `macs`, `latency_ms`, or `DATASET_parameters` and so on.
"""

import hashlib
import math
import re
import threading
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from langgraph_nas.config import SearchConfig
from langgraph_nas.datasets import get_info
from langgraph_nas.errors import UsageError
from langgraph_nas.evaluation.base import NOTHING, Cost, Measured, scored
from langgraph_nas.sandbox.base import OnEvent
from langgraph_nas.state import MEASURES, Candidate, Evaluation
from langgraph_nas.task import Task

COLUMNS: Mapping[str, str] = {"validation": "val", "test": "test"}
"""Split -> what its column's name ends with."""

_OPERATION = re.compile(r"\|?([a-z_0-9]+)~\d+\|?")
"""In NAS-Bench-201's notation: `|OPERATION~INPUT|`."""

_NUMBERS = ("parameters", *MEASURES)


class Table:
    """Looks networks up in a table.

    Args:
        path: The file.
        config: The settings; `dataset` and `protocol` say which columns count.

    Raises:
        UsageError: The file can't be read, or has no such columns.
    """

    device = "cpu"
    isolation = "table"
    is_exact = True

    def __init__(self, path: Path, config: SearchConfig) -> None:
        self._path, self._columns = path, read_columns(path)
        info = get_info(config.dataset)
        splits = ("test",) if config.protocol == "paper" else ("validation", "test")
        self._accuracies = {split: self._shares(info.name, split) for split in splits}
        self.task = Task(
            dataset=info.name,
            shape=info.shape,
            classes=info.classes,
            batch_size=info.batch_size,
            n_train=info.train_size,
            sizes=dict.fromkeys(splits, info.test_size),
            scored_split=splits[0],
            fingerprint=hashlib.sha256(path.read_bytes()).hexdigest(),
            notes=(f"accuracies are looked up in {path.name}: nothing is trained",),
        )

    def prewarm(self, spares: int = 1) -> None:
        """Do nothing: there is nothing to get ready."""

    def cost(self, candidate: Candidate) -> Cost:
        """Return that it takes nothing."""
        return NOTHING

    def evaluate(
        self,
        candidate: Candidate,
        *,
        seed: int | None = None,
        channels_last: bool | None = None,
        on_event: OnEvent | None = None,
        cancel: threading.Event | None = None,
    ) -> Evaluation:
        """Return the accuracy of a network's row.

        Raises:
            UsageError: The network has no spec, or the table no row for it.
        """
        row, split = self._row(candidate), self.task.scored_split
        found = scored(float(self._accuracies[split][row]), split)
        numbers = self._numbers(row)
        parameters = numbers.pop("parameters", None)
        return {
            **found,
            "parameters": None if parameters is None else round(parameters),
            "measures": numbers,
            "seconds": {"total": 0.0},
            "isolation": self.isolation,
            "conditions": self.conditions(),
        }

    def measure(
        self,
        candidate: Candidate,
        *,
        seed: int,
        on_event: OnEvent | None = None,
        cancel: threading.Event | None = None,
    ) -> Measured:
        """Return the accuracies of a network's row on all splits."""
        row = self._row(candidate)
        numbers = self._numbers(row)
        parameters = numbers.pop("parameters", None)
        return Measured(
            outcome="ok",
            accuracies={split: float(column[row]) for split, column in self._accuracies.items()},
            seconds=0.0,
            parameters=None if parameters is None else round(parameters),
            measures=numbers,
        )

    def conditions(self) -> dict[str, Any]:
        """Return which column of which table it is."""
        return {
            "table": self.task.fingerprint,
            "dataset": self.task.dataset,
            "split": self.task.scored_split,
        }

    @cached_property
    def _rows(self) -> Mapping[tuple[str, ...], int]:
        return {spec_of(text): row for row, text in enumerate(self._columns["arch"].tolist())}

    def _row(self, candidate: Candidate) -> int:
        spec = candidate["spec"]
        if spec is None:
            raise UsageError(
                f"{self._path.name} has no row for a free program: a table needs a space of parts, "
                "e.g. --space cells, and no start program"
            )
        row = self._rows.get(tuple(spec))
        if row is None:
            some = " ".join(next(iter(self._rows), ("nothing",)))
            raise UsageError(
                f"{self._path.name} has no row for `{' '.join(spec)}`, but rows such as `{some}`: "
                "the table is of another space"
            )
        return row

    def _shares(self, dataset: str, split: str) -> np.ndarray[Any, Any]:
        """Return the accuracies of a split, 0..1."""
        name = f"{_bare(dataset)}_{COLUMNS[split]}"
        if name not in self._columns:
            known = sorted(c for c in self._columns if c.endswith(tuple(COLUMNS.values())))
            raise UsageError(
                f"{self._path.name} has no column {name!r}, but {', '.join(known) or 'none of it'}"
            )
        shares = _numbers_in(self._columns[name], name, self._path) / 100
        if not ((shares >= 0) & (shares <= 1)).all():
            raise UsageError(f"{self._path.name}: {name!r} must be percent, 0 to 100, all of it")
        return shares

    def _numbers(self, row: int) -> dict[str, float]:
        """Return what else the table says of a network."""
        found = {}
        for name in _NUMBERS:
            for column in (f"{_bare(self.task.dataset)}_{name}", name):
                if column in self._columns:
                    value = float(_numbers_in(self._columns[column], column, self._path)[row])
                    if math.isfinite(value):
                        found[name] = value
                    break
        return found


def open_table(config: SearchConfig, argument: str) -> Table:
    """Return the evaluator of `table:FILE`.

    Raises:
        UsageError: No file is named, it can't be read, or it is no such table.
    """
    if not argument:
        raise UsageError("--evaluator table: name the file, e.g. table:nasbench201.npz")
    return Table(Path(argument).expanduser(), config)


def spec_of(text: str) -> tuple[str, ...]:
    """Return the words of a row's spec.

    Example:
        >>> spec_of("|avg_pool_3x3~0|+|none~0|skip_connect~1|")
        ('avg_pool_3x3', 'none', 'skip_connect')
        >>> spec_of("conv res")
        ('conv', 'res')
    """
    return tuple(_OPERATION.findall(text)) if "~" in text else tuple(text.split())


def read_columns(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Return the columns of a table's file.

    Raises:
        UsageError: It can't be read, has no `arch`, or columns of different lengths.
    """
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            columns = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError) as error:
        raise UsageError(f"can't read the table {path}: {error}") from error
    except Exception as error:  # zipfile's and zlib's own, of damaged files
        raise UsageError(f"{path} is no .npz file: {error}") from error
    if "arch" not in columns or columns["arch"].dtype.kind != "U":
        raise UsageError(f"{path} has no column `arch` of texts: a network each")
    lengths = {name: len(column) for name, column in columns.items() if column.ndim == 1}
    if len(set(lengths.values())) != 1 or len(lengths) < len(columns):
        raise UsageError(f"{path}: all columns must have a value for each network")
    return columns


def _numbers_in(column: np.ndarray[Any, Any], name: str, path: Path) -> np.ndarray[Any, Any]:
    """Return a column as numbers.

    Raises:
        UsageError: It holds something else.
    """
    if column.dtype.kind not in "iuf":
        raise UsageError(f"{path.name}: the column {name!r} must hold numbers")
    return column.astype(float)


def _bare(dataset: str) -> str:
    return dataset.replace("-", "").replace(":", "")
