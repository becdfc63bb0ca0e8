"""Settings of training, and the budgets of a network."""

from typing import Literal

from pydantic import BaseModel, Field


class TrainingSettings(BaseModel):
    """How each candidate is trained."""

    epochs: int = Field(default=1, ge=1, description="Epochs each candidate trains.")
    batch_size: int | None = Field(default=None, ge=2, description="Default: the data set's.")
    learning_rate: float = Field(default=0.01, gt=0, description="SGD learning rate.")
    momentum: float = Field(default=0.9, ge=0, lt=1, description="SGD momentum.")
    weight_decay: float = Field(default=5e-4, ge=0, description="SGD weight decay.")
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="Device to train on."
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        default="auto",
        description="Arithmetic of all trials; `auto`: bf16 (fp16 on older GPUs) where the "
        "hardware has it and images are 32 x 32 or larger, else fp32; fp32 in protocol `paper`. "
        "A network that can't do it is trained in fp32 and marked.",
    )


class BudgetSettings(BaseModel):
    """The most that a network may take."""

    max_params: int | None = Field(default=None, ge=1, description="Most parameters of a network.")
    max_macs: int | None = Field(
        default=None,
        ge=1,
        description="Most multiply-adds of a network for one image. Lists of blocks are fitted "
        "into it: maps are halved earlier.",
    )
    max_latency: float | None = Field(
        default=None, gt=0, description="Most milliseconds of a network for one image."
    )
    max_memory: int | None = Field(
        default=None, ge=1, description="Most memory of a network for one training step, MiB."
    )
