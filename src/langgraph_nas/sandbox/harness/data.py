"""The data inside: mapped from files, resident on the device, augmented there in batches."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

FIRST = 2
"""Images of a first pass."""
PADDING = 4
"""Pixels of zero padding around a random crop."""


@dataclass(frozen=True)
class Data:
    """All that a candidate trains on and predicts."""

    x: Tensor
    """uint8 [N, C, H, W]."""
    y: Tensor
    """int64 [N]."""
    inputs: dict[str, Tensor]
    """Split name -> uint8 [M, C, H, W]."""
    n_classes: int

    @property
    def device(self) -> torch.device:
        """Where the tensors lie."""
        return self.x.device


def load_data(setup: dict[str, Any]) -> Data:
    """Map the arrays that `setup` names and place them on its device.

    Raises:
        ValueError: An array is not what the host announced.
    """
    device = torch.device(setup["device"])
    shape = tuple(setup["shape"])
    x = map_images(setup["x_train"], shape, device)
    y = torch.from_numpy(np.load(setup["y_train"], allow_pickle=False).astype(np.int64))
    if y.shape != x.shape[:1] or not 0 <= int(y.min()) <= int(y.max()) < setup["n_classes"]:
        raise ValueError("y.npy does not fit x.npy or the number of classes")
    inputs = {name: map_images(path, shape, device) for name, path in setup["inputs"].items()}
    return Data(x, y.to(device), inputs, setup["n_classes"])


def map_images(path: str, shape: tuple[int, ...], device: torch.device) -> Tensor:
    """Return the images in a `.npy` file; on the CPU they stay pages shared by all sandboxes."""
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    if array.dtype != np.uint8 or array.shape[1:] != shape or len(array) < 1:
        raise ValueError(f"{path} holds {array.dtype} {array.shape}, not uint8 {shape}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Read-only is what we want.
        return torch.from_numpy(array).to(device)


def augment(images: Tensor, kinds: list[str], generator: torch.Generator) -> Tensor:
    """Crop and flip a batch of raw images, each at random.

    As torchvision's RandomCrop(size, padding=4) and RandomHorizontalFlip before normalising:
    the padding is a raw 0.

    Args:
        images: uint8 [B, C, H, W].
        kinds: Of `crop` and `flip`.
        generator: On the CPU, so that the choices are the same on every device.
    """
    batch, _, height, width = images.shape
    if "crop" in kinds:
        windows = functional.pad(images, [PADDING] * 4).unfold(2, height, 1).unfold(3, width, 1)
        top, left = torch.randint(2 * PADDING + 1, (2, batch), generator=generator, device="cpu")
        images = windows[torch.arange(batch, device="cpu"), :, top, left]
    if "flip" in kinds:
        chosen = torch.nonzero(torch.rand(batch, generator=generator, device="cpu") < 0.5)[:, 0]
        chosen = chosen.to(images.device)
        images = images.index_copy(0, chosen, images[chosen].flip(3))
    return images


class Normalise:
    """Turns raw pixels into floats: (pixel / 255 - mean) / std by channel."""

    def __init__(self, mean: list[float], std: list[float], device: torch.device) -> None:
        deviation = torch.tensor(std, dtype=torch.float32, device=device)
        centre = torch.tensor(mean, dtype=torch.float32, device=device)
        self._scale = (1 / (255 * deviation)).view(1, -1, 1, 1)
        self._shift = (centre / deviation).view(1, -1, 1, 1)

    def __call__(self, images: Tensor) -> Tensor:
        """Return float32 [B, C, H, W] of uint8 [B, C, H, W]."""
        return images.to(torch.float32).mul_(self._scale).sub_(self._shift)


def first_images(data: Data, recipe: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """Return the first few images that are trained on, normalised, and their class ids."""
    normalise = Normalise(recipe["mean"], recipe["std"], data.device)
    return normalise(data.x[:FIRST]), data.y[:FIRST]
