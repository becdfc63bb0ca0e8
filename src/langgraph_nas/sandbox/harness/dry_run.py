"""All that a trial does, done once before there is one, so that its imports are paid for."""

from typing import Any

import torch
from torch import nn

from .arithmetic import Arithmetic
from .candidate import count_macs, first_pass, try_net
from .data import Data, first_images
from .preflight import Preflight
from .sketch import without_values
from .training import predict, train

SIZE = 8
RECIPE: dict[str, Any] = {
    "epochs": 1,
    "batch_size": 4,
    "learning_rate": 0.01,
    "momentum": 0.9,
    "weight_decay": 5e-4,
    "seed": 0,
    "augment": ["crop", "flip"],
    "precision": "bf16",
    "memory_format": "channels_last",
}


def dry_run(channels: int, device: torch.device) -> None:
    """Check, train and ask a small network: the first time in a process costs over a second."""
    net = nn.Sequential(
        nn.Conv2d(channels, 8, 3, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Dropout(),
        nn.LazyLinear(2),
    )
    shape = [channels, SIZE, SIZE]
    images = torch.zeros(4, *shape, dtype=torch.uint8, device=device)
    data = Data(images, torch.arange(4, device=device) % 2, {"scored": images}, 2)
    recipe = RECIPE | {"mean": [0.5] * channels, "std": [0.5] * channels}
    budgets = dict.fromkeys(("memory_mb", "latency_ms"))
    job = {"recipe": recipe, "budgets": budgets}
    first, labels = first_images(data, recipe)
    net.to(device)
    first_pass(net, first)
    with without_values(lambda: None):
        try_net(net, first, labels, 2, values=False)
    try_net(net, first, labels, 2)
    count_macs(net, first)
    arithmetic = Preflight(net, data, job, {}, seconds_left=60).run()
    for each in (arithmetic, Arithmetic()):
        each.place(net)
        train(net, data, recipe, each, lambda event: None)
        predict(net, images, data, recipe, each)
