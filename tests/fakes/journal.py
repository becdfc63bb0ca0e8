"""A journal in memory."""

from langgraph_nas.llm import Question, Reply


class MemoryJournal:
    """Keeps replies as long as it lives."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}

    def find(self, question: Question) -> Reply | None:
        return self.replies.get(question.key)

    def keep(self, question: Question, reply: Reply) -> Reply:
        self.replies[question.key] = reply
        return reply

    def close(self) -> None:
        pass
