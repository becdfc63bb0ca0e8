"""Names that people give the folders of a split: `train`, `Testing`, `ValidationSet`."""

import re
from typing import Literal

Kind = Literal["train", "test", "validation"]

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    **dict.fromkeys(("test", "testing", "tst"), "test"),
    **dict.fromkeys(("val", "valid", "validate", "validation", "validating", "vali"), "validation"),
    **dict.fromkeys(("dev", "eval", "evaluation", "evaluate", "holdout"), "validation"),
}
_FILLERS = frozenset(
    (
        *("set", "sets", "data", "dataset", "datasets", "image", "images", "img", "imgs"),
        *("picture", "pictures", "photo", "photos", "pic", "pics", "seg", "split", "splits"),
        *("folder", "folders", "dir", "file", "files", "sample", "samples", "raw", "archive"),
        *("resized", "cropped", "processed", "original", "new", "final", "full", "all", "only"),
        *("classes", "class", "labeled", "labelled", "out", "hold", "the", "ds", "extracted"),
    )
)
_LABELS = frozenset(
    (
        *("label", "labels", "annotation", "annotations", "annot", "annots", "ann", "anns", "gt"),
        *("xml", "xmls", "mask", "masks", "segmentation", "segmentations", "groundtruth"),
        *("bbox", "bboxes", "boxes", "meta", "metadata"),
    )
)
_IMAGES = frozenset(("image", "images", "img", "imgs", "picture", "pictures", "photo", "photos"))
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_GLUED = re.compile(
    f"({'|'.join(sorted(_KINDS, key=len, reverse=True))})"
    "(sets?|data|datasets?|images?|imgs?|photos|pics|splits?|folders?|dir|files|samples)?"
)


def split_kind(name: str) -> Kind | None:
    """Return which split a folder of this name holds, None if it is no such name.

    Example:
        >>> split_kind("Training"), split_kind("seg_test"), split_kind("test_tube")
        ('train', 'test', None)
    """
    kinds = set()
    for word in _words(name):
        if word in _FILLERS:
            continue
        found = _GLUED.fullmatch(word)
        if found is None:
            return None
        kinds.add(_KINDS[found[1]])
    return kinds.pop() if len(kinds) == 1 else None


def is_filler(name: str) -> bool:
    """Tell whether a name says no more than that here are images: `data`, `Images_2`."""
    words = _words(name)
    return bool(words) and all(word in _FILLERS for word in words)


def holds_labels(name: str) -> bool:
    """Tell whether a name says that here is what images show, not images: `labels`, `gt_masks`."""
    words = set(_words(name))
    return bool(words & _LABELS) and words <= _LABELS | _FILLERS


def is_of_images(name: str) -> bool:
    """Tell whether a name says that here are images and no more: `images`, `IMG`."""
    words = _words(name)
    return bool(words) and all(word in _IMAGES for word in words)


def class_and_split(name: str) -> tuple[str, Kind] | None:
    """Return class and split of a name like `cat_train`, None if it is no such name."""
    found = [match for match in _WORDS.finditer(name) if match[0].casefold() in _KINDS]
    if len(found) != 1:
        return None
    start, end = found[0].span()
    rest = re.sub(r"^[\W_]+|[\W_]+$", "", name[:start] + name[end:])
    return (rest.casefold(), _KINDS[found[0][0].casefold()]) if rest else None


def _words(name: str) -> list[str]:
    folded = name.casefold()
    plain = re.sub(r"hold[\W_]*out", "holdout", folded)
    text = plain if plain != folded else name
    return [word.casefold() for word in _WORDS.findall(text)]
