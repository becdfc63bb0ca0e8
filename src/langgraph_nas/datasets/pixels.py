"""Read image files as the search did; run as a script, classify them by the network beside it.

usage: python predict.py IMAGE_OR_FOLDER...

Each export holds this file as `predict.py`. It needs torch, numpy, Pillow and safetensors, and
reads `settings.json`, `network.py` and `weights.safetensors` in its own folder.
"""

import contextlib
import importlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

Array = np.ndarray[Any, Any]

FORMATS = (
    *("JPEG", "PNG", "BMP", "DIB", "GIF", "WEBP", "TIFF", "PPM", "AVIF", "JPEG2000", "TGA"),
    *("PCX", "SGI", "QOI", "MPO"),
)
"""What files may hold, whatever their names say. PostScript, which Pillow gives to a program, is
not among them."""
SUFFIXES = frozenset(
    (
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".pjp", ".mpo", ".png", ".apng", ".bmp"),
        *(".dib", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm", ".pbm", ".pnm", ".pfm"),
        *(".avif", ".avifs", ".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx", ".tga", ".pcx"),
        *(".sgi", ".rgb", ".bw", ".qoi"),
    )
)
LEVELS = 256
_TURNS = (
    *("", "", "FLIP_LEFT_RIGHT", "ROTATE_180", "FLIP_TOP_BOTTOM"),
    *("TRANSPOSE", "ROTATE_270", "TRANSVERSE", "ROTATE_90"),
)
"""Names of Pillow's transpositions by the EXIF orientation."""
_BATCH = 64
_SHOWN = 10


@dataclass(frozen=True)
class Reading:
    """By what rule all files of a data set become pixels."""

    mode: str
    """`RGB` or `L` (grey)."""
    side: int
    """Height and width of what the network sees."""
    low: float = 0.0
    """Of images of more than 8 bits: the value that becomes 0."""
    high: float = 65535.0
    """And the one that becomes 255."""
    maximum: int = 255
    """A file that holds no value above it is taken to hold 0 to `maximum`."""


@dataclass(frozen=True)
class Picture:
    """One image, and what is to know of the file that it came from."""

    pixels: Array
    """uint8 [C, side, side]."""
    levels: Array
    """bool [256]: which values it used before it was resized."""
    deep: bool
    """Whether it had more than 8 bits."""
    transparent: bool
    frames: bool
    """Whether there are more frames than the first, which is the one that is read."""


def read_picture(path: Path, reading: Reading) -> Picture:
    """Return an image: first frame, upright, on white, short side to `side`, centre crop.

    Raises:
        Exception: Whatever Pillow raises for a file that it can't read.
    """
    from PIL import Image, ImageOps

    with open_image(path) as image:
        # A stereo photo's second frame is the other eye's, or a thumbnail.
        frames = image.format != "MPO" and bool(getattr(image, "is_animated", False))
        # JPEG decodes at a fraction of its size many times faster; no-op for others.
        image.draft(reading.mode, (reading.side, reading.side))
        image.load()
        upright = _turn_upright(image)
    deep = is_deep(upright.mode)
    plain = _to_8_bits(upright, reading) if deep else _stretched(upright, reading.maximum)
    opaque, transparent = (plain, False) if deep else _lay_on_white(plain)
    flat = _to_mode(opaque, reading.mode)
    fitted = ImageOps.fit(flat, (reading.side, reading.side), method=Image.Resampling.BILINEAR)
    pixels = np.atleast_3d(np.asarray(fitted, dtype=np.uint8)).transpose(2, 0, 1)
    levels: Array = np.array(flat.histogram()).reshape(-1, LEVELS).max(0) > 0
    return Picture(np.ascontiguousarray(pixels), levels, deep, transparent, frames)


def open_image(path: Path) -> "Image.Image":
    """Return an image of which only the header has been read."""
    from PIL import Image

    Image.init()
    return Image.open(path, formats=[name for name in FORMATS if name in Image.OPEN])


def is_deep(mode: str) -> bool:
    """Tell whether images of a mode of Pillow's have more than 8 bits a channel."""
    return mode in ("I", "F") or mode.startswith("I;")


def deep_values(image: "Image.Image") -> Array:
    """Return the values of an image of more than 8 bits, float64 [H, W].

    Raises:
        ValueError: Some are no numbers.
    """
    values = np.asarray(image).astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError("it holds values that are no finite numbers")
    return values


def _to_8_bits(image: "Image.Image", reading: Reading) -> "Image.Image":
    from PIL import Image

    values = deep_values(image)
    unit = (values - reading.low) / max(reading.high - reading.low, 1e-300)
    bytes_ = np.rint(255 * unit.clip(0, 1)).astype(np.uint8)
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        bytes_[values == clear] = 255
    return Image.fromarray(bytes_)


def _stretched(image: "Image.Image", maximum: int) -> "Image.Image":
    """Return an image of values 0 to `maximum` as one of 0 to 255, any other as it is."""
    if maximum == LEVELS - 1 or image.mode not in ("L", "RGB"):
        return image
    if max(np.flatnonzero(image.histogram()) % LEVELS, default=0) > maximum:
        return image
    return image.point(lambda value: round(min(value, maximum) * 255 / maximum))


def _lay_on_white(image: "Image.Image") -> tuple["Image.Image", bool]:
    """Return an image without transparency, and whether it had any."""
    from PIL import Image

    if not image.has_transparency_data:
        return image, False
    straight = image.convert({"La": "LA", "RGBa": "RGBA"}.get(image.mode, image.mode))
    seen = straight.convert("RGBA")
    if seen.getchannel("A").getextrema()[0] == 255:
        return seen.convert("RGB"), False
    ground = Image.new("RGBA", seen.size, (255, 255, 255, 255))
    return Image.alpha_composite(ground, seen).convert("RGB"), True


def _to_mode(image: "Image.Image", mode: str) -> "Image.Image":
    if image.mode == "LAB":
        from PIL import ImageCms

        profiles = (ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"))
        turned = ImageCms.profileToProfile(image, *profiles, outputMode="RGB")
        return turned.convert(mode) if turned is not None else image
    return image if image.mode == mode else image.convert("RGB").convert(mode)


def _turn_upright(image: "Image.Image") -> "Image.Image":
    """Return the image as it is to be looked at; of its EXIF only the turn is read."""
    from PIL import Image

    try:
        number = int(image.getexif().get(0x0112, 1))
        turn = _TURNS[number] if 0 < number < len(_TURNS) else ""
    except Exception:  # cameras write anything there; an image that can be seen needs none of it
        turn = ""
    return image.transpose(Image.Transpose[turn]) if turn else image


def normalise(pixels: Array, settings: Mapping[str, Any]) -> Array:
    """Return float32 [B, C, H, W] of uint8 [B, C, H, W], as the network was trained on."""
    mean = np.array(settings["mean"], np.float32).reshape(1, -1, 1, 1)
    std = np.array(settings["std"], np.float32).reshape(1, -1, 1, 1)
    scaled: Array = (pixels.astype(np.float32) / 255 - mean) / std
    return scaled


def load_network(folder: Path, settings: Mapping[str, Any]) -> Any:
    """Return the exported network with its weights, in eval mode."""
    import torch
    from safetensors.torch import load_file

    sys.path.insert(0, str(folder))
    arguments, sys.argv = sys.argv, ["network.py"]  # a program may read its command line
    try:
        with contextlib.redirect_stdout(sys.stderr):  # and print
            net = importlib.import_module("network").Net()
    finally:
        sys.argv = arguments
    if settings.get("needs_a_pass"):  # some layers are made in the first one
        with torch.no_grad():
            net(torch.zeros(2, *settings["input_shape"]))
    net.load_state_dict(load_file(folder / "weights.safetensors"))
    return net.eval()


def probabilities(net: Any, pixels: Array, settings: Mapping[str, Any]) -> Array:
    """Return how probable each class is for each image: float64 [B, classes]."""
    import torch

    with torch.no_grad():
        logits = net(torch.from_numpy(normalise(pixels, settings)))
    found: Array = torch.softmax(logits.double(), 1).numpy()
    return found


def _files(arguments: Sequence[str]) -> Iterator[Path]:
    """Yield the files that are named, and the images below the folders that are."""
    for argument in map(Path, arguments):
        if not argument.is_dir():
            yield argument
            continue
        for path in sorted(argument.rglob("*")):
            if path.suffix.lower() in SUFFIXES and not path.name.startswith("."):
                yield path


def _answer(path: Path, found: Array, classes: Sequence[str]) -> str:
    best = np.argsort(-found, kind="stable")[:_SHOWN]
    lines = [f"  {found[label]:.4f}  {classes[label]}" for label in best]
    return "\n".join([f"{path}: {classes[best[0]]}", *lines])


def main(arguments: Sequence[str]) -> int:
    """Print the classes of image files, the most probable first; 1 if one can't be read."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments else 2
    folder = Path(__file__).resolve().parent
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    reading = Reading(**settings["preprocessing"]["reading"])
    net, read, failed = load_network(folder, settings), [], False
    for path in _files(arguments):
        try:
            read.append((path, read_picture(path, reading).pixels))
        except Exception as error:
            print(f"{path} can't be read: {error}", file=sys.stderr)
            failed = True
    for start in range(0, len(read), _BATCH):
        paths, pixels = zip(*read[start : start + _BATCH], strict=True)
        for path, found in zip(paths, probabilities(net, np.stack(pixels), settings), strict=True):
            print(_answer(path, found, settings["classes"]))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
