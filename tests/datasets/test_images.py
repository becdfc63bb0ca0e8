"""Image files of all kinds, and what is said of those that lose something."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from langgraph_nas.datasets import prepare
from langgraph_nas.datasets.images import deep_range, fitting_side
from langgraph_nas.datasets.pixels import Reading, read_picture
from langgraph_nas.errors import DatasetError


def pixels_of(path: Path, side: int, **options) -> np.ndarray:
    return read_picture(path, Reading("RGB", side, **options)).pixels


def prepared(folder: Path, tmp_path: Path, protocol="paper"):
    return prepare(f"folder:{folder}", cache=tmp_path / "arrays", protocol=protocol)


def save_classes(root: Path, images: dict[str, list[Image.Image]], suffix="png", **options) -> Path:
    for name, of_class in images.items():
        (root / name).mkdir(parents=True)
        for number, image in enumerate(of_class):
            image.save(root / name / f"{number}.{suffix}", **options)
    return root


def ramps(dtype, low: float, high: float, n: int = 6) -> dict[str, list[Image.Image]]:
    """Two classes of ramps, whose values lie between `low` and `high`."""
    steps = np.linspace(low, high, 32 * 32).reshape(32, 32)
    return {
        name: [Image.fromarray(np.roll(turn(steps), k).astype(dtype)) for k in range(n)]
        for name, turn in (("down", np.array), ("across", np.transpose))
    }


def all_pixels(data) -> np.ndarray:
    return np.concatenate(
        [np.load(folder / "x.npy") for folder in (data.train, data.inputs["test"])]
    )


def test_all_broken_images_are_named_at_once(write, tmp_path):
    folder = write.folder(tmp_path / "pets", 20)
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG")
    contents = [
        b"",
        b"\x89PNG\r\n\x1a\n junk",
        b"no image",
        buffer.getvalue()[:-4000],
        b"II*\0\xff",
    ]
    contents += [b"%!PS-Adobe-3.0 EPSF-3.0\n", b"GIF89a\1", b"BM\0\0", b"P5 9 9 x\n"]
    for number, content in enumerate(contents):
        (folder / "cat" / f"{number:02d}.png").write_bytes(content)
    (folder / "dog" / "zz.png").symlink_to(tmp_path / "gone.png")
    with pytest.raises(DatasetError, match="10 of 41 images can't be read") as error:
        prepared(folder, tmp_path)
    assert all(f"cat/{number:02d}.png (" in str(error.value) for number in range(len(contents)))
    assert "dog/zz.png (" in str(error.value)
    assert "\n" not in str(error.value)


def test_of_very_many_broken_images_twenty_are_named(write, tmp_path):
    folder = write.folder(tmp_path / "pets", 20)
    for path in sorted((folder / "cat").iterdir()) + sorted((folder / "dog").iterdir())[:5]:
        path.write_bytes(b"")
    with pytest.raises(DatasetError, match=r"25 of 40 images.*and 5 more: replace") as error:
        prepared(folder, tmp_path)
    assert str(error.value).count(".png (") == 20


@pytest.mark.parametrize("content", [b"", b"not an image"])
def test_an_unreadable_image_is_named(write, tmp_path, content):
    bad = write.folder(tmp_path, 30) / "cat" / "12.png"
    bad.write_bytes(content)
    with pytest.raises(DatasetError, match=f"The image {bad} can't be read.*replace it"):
        prepared(tmp_path, tmp_path)


def test_an_image_too_large_to_be_opened_is_named(write, tmp_path, monkeypatch):
    folder = write.folder(tmp_path / "pets", 10)
    write.image(folder / "cat" / "huge.png", (300, 300))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(DatasetError, match=r"cat/huge.png can't be read \(.*decompression bomb"):
        prepared(folder, tmp_path)


@pytest.mark.parametrize(
    ("mode", "color", "seen"),
    [
        *(("L", 200, 200), ("I;16", 200 << 8, 199), ("1", 1, 255), ("P", 3, None)),
        *(("RGBA", (0, 0, 0, 0), 255), ("RGBA", (200, 200, 200, 255), 200)),
        *(("LA", (0, 0), 255), ("LA", (0, 255), 0), ("RGBA", (0, 0, 0, 51), 204)),
    ],
)
def test_every_mode_becomes_rgb_and_what_is_transparent_white(write, tmp_path, mode, color, seen):
    write.image(tmp_path / "x.png", (20, 20), color, mode)
    pixels = pixels_of(tmp_path / "x.png", 8)
    assert (pixels.dtype, pixels.shape) == (np.uint8, (3, 8, 8))
    assert seen is None or np.unique(pixels).tolist() == [seen]


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "1", "I;16"])
def test_a_colour_that_a_png_calls_transparent_becomes_white(tmp_path, mode):
    ink = Image.new("L", (16, 16), 0)
    ink.paste(90, (4, 4, 12, 12))
    image = (
        ink.convert(mode) if mode != "I;16" else Image.fromarray(np.asarray(ink, np.uint16) << 8)
    )
    clear = (0, 0, 0) if mode == "RGB" else 0
    image.save(tmp_path / "x.png", transparency=clear)
    pixels = pixels_of(tmp_path / "x.png", 16)
    assert pixels[:, 0, 0].tolist() == [255] * 3
    assert mode == "1" or 85 <= pixels[0, 8, 8] <= 95


@pytest.mark.parametrize(
    ("mode", "suffix"), [("CMYK", "jpg"), ("CMYK", "tif"), ("YCbCr", "tif"), ("LAB", "tif")]
)
def test_colours_of_print_and_film_become_rgb(tmp_path, mode, suffix):
    if mode == "LAB":
        image = Image.new("LAB", (16, 16), (255, 128, 128))  # the lightest, without a hue
    else:
        image = Image.new("RGB", (16, 16), (250, 250, 250)).convert(mode)
    image.save(tmp_path / f"x.{suffix}")
    assert pixels_of(tmp_path / f"x.{suffix}", 8).min() > 240


def test_ink_on_a_transparent_ground_is_seen_and_white_ink_refused(tmp_path):
    def sketches(ink: int) -> dict[str, list[Image.Image]]:
        found: dict[str, list[Image.Image]] = {}
        for name, size in (("small", 4), ("large", 20)):
            mask = [Image.new("L", (32, 32), 0) for _ in range(6)]
            for k, image in enumerate(mask):
                image.paste(255, (k, k, k + size, k + size))
            found[name] = [
                Image.merge("RGBA", [Image.new("L", (32, 32), ink)] * 3 + [m]) for m in mask
            ]
        return found

    data = prepared(save_classes(tmp_path / "black", sketches(0)), tmp_path)
    assert np.unique(all_pixels(data)).tolist()[:1] == [0]
    assert all_pixels(data).max() == 255
    assert "12 of 12 images are transparent and were laid on white." in data.notes
    with pytest.raises(DatasetError, match="12 of 12 transparent images are blank.*dark ground"):
        prepared(save_classes(tmp_path / "white", sketches(255)), tmp_path)


@pytest.mark.parametrize(
    ("dtype", "suffix", "low", "high"),
    [
        *((np.float32, "tif", 0, 1), (np.float32, "tif", -3, 2e6), (np.uint16, "png", 0, 4095)),
        *((np.uint16, "tif", 0, 65535), (">u2", "tif", 0, 1023), (np.int32, "tif", -1024, 3000)),
        *((np.uint16, "png", 30_000, 31_000), (np.uint16, "pgm", 0, 4095)),
    ],
)
def test_deep_images_are_scaled_by_what_the_set_holds(tmp_path, dtype, suffix, low, high):
    folder = save_classes(tmp_path / "deep", ramps(dtype, low, high), suffix)
    data = prepared(folder, tmp_path)
    pixels = all_pixels(data)
    assert (pixels.min(), pixels.max()) == (0, 255)
    assert len(np.unique(pixels)) > 200
    assert any(f"have more than 8 bits: their values {low:g} to {high:g}" in n for n in data.notes)
    assert (data.reading.low, data.reading.high) == (low, high)


def test_one_range_holds_for_a_whole_set(tmp_path):
    """So that the darker class stays the darker one."""
    images = {
        "dark": [Image.fromarray(np.full((16, 16), 400 + k, np.uint16)) for k in range(10)],
        "light": [Image.fromarray(np.full((16, 16), 4000 + k, np.uint16)) for k in range(10)],
    }
    data = prepared(save_classes(tmp_path / "scans", images), tmp_path)
    x, y = (np.load(data.train / name) for name in ("x.npy", "y.npy"))
    assert x[y == 0].max() < 10
    assert x[y == 1].min() > 240


def test_values_that_are_no_numbers_name_their_file(tmp_path):
    folder = save_classes(tmp_path / "deep", ramps(np.float32, 0, 1), "tif")
    hole = np.full((32, 32), np.nan, np.float32)
    Image.fromarray(hole).save(folder / "down" / "0.tif")
    with pytest.raises(DatasetError, match="down/0.tif can't be read.*no finite numbers"):
        prepared(folder, tmp_path)
    assert deep_range(sorted(folder.rglob("*.tif"))) == (0, 1)


def test_a_set_of_hardly_any_levels_is_told_and_one_of_a_single_one_refused(tmp_path):
    def masks(value: int) -> dict[str, list[Image.Image]]:
        found = {name: [Image.new("L", (32, 32), 0) for _ in range(6)] for name in ("a", "b")}
        for k in range(6):
            found["a"][k].paste(value, (k, k, k + 4, k + 4))
            found["b"][k].paste(value, (k, k, k + 20, k + 20))
        return found

    notes = prepared(save_classes(tmp_path / "masks", masks(1)), tmp_path).notes
    assert any("use only 2 of 256 levels, all between 0 and 1:" in note for note in notes)
    with pytest.raises(DatasetError, match="All 12 images have one and the same value"):
        prepared(save_classes(tmp_path / "black", masks(0)), tmp_path)


@pytest.mark.parametrize(("top", "is_told"), [(63, True), (90, False)])
def test_a_set_that_uses_the_lowest_levels_only_is_told(tmp_path, top, is_told):
    """As of colours of 14 bits that a camera's program keeps in 16, of which 8 are read."""
    notes = prepared(save_classes(tmp_path / "dark", ramps(np.uint8, 0, top)), tmp_path).notes
    assert any("levels, all between 0 and 63:" in note for note in notes) == is_told


def test_the_first_frame_is_taken_and_that_there_are_more_is_told(tmp_path):
    images = ramps(np.uint8, 0, 255)
    other = [Image.new("L", (32, 32), 7)]
    folder = save_classes(tmp_path / "gif", images, "gif", save_all=True, append_images=other)
    data = prepared(folder, tmp_path)
    assert "12 of 12 images have several frames: the first was taken." in data.notes
    assert all_pixels(data).std(axis=(1, 2, 3)).min() > 50


@pytest.mark.parametrize(
    "entry",
    [
        (0x9286, "x"),
        (0x0112, 99),
        (0x0112, 0),
    ],
)
def test_odd_metadata_costs_nothing(tmp_path, entry):
    exif = Image.Exif()
    exif[entry[0]] = entry[1]
    image = Image.new("RGB", (24, 24), (9, 99, 200))
    image.save(tmp_path / "x.jpg", exif=exif, quality=95)
    assert abs(pixels_of(tmp_path / "x.jpg", 24)[2].mean() - 200) < 3


def test_metadata_that_pillow_itself_can_not_copy_is_passed_over(tmp_path):
    """A resolution that is a plain float in a JPEG's EXIF, written by a camera app."""
    tiff = b"II*\0\x08\0\0\0\x02\0"
    tiff += b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"  # turned by 90 degrees
    tiff += b"\x1a\x01\x0b\0\x01\0\0\0\0\0\x90\x42" + b"\0\0\0\0"
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[:, 16:] = 255
    Image.fromarray(pixels).save(tmp_path / "x.jpg", exif=b"Exif\0\0" + tiff, quality=95)
    seen = pixels_of(tmp_path / "x.jpg", 32)
    assert seen[:, :12].max() < 60
    assert seen[:, 20:].min() > 200


@pytest.mark.parametrize("size", [(40, 20), (20, 40)])
def test_the_centre_of_a_long_image_is_kept_undistorted(tmp_path, size):
    pixels = np.zeros((40, 20, 3), np.uint8)
    pixels[10:30] = 255
    if size == (40, 20):
        pixels = pixels.transpose(1, 0, 2)
    Image.fromarray(pixels).save(tmp_path / "long.png")
    assert (pixels_of(tmp_path / "long.png", 20) == 255).all()


@pytest.mark.parametrize("turn", range(1, 9))
def test_photos_are_turned_upright(tmp_path, turn):
    from PIL import ImageOps

    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[:16, :16] = 255
    pixels[:16, 16:] = 100
    exif = Image.Exif()
    exif[0x0112] = turn
    Image.fromarray(pixels).save(tmp_path / "turned.png", exif=exif)
    with Image.open(tmp_path / "turned.png") as image:
        upright = np.asarray(ImageOps.exif_transpose(image)).transpose(2, 0, 1)
    assert np.array_equal(pixels_of(tmp_path / "turned.png", 32), upright)


@pytest.mark.parametrize(("short", "side"), [(4, 8), (8, 8), (31, 28), (100, 96), (3000, 160)])
def test_the_common_side_is_the_largest_that_images_fill(write, tmp_path, short, side):
    for k in range(5):
        write.image(tmp_path / f"{k}.png", (short + k, short), 0, "L")
    (tmp_path / "broken.png").write_bytes(b"")
    paths = sorted(tmp_path.iterdir())
    assert fitting_side(paths, (8, 16, 28, 32, 48, 64, 96, 128, 160)) == side
