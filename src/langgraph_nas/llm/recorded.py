"""The calls of an earlier search in the place of a model: the same search again, without an LLM."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult

from langgraph_nas.llm.backend import Backend
from langgraph_nas.llm.recorded_prompts import SentPrompts
from langgraph_nas.llm.sampling import RECORDED, Call, Reply, Sampling, WhyCut
from langgraph_nas.llm.tokens import estimate_tokens

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel as AnyChatModel

    from langgraph_nas.llm.role import Role


@dataclass(frozen=True)
class Traits:
    """What the prompts of a role depend on besides the words of its model."""

    embedded: bool
    """It is the package's own model, which counts tokens with a tokenizer of its own."""
    completion: bool
    """It only continues texts."""
    prompt_limit: int
    """Most tokens of a prompt."""

    @classmethod
    def of(cls, role: "Role") -> "Traits":
        """Return the traits of a role's model."""
        return cls(role.embedded, role.completion, role.prompt_limit)

    @classmethod
    def guess(cls, label: str, sampling: Sampling) -> "Traits":
        """Return the traits that a model of this label most likely had."""
        embedded = label == "embedded" or label.startswith("embedded:")
        room = sampling.prompt_tokens
        if sampling.num_ctx is not None and (embedded or label.startswith("ollama:")):
            room = min(room, sampling.num_ctx - sampling.reply_tokens)
        # The bundled weights are a base model's; a file of the user's own mostly is none.
        return cls(embedded, completion=label == "embedded", prompt_limit=room)


@dataclass(frozen=True)
class RecordedReply:
    """One reply as it was recorded."""

    text: str
    prompt_tokens: int | None
    reply_tokens: int | None
    why_cut: WhyCut | None = None
    thought: int | None = None


class Recording(Protocol):
    """What one role of an earlier search was asked, and what it answered."""

    search: str

    def reply(self, seed: int) -> RecordedReply:
        """Return the reply of the call with this seed, which no other call of the search has.

        Raises:
            RepliesExhaustedError: There was no such call.
        """
        ...

    def prompts(self) -> Iterator[tuple[str, bool]]:
        """Yield each prompt, and whether something was left out of it to make it fit."""
        ...


class RecordedChatModel(BaseChatModel):
    """Answers each call with the reply that the same call of an earlier search had."""

    recording: Any

    @property
    def _llm_type(self) -> str:
        return "langgraph-nas-recorded"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        reply: RecordedReply = self.recording.reply(int(kwargs["seed"]))
        facts = asdict(reply)
        message = AIMessage(reply.text, usage_metadata=_usage(reply), response_metadata=facts)
        return ChatResult(generations=[ChatGeneration(message=message)])


class RecordedBackend(Backend):
    """Recorded replies, and prompts that are made to fit as they were for the model then.

    Models other than the embedded one are held to an estimate of their tokens, which comes out
    the same again. The embedded model's tokenizer is not loaded for a replay: what it let pass
    passes again, and all else goes by the estimate, which is never below its count.
    """

    def __init__(self, recording: Recording, traits: Traits, sampling: Sampling) -> None:
        model = RecordedChatModel(recording=recording)
        super().__init__(f"{RECORDED}{recording.search}", model, sampling)
        self.embedded, self.completion = traits.embedded, traits.completion
        self._limit = traits.prompt_limit
        self._recording = recording
        self._sent: SentPrompts | None = None

    @property
    def prompt_limit(self) -> int:
        """Most tokens that a prompt might have then."""
        return self._limit

    def bind(self, call: Call) -> tuple["AnyChatModel", dict[str, Any]]:
        """Return the model and the seed, by which it knows the call."""
        return self.model, {"seed": call.seed}

    def read(self, message: AIMessage, seconds: float) -> Reply:
        """Return the reply with what was recorded about it."""
        recorded = RecordedReply(**message.response_metadata)
        reply = super().read(message, seconds)
        return replace(reply, **asdict(recorded), cut=recorded.why_cut is not None)

    def count_tokens(self, text: str) -> int:
        """Return an estimate, but no more than the limit for what is known to have fitted."""
        tokens = estimate_tokens(text)
        if not self.embedded or tokens <= self._limit:
            return tokens
        if self._sent is None:
            self._sent = SentPrompts(self._recording.prompts())
        return self._limit if self._sent.show_that_it_fits(text) else tokens

    def unload(self) -> str | None:
        """Do nothing: recorded replies hold no GPU memory."""
        return None


def _usage(reply: RecordedReply) -> UsageMetadata | None:
    read, written = reply.prompt_tokens, reply.reply_tokens
    if read is None or written is None:
        return None
    return UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)
