"""Replies that are recorded in the archive, for a search whose kept replies are lost."""

from typing import cast

from langgraph_nas.archive import Archive
from langgraph_nas.llm import Journal, Question, Reply
from langgraph_nas.llm.sampling import WhyCut


class ArchivedReplies:
    """A journal that also finds what only the archive has still: it is enough to go on from.

    Args:
        journal: Where replies are kept; looked into first.
        archive: Where calls are recorded.
    """

    def __init__(self, journal: Journal, archive: Archive) -> None:
        self._journal, self._archive = journal, archive

    def find(self, question: Question) -> Reply | None:
        """Return the reply that this very call had, None if it had none.

        Raises:
            StorageError: A file can't be read.
        """
        return self._journal.find(question) or self._recorded(question)

    def keep(self, question: Question, reply: Reply) -> Reply:
        """Keep a reply in the journal.

        Raises:
            StorageError: It can't be written.
        """
        return self._journal.keep(question, reply)

    def close(self) -> None:
        """Close the journal; the archive stays open."""
        self._journal.close()

    def _recorded(self, question: Question) -> Reply | None:
        asked = (question.model, question.prompt, question.options["seed"])
        call = self._archive.find_call(question.search, question.number)
        if call is None or (call["model"], call["prompt"], call["seed"]) != asked:
            return None
        if call["reply"] is None:
            return None
        return Reply(
            text=call["reply"],
            prompt_tokens=call["prompt_tokens"],
            reply_tokens=call["reply_tokens"],
            seconds=call["seconds"] or 0.0,
            model=call["model"],
            cut=call["cut"] is not None,
            load_seconds=call["load_seconds"],
            why_cut=cast("WhyCut | None", call["cut"]),
            thought=call["thought"],
            schema_refused=call["schema_refused"],
        )
