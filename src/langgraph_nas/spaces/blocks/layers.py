# mypy: disable-error-code="no-untyped-def, no-untyped-call, assignment"
# ruff: noqa: D102
"""The block classes that compiled programs are made of.

`source` cuts from this file the classes a spec uses. It is read as text and never imported by
the host, so importing the package stays light; it has no annotations, as most programs that
people and LLMs write. `channels` come in, `width` channels go out; maps are [N, C, H, W], kept
at stride 1 and halved (rounded up) at stride 2.
"""

import torch
import torch.nn.functional as F
from torch import nn


class GroupNorm(nn.GroupNorm):
    """Group norm with eight groups, or as many as divide the channels."""

    def __init__(self, channels):
        super().__init__(next(n for n in (8, 4, 2, 1) if channels % n == 0), channels)


class LayerNorm(nn.GroupNorm):
    """Layer norm over the channels and positions of each image."""

    def __init__(self, channels):
        super().__init__(1, channels)


class ConvNormAct(nn.Sequential):
    """Convolution, norm, activation."""

    def __init__(
        self, channels, width, kernel=3, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU, **conv
    ):
        padding = kernel // 2 * conv.get("dilation", 1)
        bias = norm is nn.Identity
        super().__init__(
            nn.Conv2d(channels, width, kernel, stride, padding, bias=bias, **conv),
            norm(width),
            act(),
        )


class Shortcut(nn.Sequential):
    """The input itself, or a 1x1 convolution of it where the shape changes."""

    def __init__(self, channels, width, stride=1):
        same = channels == width and stride == 1
        super().__init__(*([] if same else [nn.Conv2d(channels, width, 1, stride)]))


class Residual(nn.Module):
    """Two 3x3 convolutions beside a shortcut."""

    def __init__(self, channels, width, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        self.body = nn.Sequential(
            ConvNormAct(channels, width, 3, stride, norm=norm, act=act),
            ConvNormAct(width, width, 3, norm=norm, act=nn.Identity),
        )
        self.shortcut = Shortcut(channels, width, stride)
        self.act = act()

    def forward(self, x):
        return self.act(self.body(x) + self.shortcut(x))


class Bottleneck(nn.Module):
    """A 3x3 convolution between two 1x1, narrower or in groups, beside a shortcut."""

    def __init__(self, channels, width, stride=1, groups=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        inner = width // 4 if groups == 1 else width // 2
        self.body = nn.Sequential(
            ConvNormAct(channels, inner, 1, norm=norm, act=act),
            ConvNormAct(inner, inner, 3, stride, groups=groups, norm=norm, act=act),
            ConvNormAct(inner, width, 1, norm=norm, act=nn.Identity),
        )
        self.shortcut = Shortcut(channels, width, stride)
        self.act = act()

    def forward(self, x):
        return self.act(self.body(x) + self.shortcut(x))


class Separable(nn.Sequential):
    """A convolution of each channel by itself, then 1x1 across channels."""

    def __init__(self, channels, width, kernel=3, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__(
            ConvNormAct(channels, channels, kernel, stride, groups=channels, norm=norm, act=act),
            ConvNormAct(channels, width, 1, norm=norm, act=act),
        )


class InvertedResidual(nn.Module):
    """Expand the channels, convolve each by itself, project back."""

    def __init__(self, channels, width, expand=4, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        inner = expand * channels
        self.residual = channels == width and stride == 1
        self.body = nn.Sequential(
            ConvNormAct(channels, inner, 1, norm=norm, act=act),
            ConvNormAct(inner, inner, 3, stride, groups=inner, norm=norm, act=act),
            ConvNormAct(inner, width, 1, norm=norm, act=nn.Identity),
        )

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


class ConvNeXt(nn.Module):
    """Large depthwise convolution, layer norm and a wide pair of 1x1, as a residual."""

    def __init__(self, channels, width, kernel=3, stride=1):
        super().__init__()
        self.enter = Shortcut(channels, width, stride)
        self.body = nn.Sequential(
            nn.Conv2d(width, width, kernel, padding=kernel // 2, groups=width),
            nn.GroupNorm(1, width),
            nn.Conv2d(width, 4 * width, 1),
            nn.GELU(),
            nn.Conv2d(4 * width, width, 1),
        )

    def forward(self, x):
        x = self.enter(x)
        return x + self.body(x)


class Inception(nn.Module):
    """Four branches of different reach, side by side, a quarter of the width each."""

    def __init__(self, channels, width, stride=1, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        part, kind = width // 4, {"norm": norm, "act": act}
        self.branches = nn.ModuleList(
            [
                ConvNormAct(channels, part, 1, stride, **kind),
                ConvNormAct(channels, part, 3, stride, **kind),
                ConvNormAct(channels, part, 5, stride, **kind),
                nn.Sequential(
                    nn.MaxPool2d(3, stride, padding=1), ConvNormAct(channels, part, 1, **kind)
                ),
            ]
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


class DenseBlock(nn.Module):
    """Layers that each see the outputs of all earlier ones, then 1x1."""

    def __init__(self, channels, width, layers=3, norm=nn.BatchNorm2d, act=nn.ReLU):
        super().__init__()
        growth, kind = width // 4, {"norm": norm, "act": act}
        self.layers = nn.ModuleList(
            ConvNormAct(channels + i * growth, growth, 3, **kind) for i in range(layers)
        )
        self.fuse = ConvNormAct(channels + layers * growth, width, 1, **kind)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return self.fuse(x)


class SqueezeExcite(nn.Module):
    """Weigh each channel by what the whole map shows."""

    def __init__(self, channels, reduction=8):
        super().__init__()
        inner = max(4, channels // reduction)
        self.weigh = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, inner, 1),
            nn.ReLU(),
            nn.Conv2d(inner, channels, 1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return x * self.weigh(x)


class SelfAttention(nn.Module):
    """Residual attention of each position to the map, pooled to at most 8x8 keys."""

    def __init__(self, channels, heads=4, keys=(8, 8)):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(1, channels)
        self.pool = nn.AdaptiveAvgPool2d(keys)
        self.query = nn.Conv2d(channels, channels, 1)
        self.key_value = nn.Conv2d(channels, 2 * channels, 1)
        self.project = nn.Conv2d(channels, channels, 1)

    def split(self, x):
        """Return [N, heads, positions, channels per head] of a map."""
        return x.flatten(2).unflatten(1, (self.heads, -1)).transpose(2, 3)

    def forward(self, x):
        normed = self.norm(x)
        key, value = self.key_value(self.pool(normed)).chunk(2, 1)
        query = self.split(self.query(normed))
        mixed = F.scaled_dot_product_attention(query, self.split(key), self.split(value))
        return x + self.project(mixed.transpose(2, 3).reshape(x.shape))


class MeanAndMax(nn.Module):
    """The mean and the maximum of each channel."""

    def forward(self, x):
        return torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
