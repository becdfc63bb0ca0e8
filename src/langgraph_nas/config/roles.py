"""The settings of the two LLM roles."""

import re
from typing import Literal

from pydantic import BaseModel, Field, field_validator
from pydantic_core import PydanticCustomError

from langgraph_nas.config.secrets import secret_in

_KEEP_ALIVE = re.compile(
    r"-?[0-9]+|[-+]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|ms|s|m|h))+"
)
"""Seconds, or what Go's `time.ParseDuration` reads, with which Ollama reads texts."""


class RoleSettings(BaseModel):
    """Which models are asked, and how."""

    generator: str = Field(default="auto", description="Model of the Code Generator.")
    improver: str = Field(default="auto", description="Model of the Prompt Improver.")
    form: Literal["auto", "code", "spec", "edit"] = Field(
        default="auto",
        description="How the generator proposes: a free program, a list of blocks, or edits (a "
        "diff or search/replace blocks) of the best program; `auto`: `spec` for the embedded "
        "model, else `code`.",
    )
    improver_form: Literal["auto", "text", "choices"] = Field(
        default="auto",
        description="How the improver answers: in its own words, or by named choices; `auto`: "
        "`choices` for the embedded model, else `text`.",
    )
    spec_retries: int = Field(
        default=3, ge=0, le=3, description="Times a repeated or unreadable spec is asked for again."
    )
    temperature: float = Field(default=0.7, ge=0, le=2, description="Sampling temperature.")
    top_p: float = Field(default=0.9, gt=0, le=1, description="Nucleus sampling mass.")
    reply_tokens: int = Field(default=2048, ge=16, description="Most new tokens in one reply.")
    prompt_tokens: int = Field(
        default=6144,
        ge=512,
        description="Most tokens in one prompt; longer ones are trimmed, marked.",
    )
    think: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether models that can think do so before they answer; sent to Ollama, and "
        "to models of which it says that they can; `auto`: as they do by themselves.",
    )
    empty_replies: int = Field(
        default=5,
        ge=0,
        description="Replies in a row, of one role or of both, that are empty, or cut with nothing "
        "to be read in them, after which the search stops; 0: it never does for that.",
    )
    num_ctx: int | None = Field(
        default=None,
        ge=512,
        description="Ollama's context size; default: prompt_tokens + reply_tokens.",
    )
    keep_alive: str = Field(
        default="30m",
        description="How long Ollama keeps a model loaded: seconds, or e.g. 30m, 1h30m, 500ms; "
        "-1: for ever, 0: not at all.",
    )
    share_gpu: bool = Field(
        default=False,
        description="Unload the Ollama models before each training on a GPU, so that a candidate "
        "has all of its memory; the next prompt waits while they load again.",
    )
    prompts_at_once: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Prompts sent at a time with --in-flight above 1, where the model server "
        "takes several (Ollama: OLLAMA_NUM_PARALLEL); the others wait here, not at the server.",
    )
    llm_timeout: float = Field(default=600, gt=0, description="Seconds to wait for one reply.")
    llm_retries: int = Field(
        default=5, ge=0, description="Retries, with growing pauses, when a model server is away."
    )
    prompts: dict[str, str] = Field(
        default_factory=dict, description="The user's own templates, by name; default: ours."
    )

    @field_validator("generator", "improver")
    @classmethod
    def _refuse_secrets(cls, value: str) -> str:
        if wrong := secret_in(value):
            raise PydanticCustomError("secret", "{wrong}", {"wrong": wrong})
        return value

    @field_validator("keep_alive", mode="before")
    @classmethod
    def _check_keep_alive(cls, value: object) -> object:
        text = str(value) if isinstance(value, int) else value
        if isinstance(text, str) and not _KEEP_ALIVE.fullmatch(text):
            words = "give whole seconds (-1: for ever) or a time such as 30m, 1h30m or 500ms"
            raise PydanticCustomError("keep_alive", words)
        return text
