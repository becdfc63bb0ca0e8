"""Settings of a search: one frozen Pydantic model, described and bounded."""

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

Protocol = Literal["validation", "paper"]
SandboxKind = Literal["auto", "docker", "bubblewrap", "unsafe-subprocess"]
Method = Literal["full", "one_role", "no_reference", "best_of_n", "random", "evolution"]
"""How candidates are proposed; all but `full` are there to compare with.

`one_role`: no improver, the outcome itself is the advice. `no_reference`: the generator does not
see the best network. `best_of_n`: the first prompt again and again. `random`: uniform lists of
blocks. `evolution`: regularised evolution of lists of blocks (Real et al., 2019). The last two ask
no LLM.
"""

RAISED = ("iterations", "time_budget", "target_accuracy")
"""Settings that say when a search ends, and not what it finds: they may change while it stands."""


class Learning(NamedTuple):
    """How a search learns beyond what the paper does; settings that were left open are decided."""

    rich_lessons: bool
    redirect: bool
    structured: bool
    reasks: int
    widen_after: int
    widen_after_failures: int
    confirm_best: bool


_KEEP_ALIVE = re.compile(
    r"-?[0-9]+|[-+]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|ms|s|m|h))+"
)
"""Seconds, or what Go's `time.ParseDuration` reads, with which Ollama reads texts."""

_LEARNS = Learning(True, True, True, 1, 8, 4, True)
_AS_THE_PAPER = Learning(False, False, False, 0, 0, 0, False)


class SearchConfig(BaseModel):
    """Everything that a search is started with; frozen in the archive for as long as it lives.

    Example:
        >>> SearchConfig(dataset="digits", iterations=3).memory
        5
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    # The task
    dataset: str = Field("digits", description="Data set: a name of the table, or folder:PATH.")
    data_root: str | None = Field(
        None, description="Folder with the data sets' files; default: the user's cache folder."
    )
    celeba_attribute: str = Field("Smiling", description="The attribute learnt on celeba.")
    train_samples: int | None = Field(
        None, ge=1, description="Train on this many samples of the training split; default: all."
    )
    protocol: Protocol = Field(
        "validation",
        description="`validation` steers by a held-out split and scores the finalists on test "
        "once; `paper` trains on all of train and steers by test, as the paper does.",
    )

    # The search
    iterations: int = Field(20, ge=1, description="Candidates to propose.")
    memory: int = Field(
        5, ge=0, description="K, the diagnostic triples the improver sees; 0 means no memory."
    )
    target_accuracy: float | None = Field(
        None, gt=0, le=1, description="Stop when a network reaches this accuracy."
    )
    time_budget: float | None = Field(
        None, gt=0, description="Stop after the iteration in which this many seconds are spent."
    )
    finalists: int = Field(
        3, ge=0, description="Best networks to train again and score on test at the end."
    )
    seed: int = Field(43, ge=0, lt=2**31, description="Seed of splits, training and LLM calls.")
    start_program: str | None = Field(
        None, description="Program text of the user's own first network."
    )
    reuse: Literal["search", "database"] = Field(
        "search",
        description="Where a network that was trained before is looked for. In the search itself "
        "it is a `duplicate`; `database`: the result of another search of the file that was made "
        "under equal conditions stands in for its training.",
    )
    review: Literal["never", "before_execute", "on_new_best"] = Field(
        "never",
        description="When the search pauses for somebody to approve, reject or edit what it has: "
        "each candidate before it is trained, or each new best network.",
    )
    keep_checkpoints: int = Field(
        40, ge=4, description="Newest checkpoints to keep; one iteration makes four."
    )

    # Learning
    method: Method = Field(
        "full",
        description="How candidates are proposed. All but `full` are baselines to compare with: no "
        "improver, no best network shown, the first prompt every time, random lists of blocks, or "
        "regularised evolution of them; the last two need no model.",
    )
    rich_lessons: bool | None = Field(
        None,
        description="Triples hold the whole point of a suggestion in one sentence, the difference "
        "to the best, and the line that failed; off, as in the paper: texts cut at 300 characters.",
    )
    redirect: bool | None = Field(
        None,
        description="Tell the improver when a failure came up again or its suggestion repeats one "
        "of the window; it must then say something else.",
    )
    structured: bool | None = Field(
        None, description="Hold the improver's reply to a JSON schema where its server can."
    )
    reasks: int | None = Field(
        None,
        ge=0,
        le=1,
        description="Times a reply that can't be read is asked for again, with what was wrong.",
    )
    widen_after: int | None = Field(
        None,
        ge=0,
        description="Rounds without a better score after which every second one is widened: a new "
        "structure, another good network as reference, a higher temperature. 0: never.",
    )
    widen_after_failures: int | None = Field(
        None, ge=0, description="The same after so many failures in a row. 0: never."
    )
    confirm_best: bool | None = Field(
        None,
        description="Train a new best once more with another seed before it becomes the "
        "reference; it is ranked by its mean.",
    )
    repairs: int = Field(
        0, ge=0, le=2, description="Times a failing program is mended at once, with its error."
    )
    on_near_duplicate: Literal["train", "refuse", "ask-again"] = Field(
        "train",
        description="What becomes of a free program that is almost an earlier one: trained and "
        "recorded, refused, or another one asked for first. Edits and lists of blocks are trained "
        "in any case.",
    )
    near_duplicate: float = Field(
        0.9,
        gt=0,
        le=1,
        description="Jaccard similarity of 7-token shingles from which two programs are almost the "
        "same.",
    )

    # The LLM roles
    generator: str = Field("auto", description="Model of the Code Generator.")
    improver: str = Field("auto", description="Model of the Prompt Improver.")
    form: Literal["auto", "code", "spec", "edit"] = Field(
        "auto",
        description="How the generator proposes: a free program, a list of blocks, or edits (a "
        "diff or search/replace blocks) of the best program; `auto`: `spec` for the embedded "
        "model, else `code`.",
    )
    improver_form: Literal["auto", "text", "choices"] = Field(
        "auto",
        description="How the improver answers: in its own words, or by named choices; `auto`: "
        "`choices` for the embedded model, else `text`.",
    )
    spec_retries: int = Field(
        3, ge=0, le=3, description="Times a repeated or unreadable spec is asked for again."
    )
    temperature: float = Field(0.7, ge=0, le=2, description="Sampling temperature.")
    top_p: float = Field(0.9, gt=0, le=1, description="Nucleus sampling mass.")
    reply_tokens: int = Field(2048, ge=16, description="Most new tokens in one reply.")
    prompt_tokens: int = Field(
        6144, ge=512, description="Most tokens in one prompt; longer ones are trimmed, marked."
    )
    num_ctx: int | None = Field(
        None, ge=512, description="Ollama's context size; default: prompt_tokens + reply_tokens."
    )
    keep_alive: str = Field(
        "30m",
        description="How long Ollama keeps a model loaded: seconds, or e.g. 30m, 1h30m, 500ms; "
        "-1: for ever, 0: not at all.",
    )
    share_gpu: bool = Field(
        False,
        description="Unload the Ollama models before each training on a GPU, so that a candidate "
        "has all of its memory; the next prompt waits while they load again.",
    )
    llm_timeout: float = Field(600, gt=0, description="Seconds to wait for one reply.")
    llm_retries: int = Field(
        5, ge=0, description="Retries, with growing pauses, when a model server is away."
    )
    prompts: dict[str, str] = Field(
        default_factory=dict, description="The user's own templates, by name; default: ours."
    )

    # Training
    epochs: int = Field(1, ge=1, description="Epochs each candidate trains.")
    batch_size: int | None = Field(None, ge=2, description="Default: the data set's.")
    learning_rate: float = Field(0.01, gt=0, description="SGD learning rate.")
    momentum: float = Field(0.9, ge=0, lt=1, description="SGD momentum.")
    weight_decay: float = Field(5e-4, ge=0, description="SGD weight decay.")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Device to train on.")
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto",
        description="Arithmetic of all trials; `auto`: bf16 (fp16 on older GPUs) where the "
        "hardware has it and images are 32 x 32 or larger, else fp32; fp32 in protocol `paper`. "
        "A network that can't do it is trained in fp32 and marked.",
    )

    # Budgets
    max_params: int | None = Field(None, ge=1, description="Most parameters of a network.")
    max_macs: int | None = Field(
        None,
        ge=1,
        description="Most multiply-adds of a network for one image. Lists of blocks are fitted "
        "into it: maps are halved earlier.",
    )
    max_latency: float | None = Field(
        None, gt=0, description="Most milliseconds of a network for one image."
    )
    max_memory: int | None = Field(
        None, ge=1, description="Most memory of a network for one training step, MiB."
    )

    # The sandbox
    sandbox: SandboxKind = Field(
        "auto", description="Where candidates run; `auto`: Docker if it works, else bubblewrap."
    )
    image: str = Field("langgraph-nas-sandbox:latest", description="Docker image of the sandbox.")
    runtime: str | None = Field(None, description="Docker runtime, e.g. runsc for gVisor.")
    time_limit: float = Field(1800, gt=0, description="Wall seconds a candidate may take.")
    build_limit: float = Field(
        30, gt=0, description="Wall seconds for building it and one forward and backward pass."
    )
    memory_mb: int = Field(4096, ge=512, description="Memory of a candidate, MiB.")
    device_memory_mb: int | None = Field(
        None,
        ge=64,
        description="GPU memory of a candidate, MiB; default: what the LLMs leave free.",
    )
    cpus: float | None = Field(None, gt=0, description="CPUs of a candidate; default: all.")
    pids: int = Field(256, ge=32, description="Processes and threads of a candidate.")
    tmp_mb: int = Field(64, ge=1, description="Size of its /tmp, MiB.")
    shm_mb: int = Field(16, ge=1, description="Size of its /dev/shm, MiB.")
    output_kb: int = Field(1024, ge=16, description="Output it may print, KiB.")
    sandbox_retries: int = Field(
        2, ge=0, description="Retries when the sandbox itself fails, before the search stops."
    )

    @field_validator("keep_alive", mode="before")
    @classmethod
    def _check_keep_alive(cls, value: object) -> object:
        text = str(value) if isinstance(value, int) else value
        if isinstance(text, str) and not _KEEP_ALIVE.fullmatch(text):
            words = "give whole seconds (-1: for ever) or a time such as 30m, 1h30m or 500ms"
            raise PydanticCustomError("keep_alive", words)
        return text

    @property
    def is_drawn(self) -> bool:
        """Whether networks are drawn from the grammar of form `spec`: no LLM is asked."""
        return self.method in ("random", "evolution")

    @property
    def learning(self) -> Learning:
        """How it learns: as set, else on; in protocol `paper`, else as the paper."""
        otherwise = _AS_THE_PAPER if self.protocol == "paper" else _LEARNS
        given: Mapping[str, Any] = {
            name: value for name in Learning._fields if (value := getattr(self, name)) is not None
        }
        return otherwise._replace(**given)

    def decided(self) -> "SearchConfig":
        """Return the settings with none left open of those in `learning`."""
        return self.model_copy(update=self.learning._asdict())
