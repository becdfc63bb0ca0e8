"""Settings of the sandbox, and of what candidates may take there."""

from typing import Literal

from pydantic import BaseModel, Field

SandboxKind = Literal["auto", "docker", "bubblewrap", "unsafe-subprocess"]


class SandboxSettings(BaseModel):
    """Where candidates run, and what they may take there."""

    sandbox: SandboxKind = Field(
        default="auto",
        description="Where candidates run; `auto`: Docker if it works, else bubblewrap.",
    )
    image: str = Field(
        default="langgraph-nas-sandbox:latest", description="Docker image of the sandbox."
    )
    runtime: str | None = Field(default=None, description="Docker runtime, e.g. runsc for gVisor.")
    time_limit: float = Field(default=1800, gt=0, description="Wall seconds a candidate may take.")
    build_limit: float = Field(
        default=30,
        gt=0,
        description="Wall seconds for building it and one forward and backward pass.",
    )
    memory_mb: int = Field(default=4096, ge=512, description="Memory of a candidate, MiB.")
    device_memory_mb: int | None = Field(
        default=None,
        ge=64,
        description="GPU memory of a candidate, MiB; default: what the LLMs leave free.",
    )
    cpus: float | None = Field(default=None, gt=0, description="CPUs of a candidate; default: all.")
    pids: int = Field(default=256, ge=32, description="Processes and threads of a candidate.")
    tmp_mb: int = Field(default=64, ge=1, description="Size of its /tmp, MiB.")
    shm_mb: int = Field(default=16, ge=1, description="Size of its /dev/shm, MiB.")
    output_kb: int = Field(default=1024, ge=16, description="Output it may print, KiB.")
    sandbox_retries: int = Field(
        default=2,
        ge=0,
        description="Retries when the sandbox itself fails, before the search stops.",
    )
