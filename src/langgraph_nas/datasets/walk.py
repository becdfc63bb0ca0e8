"""A walk over a user's folder: real folders and files once each, and what was left out."""

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from langgraph_nas.datasets.pixels import SUFFIXES
from langgraph_nas.datasets.split_names import split_kind
from langgraph_nas.datasets.wording import printable, tallied
from langgraph_nas.errors import DatasetError

_SYSTEM = frozenset(
    (
        *("__macosx", "_macosx", "@eadir", "@tmp", "@recycle", "@recently-snapshot", "#recycle"),
        *("#snapshot", "@synoresource", "@sharebin", "system volume information", "recycler"),
        *("recycled", "lost+found", "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini"),
        *("icon\r", "__pycache__", "network trash folder", "temporary items", "_gsdata_"),
        *("$recycle.bin", "found.000", "folder.htt", "albumart.pamp", "zbthumbnail.info"),
    )
)
"""What operating systems, network drives and programs leave in folders, in lower case."""
_OTHER_IMAGES = frozenset(
    (
        *(".heic", ".heif", ".heics", ".hif", ".jxl", ".svg", ".svgz", ".eps", ".ps", ".pdf"),
        *(".psd", ".psb", ".xcf", ".ai", ".exr", ".hdr", ".dcm", ".dicom", ".nii", ".ico", ".cur"),
        *(".icns", ".dds", ".fits", ".fit", ".wmf", ".emf", ".xbm", ".xpm", ".ras", ".djvu"),
        *(".raw", ".cr2", ".cr3", ".nef", ".arw", ".dng", ".orf", ".rw2", ".raf", ".pef", ".srw"),
        *(".svs", ".ndpi", ".czi", ".lif", ".npy", ".npz", ".mat", ".webm", ".mp4", ".mov", ".avi"),
    )
)
"""Suffixes of pictures that can't be read here."""

Key = tuple[int, int] | str


def is_hidden(name: str) -> bool:
    """Tell whether a file or folder of this name is none that a person put there as data."""
    folded = name.casefold()
    return (
        name.startswith((".", "~"))
        or name.endswith("~")
        or folded in _SYSTEM
        or folded.startswith(("$recycle", "@ea"))
    )


def is_seen(look: Callable[[], bool]) -> bool:
    """Return what a look at a path says, False where one may not look or the path is too long."""
    try:
        return look()
    except OSError:
        return False


class Walk:
    """Looks into folders; what it has met once it does not meet again under another name."""

    def __init__(self) -> None:
        self._met: set[Key] = set()
        self._hidden: dict[str, str] = {}
        """Hidden and system files and folders: path -> name."""
        self._others: dict[str, str] = {}
        """Files that are no images: path -> suffix."""
        self._bare: dict[str, str] = {}
        """Folders without images: path -> name."""
        self.splits_below: list[Path] = []
        """Folders named as splits, met below those of classes."""
        self.links = 0
        """Links to folders that are read anyway."""
        self.again = 0
        """Images that are there under another name, too."""

    def claim(self, path: Path) -> bool:
        """Take a folder or file; False if that very one was taken before."""
        key = _key(path)
        if key in self._met:
            return False
        self._met.add(key)
        return True

    def folders(self, folder: Path) -> list[Path]:
        """Return the folders in a folder, without hidden ones, by name."""
        return [Path(entry.path) for entry in self._visible(folder) if _is_folder(entry)]

    def has_images(self, folder: Path) -> bool:
        """Tell whether there are images straight in a folder."""
        return self.count_images(folder) > 0

    def count_images(self, folder: Path) -> int:
        """Return how many images lie straight in a folder."""
        return sum(
            not _is_folder(entry) and self._is_image(entry) for entry in self._visible(folder)
        )

    def has_images_below(self, folder: Path) -> bool:
        """Tell whether there are images in a folder or those in it, whatever links lead to."""
        places = [folder]
        while places:
            for entry in self._visible(places.pop()):
                if _is_folder(entry):
                    places += [] if entry.is_symlink() else [Path(entry.path)]
                elif self._is_image(entry):
                    return True
        self._bare[str(folder)] = folder.name
        return False

    def distinct(self, folders: Sequence[Path]) -> list[Path]:
        """Return those that were not taken before; what is no link comes first."""
        taken = {path for path in sorted(folders, key=Path.is_symlink) if self.claim(path)}
        self.links += len(folders) - len(taken)
        return [path for path in folders if path in taken]

    def images(self, folders: Sequence[Path]) -> list[list[Path]]:
        """Return all images below each of these folders, which were taken before.

        An image that can be reached in several ways belongs where it really lies: links are
        followed last.
        """
        found: list[list[Path]] = [[] for _ in folders]
        links: deque[tuple[int, Path]] = deque()
        for number, folder in enumerate(folders):
            links += ((number, link) for link in self._below(folder, found[number]))
        while links:
            number, link = links.popleft()
            if not is_seen(link.exists):  # or nobody may look
                found[number].append(link)  # to be named as broken when it is read
            elif not self.claim(link):
                self.links += link.is_dir()
                self.again += not link.is_dir()
            elif link.is_dir():
                links += ((number, path) for path in self._below(link, found[number]))
            else:
                found[number].append(link)
        return [sorted(paths) for paths in found]

    def _below(self, folder: Path, found: list[Path]) -> Iterator[Path]:
        """Add the images below a folder that no link leads to; yield the links."""
        open_folders = [folder]
        while open_folders:
            for entry in self._visible(open_folders.pop()):
                path = Path(entry.path)
                is_folder = _is_folder(entry)
                if not (is_folder or self._is_image(entry)):
                    continue
                if entry.is_symlink():
                    yield path
                elif not self.claim(path):
                    self.again += not is_folder
                elif is_folder:
                    open_folders.append(path)
                    self.splits_below += [path] if split_kind(entry.name) else []
                else:
                    found.append(path)

    def _visible(self, folder: Path) -> Iterator["os.DirEntry[str]"]:
        """Yield what is in a folder; what is hidden is counted."""
        for entry in _entries(folder):
            if is_hidden(entry.name):
                self._hidden[entry.path] = "._*" if entry.name.startswith("._") else entry.name
            else:
                yield entry

    def _is_image(self, entry: "os.DirEntry[str]") -> bool:
        """Tell whether a file is to be read; others are counted."""
        suffix = Path(entry.name).suffix.lower()
        is_there, is_file = True, entry.is_file(follow_symlinks=False)
        if entry.is_symlink():
            path = Path(entry.path)
            is_there, is_file = is_seen(path.exists), is_seen(path.is_file)
        if suffix in SUFFIXES and (is_file or not is_there):
            return True
        kind = suffix or "without a suffix"
        self._others[entry.path] = kind if is_there else "link to nowhere"
        return False

    def others_in(self, folder: Path) -> str:
        """Return in words what is in a folder, or in those in it, that is no image."""
        place = f"{folder}{os.sep}"
        return tallied(Counter(k for path, k in self._others.items() if path.startswith(place)))

    def left_out(self) -> Iterator[str]:
        """Yield in words what was met and not taken."""
        if self._hidden:
            names = Counter(self._hidden.values())
            yield f"hidden or system files and folders ({tallied(names)})"
        if self._bare:
            yield f"folders without images ({tallied(Counter(self._bare.values()))})"
        others = Counter(self._others.values())
        pictures = {name: n for name, n in others.items() if name in _OTHER_IMAGES}
        if pictures:
            yield f"pictures of kinds that can't be read here, convert them ({tallied(pictures)})"
        if rest := {name: n for name, n in others.items() if name not in _OTHER_IMAGES}:
            yield f"files that are no images ({tallied(rest)})"
        if self.links:
            yield f"links to folders that are read anyway ({self.links:,})"
        if self.again:
            yield f"further names of images that are read already ({self.again:,})"


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        place = printable(str(folder))
        raise DatasetError(f"The folder {place} can't be read: {error.strerror}.") from error


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    return is_seen(Path(entry.path).is_dir) if entry.is_symlink() else entry.is_dir()


def _key(path: Path) -> Key:
    try:
        found = path.stat()
    except OSError:
        return str(path)  # of no use, which is said when it is read
    # Some network drives number nothing.
    return (found.st_dev, found.st_ino) if found.st_ino else str(path.resolve())
