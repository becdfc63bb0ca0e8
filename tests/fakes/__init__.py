"""Fakes that stand in for an LLM and a sandbox where a test is about something else."""

from fakes.chat import ScriptedChatModel
from fakes.data import tiny_data
from fakes.journal import MemoryJournal
from fakes.sandbox import FakeSandbox, program

__all__ = ["FakeSandbox", "MemoryJournal", "ScriptedChatModel", "program", "tiny_data"]
