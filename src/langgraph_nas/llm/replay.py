"""Recorded replies in the place of a model: the same search again, without an LLM."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from langgraph_nas.errors import RepliesExhaustedError, UsageError
from langgraph_nas.llm.backend import Backend
from langgraph_nas.llm.sampling import Call, Sampling

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel as AnyChatModel


class ReplayChatModel(BaseChatModel):
    """Answers call number n with the recorded reply number n, whatever the prompt."""

    path: Path
    replies: list[str]

    @property
    def _llm_type(self) -> str:
        return "langgraph-nas-replay"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        position = int(kwargs.get("position", 0))
        if position >= len(self.replies):
            raise RepliesExhaustedError(
                f"{self.path} holds {len(self.replies)} replies and all are used (this is call "
                f"{position + 1}): add replies to it, then go on with `langgraph-nas resume`, "
                "or ask for fewer iterations"
            )
        message = AIMessage(self.replies[position])
        return ChatResult(generations=[ChatGeneration(message=message)])


class ReplayBackend(Backend):
    """Recorded replies, picked by the number of the call, so that a resumed search goes on."""

    def bind(self, call: Call) -> tuple["AnyChatModel", dict[str, Any]]:
        """Return the model and the number of the reply to give."""
        return self.model, {"position": call.position}

    def unload(self) -> str | None:
        """Do nothing: recorded replies hold no GPU memory."""
        return None


def open_replay(path: str, role: str, sampling: Sampling) -> ReplayBackend:
    """Return the recorded replies of a JSONL file.

    Each line is an object with `reply`. A line may name its `role`; replies of other roles
    are then left out, so that one file can serve both.

    Raises:
        UsageError: The file can't be read, or a line is not such an object.
    """
    file = Path(path).expanduser()
    try:
        # Not `splitlines`: a text may hold U+2028 and the like, which end no line of JSONL.
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"can't read the recorded replies {file}: {error}") from error
    read = [_read_line(file, n, line) for n, line in enumerate(lines, start=1) if line.strip()]
    replies = [reply for reply, owner in read if owner in (None, role)]
    if not replies:
        raise UsageError(f'{file} holds no reply for the {role}: a line is {{"reply": "..."}}')
    return ReplayBackend(f"replay:{path}", ReplayChatModel(path=file, replies=replies), sampling)


def _read_line(file: Path, number: int, line: str) -> tuple[str, str | None]:
    """Return the reply of one line and the role it is for, None for any."""
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise UsageError(f"{file}, line {number}: not JSON ({error.msg})") from error
    if not isinstance(record, dict) or not isinstance(record.get("reply"), str):
        raise UsageError(f"{file}, line {number}: not an object with a text `reply`")
    return record["reply"], record.get("role")
