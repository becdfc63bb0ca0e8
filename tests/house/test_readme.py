"""The docs say what the code says, their links lead somewhere, and the README stays short."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from langgraph_nas.cli.docs import TABLES, main, marks

HOUSE = Path(__file__).parents[2]
PAGES = sorted([*HOUSE.glob("*.md"), *HOUSE.glob("docs/*.md")])
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)\s]*)\)")


def test_the_generated_parts_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*map(str, PAGES), "--check"]) == 0, capsys.readouterr().err


def test_every_generated_part_stands_in_one_page() -> None:
    found = [mark for page in PAGES for mark in marks(page.read_text(encoding="utf-8"))]
    assert sorted(found) == sorted(TABLES)


def test_the_readme_has_at_most_200_lines() -> None:
    assert (HOUSE / "README.md").read_text(encoding="utf-8").count("\n") <= 200


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_headings_name_the_thing(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^#+ (?:What|How|Which|Why)\b.*", text, re.MULTILINE) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings_that_are_there(page: Path) -> None:
    for target, anchor in _links(page.read_text(encoding="utf-8")):
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in _anchors(file.read_text(encoding="utf-8")), f"{target}#{anchor}"


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("## What came out", "what-came-out"),
        ("### `nas_tool`: for agents", "nas_tool-for-agents"),
        ("# A search that can't be lost", "a-search-that-cant-be-lost"),
    ],
)
def test_anchors_are_those_of_github(heading: str, anchor: str) -> None:
    assert _anchors(heading) == {anchor}


def _links(text: str) -> Iterator[tuple[str, str]]:
    for link in LINK.findall(text):
        target, _, anchor = link.partition("#")
        yield target, anchor


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
