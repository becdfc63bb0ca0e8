"""A hand-written ResNet-9 as program text: what a search has to beat to be worth its while.

After Page, "How to train your ResNet" (2018): a convolution, three stages that double the
channels and halve the image, a residual pair in the first and the last, one linear layer. As
there, logits are scaled by 1/8, without which it learns visibly worse in one epoch.
"""

from string import Template

WIDTH = 64
"""Channels of the first convolution; the last ones have eight times as many."""

_STAGES = 3
_SMALLEST_SIDE = 2

_PROGRAM = Template("""import torch.nn as nn


def conv(n_in, n_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(n_out),
        nn.ReLU(),
    )


class Residual(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.body = nn.Sequential(conv(n, n), conv(n, n))

    def forward(self, x):
        return x + self.body(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            conv($channels, $width, stride=$stride),
$stages
        )
        self.classifier = nn.Linear($features, $classes)

    def forward(self, x):
        x = self.features(x)
        return 0.125 * self.classifier(x.amax((2, 3)))
""")


def resnet9(shape: tuple[int, int, int], n_classes: int, *, width: int = WIDTH) -> str:
    """Return the program of a ResNet-9 for images of this shape.

    Images of 64 pixels and more enter by a stride of 2, those of 128 and more by one of 4; an
    image that is down to 2 pixels is not halved further, so that 8x8 digits work, too.

    Args:
        shape: Channels, height and width of an image.
        n_classes: Outputs of the network.
        width: Channels of the first convolution.
    """
    channels, side = shape[0], min(shape[1:])
    stride = 4 if side >= 128 else 2 if side >= 64 else 1
    return _PROGRAM.substitute(
        channels=channels,
        width=width,
        stride=stride,
        stages="\n".join(_stages(width, -(-side // stride))),
        features=width * 2**_STAGES,
        classes=n_classes,
    )


def _stages(width: int, side: int) -> list[str]:
    lines = []
    for number in range(_STAGES):
        lines.append(f"conv({width}, {2 * width}),")
        width *= 2
        if side // 2 >= _SMALLEST_SIDE:
            side //= 2
            lines.append("nn.MaxPool2d(2),")
        if number != 1:
            lines.append(f"Residual({width}),")
    return [f"            {line}" for line in lines]
