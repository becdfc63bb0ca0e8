"""Doubts about a user's folder: what may be meant otherwise than it is taken."""

from collections.abc import Iterator, Sequence

from langgraph_nas.datasets.layout import Layout
from langgraph_nas.datasets.walk import Walk
from langgraph_nas.datasets.wording import alike, few, printable


def doubts(walk: Walk, layout: Layout, classes: Sequence[str]) -> Iterator[str]:
    """Yield what one should look at before a search: classes that may be one, or none.

    Args:
        walk: It has met the images.
        layout: Where they lie.
        classes: The names of the classes as they are printed.
    """
    groups: dict[str, list[str]] = {}
    for name, shown in zip(layout.classes, classes, strict=True):
        groups.setdefault(alike(name), []).append(shown)
    for group in groups.values():
        if len(group) > 1:
            yield (
                f"The classes {few(group)} differ in nothing but spelling: if they are one, put "
                "their images into one folder."
            )
    within = [{alike(each.name) for each in walk.folders(folder)} for folder in layout.train]
    names = {alike(name): printable(name) for name in layout.classes}
    for name, held in zip(classes, within, strict=True):
        if len(found := sorted(names[each] for each in held & names.keys())) > 1:
            yield (
                f"The class {name} holds folders named as other classes ({few(found)}): if it is "
                "no class, move it elsewhere."
            )
    shared = set.intersection(*within)
    if len(shared) > 1 and all(held == shared for held in within):
        yield (
            f"Each class holds the same folders ({few(sorted(shared))}): if these are the classes, "
            "put them at the top."
        )
