"""The seam between a role and one kind of chat model; this base serves any of them."""

import json
import re
from typing import TYPE_CHECKING, Any

from langgraph_nas.errors import ModelServerError
from langgraph_nas.llm.faults import words_of
from langgraph_nas.llm.messages import count_in, text_of, thought_of
from langgraph_nas.llm.sampling import Call, Reply, Sampling
from langgraph_nas.llm.tokens import estimate_tokens

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage

CUT_MARKS = ("length", "max_tokens")
SMALLEST_PROMPT = 512
"""Tokens, of the setting `prompt_tokens`."""
TOO_LONG = re.compile(
    r"context (?:length|size|window)|(?:prompt|input|request) is too (?:long|large)|max_model_len",
    re.IGNORECASE,
)
"""What servers say of a prompt that their window does not hold."""
DEATHS = 2
"""Schemas of which a server has died, after which it is sent none any more."""


class Backend:
    """A chat model that we know nothing about: it gets the prompt and the stop words.

    A schema is not passed on, as there is no common way to; replies are read tolerantly.

    Attributes:
        embedded: It is the model that comes with the package, in a child process.
        completion: It continues a text and has no notion of a chat, so that prompts need
            examples to go on from.
        takes_schemas: A schema can be sent with a call, and the server has not refused one.
        schema_refusal: What the server said to the last schema that it refused.
    """

    embedded = False
    completion = False
    takes_schemas = False
    schema_refusal: str | None = None

    def __init__(self, label: str, model: "BaseChatModel", sampling: Sampling) -> None:
        self.label = label
        self.model = model
        self.sampling = sampling
        self._deadly: set[str] = set()
        """Schemas of which the server has died."""

    @property
    def prompt_limit(self) -> int:
        """Most tokens that a prompt may have."""
        return self.sampling.prompt_tokens

    def bind(self, call: Call) -> tuple["BaseChatModel", dict[str, Any]]:
        """Return the model to invoke for this call and the keywords to invoke it with.

        Many chat models have fields `seed` and `temperature`; only those get ours.
        """
        ours = {"seed": call.seed, "temperature": call.temperature}
        known = type(self.model).model_fields
        fresh = {key: value for key, value in ours.items() if key in known and value is not None}
        model = self.model.model_copy(update=fresh) if fresh else self.model
        return model, {"stop": call.stop} if call.stop else {}

    def read(self, message: "AIMessage", seconds: float) -> Reply:
        """Return the answer in plain values."""
        # Servers may give a reply any role, and then it is another kind of message.
        usage = getattr(message, "usage_metadata", None) or {}
        facts = message.response_metadata
        reason = facts.get("finish_reason") or facts.get("done_reason")
        return Reply(
            text=text_of(message),
            prompt_tokens=count_in(usage, "input_tokens"),
            reply_tokens=count_in(usage, "output_tokens"),
            seconds=seconds,
            model=self.label,
            cut=reason in CUT_MARKS,
            why_cut="limit" if reason in CUT_MARKS else None,
            thought=thought_of(message),
        )

    def check(self, call: Call, reply: Reply) -> None:
        """Raise PromptCutError if the model did not read the whole prompt."""

    def refusal(self, error: BaseException) -> ModelServerError:
        """Say what to do about a request that the server refused (HTTP 4xx)."""
        words = words_of(error)
        if not TOO_LONG.search(words):
            return ModelServerError(
                f"{self.label} refused a request: {words}; what is finished is kept, "
                "go on with `langgraph-nas resume`"
            )
        fits = max(SMALLEST_PROMPT, self.sampling.prompt_tokens // 2)
        return ModelServerError(
            f"{self.label} refused a request: {words}; what is finished is kept: raise the "
            f"server's own context setting to {self.sampling.window} and go on with "
            f"`langgraph-nas resume`, or search with a smaller --prompt-tokens, e.g. {fits}",
            instead={"prompt_tokens": fits},
        )

    def takes(self, schema: dict[str, Any] | None) -> bool:
        """Tell whether a schema can be sent, as far as is known."""
        return self.takes_schemas and json.dumps(schema, sort_keys=True) not in self._deadly

    def leave_out(self, schema: str, words: str, killed: bool) -> None:
        """Send no schemas from now on; not this one if the server died, which may be by chance.

        Args:
            schema: The schema as JSON, with sorted keys.
            words: What the server said.
            killed: It did not refuse the schema, but broke off.
        """
        self.schema_refusal = words
        if killed:
            self._deadly.add(schema)
        self.takes_schemas = killed and len(self._deadly) < DEATHS

    def meet(self, error: BaseException) -> None:
        """Take note of an outage that is waited for."""

    def adapt(self, error: BaseException) -> bool:
        """Change how requests are written after one was refused; tell whether that was it."""
        return False

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text; here an estimate on the high side."""
        return estimate_tokens(text)

    def close(self) -> None:
        """Free what the model holds."""

    def load(self) -> None:
        """Have the model in memory as a prompt will need it, where that can be asked for.

        Raises:
            ModelUnavailableError: It can't be loaded.
        """

    def unload(self) -> str | None:
        """Free the GPU memory that the model holds, until it is asked again.

        Returns:
            Why that can't be; None if it holds none now.
        """
        return f"{self.label} can't be unloaded from here, as only Ollama's models can"

    def vram_bytes(self) -> int:
        """Return the memory of this machine's GPU that the model holds, as far as is known."""
        return 0
