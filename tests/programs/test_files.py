"""Programs in files: read in their own encoding, written so that Python reads them right."""

import ast
import importlib.util
import sys
from pathlib import Path

import pytest

from langgraph_nas.errors import UsageError
from langgraph_nas.programs import as_utf8, read_program_file, with_imports

NET = '''class Net(nn.Module):
    """Gr\u00f6\u00dfe."""

    def forward(self, x):
        return x
'''

ENCODED = {
    "UTF-8": NET.encode(),
    "UTF-8 with a mark": NET.encode("utf-8-sig"),
    "latin-1": f"# -*- coding: latin-1 -*-\n{NET}".encode("latin-1"),
    "latin-1 in the second line": f"#!python\n# vim: fileencoding=latin-1\n{NET}".encode("latin-1"),
    "cp1252": f"# coding: cp1252\n{NET}".encode("cp1252"),
    "windows line ends": NET.replace("\n", "\r\n").encode(),
    "old line ends": NET.replace("\n", "\r").encode(),
    "koi8-r, cookie below a blank line": "\n# coding=koi8-r\nname = '\u0416'\n".encode("koi8-r"),
}


@pytest.mark.parametrize("source", ENCODED.values(), ids=ENCODED)
def test_a_file_is_read_as_python_reads_it(source: bytes, tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_bytes(source)
    text = read_program_file(file)
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(source))
    assert "\r" not in text


REFUSED = {
    "UTF-16": (NET.encode("utf-16"), "it is UTF-16"),
    "UTF-32": (NET.encode("utf-32"), "it is UTF-32"),
    "no UTF-8": (NET.encode("latin-1"), "coding: latin-1"),
    "an unknown encoding": (b"# coding: klingon\n", "unknown encoding: klingon"),
    "no encoding of text": (b"# coding: rot13\n", "no encoding of text"),
    "a mark and another cookie": (b"\xef\xbb\xbf# coding: latin-1\n", "encoding problem"),
    "a wrong cookie": (f"# coding: ascii\n{NET}".encode(), "line 3 is not ascii text"),
}


@pytest.mark.parametrize(("source", "why"), REFUSED.values(), ids=REFUSED)
def test_what_python_does_not_read_is_refused_in_one_line(
    source: bytes, why: str, tmp_path: Path
) -> None:
    file = tmp_path / "net.py"
    file.write_bytes(source)
    with pytest.raises(UsageError, match="can't read the program .*net.py: ") as caught:
        read_program_file(file)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


COOKIES = [
    "# -*- coding: latin-1 -*-",
    "# vim: set fileencoding=cp1252 :",
    "# coding: klingon",
    "#coding:utf-16",
    "\n# coding: latin-1",
    "\n\n\n# coding: latin-1",
    "\f# coding=latin-1",
]


@pytest.mark.parametrize("cookie", COOKIES)
def test_a_reply_that_declares_an_encoding_is_written_as_it_was_meant(
    cookie: str, tmp_path: Path
) -> None:
    file = tmp_path / "best.py"
    file.write_text(with_imports(f"{cookie}\nNAME = 'Gr\u00f6\u00dfe'\nx = nn\n"), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("best", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    assert module.NAME == "Gr\u00f6\u00dfe"


def test_a_line_that_declares_nothing_stays() -> None:
    for text in ("x = 1\n# coding: latin-1\n", "a\nb\n# coding: latin-1", "", "x = 'coding: a'"):
        assert as_utf8(text) == text
