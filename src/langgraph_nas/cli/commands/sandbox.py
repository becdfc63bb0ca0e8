"""Commands `sandbox build` and `sandbox clean`."""

from pathlib import Path
from typing import Annotated

import typer

from langgraph_nas.cli.interrupt import handling
from langgraph_nas.cli.options import Quiet
from langgraph_nas.cli.progress import Plain
from langgraph_nas.cli.terminal import open_console
from langgraph_nas.config import SearchConfig
from langgraph_nas.report.text import counted

sandbox = typer.Typer(help="Build the Docker sandbox's image; remove what dead searches left.")

Image = Annotated[
    str, typer.Option("--image", metavar="NAME:TAG", help="Name and tag of the image.")
]
BaseImage = Annotated[
    str | None,
    typer.Option(
        "--base-image",
        metavar="IMAGE",
        show_default=False,
        help="An image with Python. Default: the Dockerfile's.",
    ),
]
TorchVersion = Annotated[
    str | None,
    typer.Option(
        "--torch-version",
        metavar="VERSION",
        show_default=False,
        help="Default: that of the torch installed here.",
    ),
]
Cuda = Annotated[
    bool, typer.Option("--cuda", metavar="", help="Install torch for NVIDIA GPUs (3 GB).")
]
Wheels = Annotated[
    Path | None,
    typer.Option(
        "--wheels",
        metavar="DIR",
        show_default=False,
        help="Install from these .whl files, offline.",
    ),
]


@sandbox.command("build")
def build(
    *,
    image: Image = SearchConfig.model_fields["image"].default,
    base_image: BaseImage = None,
    torch_version: TorchVersion = None,
    cuda: Cuda = False,
    wheels: Wheels = None,
    quiet: Quiet = False,
) -> None:
    """Build the image in which candidates run under Docker."""
    from langgraph_nas.sandbox.image import build_image

    progress = Plain(None if quiet else open_console(stderr=True))
    with handling(progress.stopping):
        build_image(
            image,
            base_image=base_image,
            torch_version=torch_version,
            cuda=cuda,
            wheels=wheels,
            on_progress=progress.on_progress,
        )
    typer.echo(f"built {image}")


@sandbox.command("clean")
def clean() -> None:
    """Remove containers and control groups whose search has died."""
    from langgraph_nas.sandbox.choose import sweep

    typer.echo(f"removed {counted(len(sweep()), 'leftover')}")
