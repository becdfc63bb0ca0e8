"""Draw the search graph as a picture: `python docs/draw.py [--mermaid FILE.js]` writes graph.png.

A headless Chromium draws what LangGraph says of the compiled graph, with Mermaid from npm. The
picture carries its own source, so that a test can tell whether it is the present graph's.
"""

import argparse
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from langchain_core.runnables.graph import CurveStyle
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from platformdirs import user_cache_path

from langgraph_nas import create_nas_graph

PICTURE = Path(__file__).with_name("graph.png")
SOURCE = "mermaid"
"""The text chunk of the picture that holds its source."""
MERMAID = "mermaid@11.12.0"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PIXELS_PER_POINT = 2
MARGIN = 16

CONFIG = {
    "theme": "base",
    "themeVariables": {
        "fontFamily": "Verdana, DejaVu Sans",  # Mermaid drops values with a hyphen
        "fontSize": "15px",
        "primaryTextColor": "#1f1b3a",
        "primaryBorderColor": "#6d5bd0",
        "lineColor": "#57516e",
    },
    "flowchart": {"wrappingWidth": 300, "nodeSpacing": 50, "rankSpacing": 40, "padding": 14},
}
STYLE = """
.nodeLabel hr { border: 0; border-top: 1px solid #c9c2f0; margin: 6px 0; }
.nodeLabel p { margin: 0; font-weight: bold; }
.nodeLabel small { display: block; font-size: 13px; line-height: 1.45; text-wrap: balance; }
.nodeLabel em { font-style: normal; color: #3f3a57; }
"""


class NotDrawn(Exception):
    """What is missing, and how to get it."""


def source() -> str:
    """Return the graph as Mermaid: LangGraph's own drawing, without the word before each text."""
    graph = create_nas_graph().compile(name="nas").get_graph()
    drawn = graph.draw_mermaid(curve_style=CurveStyle.BASIS, frontmatter_config={"config": CONFIG})
    return drawn.replace("description = ", "").strip()


def stored_source(picture: Path) -> str | None:
    """Return the source that a picture was drawn from."""
    with Image.open(picture) as image:
        return image.info.get(SOURCE)


def draw(text: str, picture: Path, mermaid: Path) -> None:
    """Draw Mermaid `text` into a PNG file.

    Raises:
        NotDrawn: There is no Chromium, or it draws nothing.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        svg, width, height = _vector(text, mermaid, folder)
        (folder / "picture.html").write_text(_page(f"<body>{svg}</body>"), encoding="utf-8")
        drawn = folder / "drawn.png"
        _browse(
            folder / "picture.html",
            f"--screenshot={drawn}",
            f"--window-size={width + 2 * MARGIN},{height + 2 * MARGIN}",
            f"--force-device-scale-factor={PIXELS_PER_POINT}",
        )
        if not drawn.is_file():
            raise NotDrawn("chromium wrote no picture")
        facts = PngInfo()
        facts.add_text(SOURCE, text)
        with Image.open(drawn) as image:
            colours = image.convert("RGB").quantize(128)
            colours.save(picture, pnginfo=facts, optimize=True)


def mermaid_file() -> Path:
    """Return Mermaid's bundle, installed by npm into the user's cache if it is not there.

    Raises:
        NotDrawn: There is no npm, or it fails.
    """
    folder = user_cache_path("langgraph-nas") / MERMAID
    file = folder / "node_modules" / "mermaid" / "dist" / "mermaid.min.js"
    if file.is_file():
        return file
    npm = shutil.which("npm")
    if npm is None:
        raise NotDrawn("npm is not on the PATH: install Node.js, or name mermaid.min.js: --mermaid")
    folder.mkdir(parents=True, exist_ok=True)
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
    done = subprocess.run([npm, "install", "--prefix", str(folder), *quiet, MERMAID])
    if done.returncode or not file.is_file():
        raise NotDrawn(f"npm can't install {MERMAID}: name its mermaid.min.js by --mermaid")
    return file


def main() -> int:
    """Write the picture beside this file; return 1 if something is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mermaid", type=Path, help="mermaid.min.js; default: from npm")
    given = parser.parse_args()
    try:
        draw(source(), PICTURE, given.mermaid or mermaid_file())
    except NotDrawn as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    print(f"wrote {PICTURE}")
    return 0


def _vector(text: str, mermaid: Path, folder: Path) -> tuple[str, int, int]:
    """Return the drawing as SVG, and its width and height in points."""
    if not mermaid.is_file():
        raise NotDrawn(f"there is no file {mermaid}")
    script = f"""<script src="{mermaid.resolve().as_uri()}"></script><script>
    mermaid.initialize({{startOnLoad: false, securityLevel: "loose"}});
    mermaid.render("graph", {json.dumps(text)})
      .then(made => {{ document.getElementById("drawing").innerHTML = made.svg; }})
      .catch(error => {{ document.getElementById("error").textContent = String(error); }});
    </script>"""
    file = folder / "vector.html"
    body = f'<body><div id="drawing"></div><pre id="error"></pre>{script}</body>'
    file.write_text(_page(body), encoding="utf-8")
    page = _browse(file, "--dump-dom", "--virtual-time-budget=20000")
    if problem := re.search(r'<pre id="error">(.+?)</pre>', page, re.DOTALL):
        raise NotDrawn(f"mermaid can't draw the graph: {html.unescape(problem[1])}")
    svg = re.search(r'<div id="drawing">(<svg.*?</svg>)</div>', page, re.DOTALL)
    box = svg and re.search(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"', svg[1])
    if not svg or not box:
        raise NotDrawn("chromium drew nothing")
    width, height = (round(float(part)) for part in box.groups())
    return svg[1].replace('width="100%"', f'width="{width}" height="{height}"', 1), width, height


def _page(body: str) -> str:
    style = f"html, body {{ margin: 0; background: white; }} svg {{ margin: {MARGIN}px; }}"
    return f'<!doctype html><meta charset="utf-8"><style>{style}{STYLE}</style>{body}'


def _browse(page: Path, *options: str) -> str:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise NotDrawn("Chromium is not on the PATH: install it (on Debian: apt install chromium)")
    # Chromium's own sandbox does not start for root; what it shows here is ours.
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    command = [browser, "--headless", "--disable-gpu", "--hide-scrollbars", *root, *options]
    done = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise NotDrawn(f"{browser} failed: {done.stderr.strip()[-400:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
