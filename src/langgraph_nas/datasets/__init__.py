"""Data sets as arrays in a cache; labels of the scored splits stay with the host."""

from langgraph_nas.datasets.cache import default_cache, default_root
from langgraph_nas.datasets.info import (
    DatasetInfo,
    dataset_names,
    datasets_table,
    get_info,
    known_name,
)
from langgraph_nas.datasets.pixels import Reading
from langgraph_nas.datasets.prepare import PreparedData, prepare
from langgraph_nas.datasets.raw import OnProgress

__all__ = [
    "DatasetInfo",
    "OnProgress",
    "PreparedData",
    "Reading",
    "dataset_names",
    "datasets_table",
    "default_cache",
    "default_root",
    "get_info",
    "known_name",
    "prepare",
]
