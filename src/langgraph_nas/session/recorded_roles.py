"""The calls of a search in the archive, as the replies of another search's roles."""

from collections.abc import Iterator
from typing import cast

from langgraph_nas.archive import Archive
from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import RepliesExhaustedError
from langgraph_nas.llm import Role, Sampling
from langgraph_nas.llm.recorded import RecordedBackend, RecordedReply, Traits
from langgraph_nas.llm.sampling import WhyCut
from langgraph_nas.state import RoleName
from langgraph_nas.trials.asking import CALLS_PER_ITERATION

_TRIES = CALLS_PER_ITERATION // 2


class ArchivedCalls:
    """What one role of a search was asked and answered, read one iteration at a time.

    Args:
        archive: Where the search is recorded.
        search: Its name.
        role: The role.
        seed: Seed of the search that now asks: a call's seed is that plus the call's number.
    """

    def __init__(self, archive: Archive, search: str, role: RoleName, seed: int) -> None:
        self.search = search
        self._archive, self._role, self._seed = archive, role, seed

    def reply(self, seed: int) -> RecordedReply:
        """Return the reply that the search has for the very same call number.

        Raises:
            RepliesExhaustedError: It was never asked that.
        """
        number = (seed - self._seed) % 2**31
        iteration = number // CALLS_PER_ITERATION
        for call in self._archive.calls(self.search, iteration):
            if call["number"] == number and call["reply"] is not None:
                return RecordedReply(
                    text=call["reply"],
                    prompt_tokens=call["prompt_tokens"],
                    reply_tokens=call["reply_tokens"],
                    why_cut=cast("WhyCut | None", call["cut"]),
                    thought=call["thought"],
                )
        raise RepliesExhaustedError(
            f"search {self.search!r} has no reply to give here: its {self._role} was not asked "
            f"for try {number % _TRIES + 1} in iteration {iteration}, so this replay goes another "
            "way, or further; what it has finished is kept"
        )

    def prompts(self) -> Iterator[tuple[str, bool]]:
        """Yield each prompt, and whether something was left out of it to make it fit."""
        for iteration in range(1, self._archive.counts(self.search)["iterations"] + 2):
            for call in self._archive.calls(self.search, iteration):
                if call["role"] == self._role:
                    yield call["prompt"], bool(call["trimmed"])


def open_recorded(role: RoleName, search: str, config: SearchConfig, archive: Archive) -> Role:
    """Return a role that answers as that of `search` did.

    Args:
        role: The role.
        search: The search that has the replies; in the same archive.
        config: Settings of the search that asks.
        archive: The archive.

    Raises:
        UsageError: There is no such search.
    """
    sampling = Sampling.of(config)
    traits = _traits(role, search, archive, sampling)
    calls = ArchivedCalls(archive, search, role, config.seed)
    return Role(role, RecordedBackend(calls, traits, sampling))


def _traits(role: RoleName, search: str, archive: Archive, sampling: Sampling) -> Traits:
    row = archive.search(search)
    told = row["facts"].get("roles")
    if told is not None:
        return Traits(**told[role])
    return Traits.guess(str(row["facts"].get(role) or row["settings"].get(role)), sampling)
