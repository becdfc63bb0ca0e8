"""Compare ways to search: the same budget, data and seeds for each, and what came of it."""

from langgraph_nas.runs.study.arms import ARMS, BASELINE, DEFAULT_ARMS, HAND_WRITTEN
from langgraph_nas.runs.study.comparing import compare_methods
from langgraph_nas.runs.study.course import Course
from langgraph_nas.runs.study.result import Study, StudyRow, StudyRun

__all__ = [
    "ARMS",
    "BASELINE",
    "DEFAULT_ARMS",
    "HAND_WRITTEN",
    "Course",
    "Study",
    "StudyRow",
    "StudyRun",
    "compare_methods",
]
