"""Form `edit`: the generator answers with changes of the best program."""

from pathlib import Path
from typing import Any

from fakes import program
from fakes.context import fake_context
from fakes.loop import prompts_of, run

from langgraph_nas.prompts import load_templates

FIRST = f"```python\n{program(0.5, 1)}```"
WIDER = """Wider, then.
```
<<<<<<< SEARCH
# outcome: 0.5
=======
# outcome: 0.75
>>>>>>> REPLACE
<<<<<<< SEARCH
        self.fc = nn.Linear(1, 10)
=======
        self.fc = nn.Linear(2, 10)
>>>>>>> REPLACE
```"""
DIFF = """```diff
@@ -99,1 +99,1 @@
-# outcome: 0.75
+# outcome: 0.25
@@
-        self.fc = nn.Linear(2, 10)
+        self.fc = nn.Linear(3, 10)
```"""
LOST = WIDER.replace("nn.Linear(1, 10)", "nn.Conv2d(3, 4, 5)")


def searched(folder: Path, replies: list[str], **settings: Any) -> Any:
    context = fake_context(
        folder,
        lambda prompt, number: replies[number],
        **{"form": "edit", "iterations": len(replies)} | settings,
    )
    run(context)
    return context


def test_edits_apply_to_the_best_program(tmp_path: Path) -> None:
    context = searched(tmp_path, [FIRST, WIDER, DIFF, DIFF.replace("0.25", "0.5")])
    trials = context.archive.trials("s")
    assert [trial["form"] for trial in trials] == ["code", "edit", "edit", "edit"]
    assert [trial["program"] for trial in trials[:3]] == [
        *(program(0.5, 1), program(0.75, 2), program(0.25, 3))
    ]
    asked = prompts_of(context, "generator")
    assert "SEARCH" not in asked[0]  # there is nothing to edit yet
    assert "SEARCH" in asked[1]
    assert program(0.5, 1) in asked[1]
    # Both edits give the same network, whatever its comment says.
    assert (trials[3]["outcome"], trials[3]["same_as"]) == ("duplicate", 3)


def test_a_whole_program_is_taken_as_one(tmp_path: Path) -> None:
    context = searched(tmp_path, [FIRST, f"```python\n{program(0.75, 4)}```"])
    trial = context.archive.trials("s")[1]
    assert (trial["form"], trial["outcome"], trial["program"]) == ("code", "ok", program(0.75, 4))


def test_what_cannot_be_applied_is_an_outcome_with_its_reason(tmp_path: Path) -> None:
    context = searched(tmp_path, [FIRST, LOST])
    trial = context.archive.trials("s")[1]
    assert (trial["outcome"], trial["program"]) == ("edit_failed", None)
    assert "nn.Conv2d(3, 4, 5)" in trial["message"]
    triple = context.archive.triples("s")[0]
    assert "edit_failed" in triple["outcome"]


def test_it_is_asked_for_again_with_the_reason(tmp_path: Path) -> None:
    context = searched(tmp_path, [FIRST, LOST, WIDER], iterations=2, reasks=1)
    assert context.archive.trials("s")[1]["outcome"] == "ok"
    assert "nn.Conv2d(3, 4, 5)" in prompts_of(context, "generator")[2]


def test_the_example_of_the_prompt_is_no_edit_even_where_it_would_fit(tmp_path: Path) -> None:
    texts = load_templates().texts["generate_edit"]
    example = texts[texts.index("<<<<<<<") : texts.rindex("```")]
    line = "        self.conv1 = nn.Conv2d(3, 32, 3)\n"
    assert line in example
    first = program(0.5, 1).replace("        self.fc", f"{line}        self.fc", 1)
    for number, reply in enumerate([f"So:\n```\n{example}```", f"So:\n{example}Done."]):
        folder = tmp_path / str(number)
        folder.mkdir()
        context = searched(folder, [f"```python\n{first}```", reply], reasks=0)
        trial = context.archive.trials("s")[1]
        assert (trial["outcome"], trial["program"]) == ("edit_failed", None)
        assert "repeats the example" in trial["message"]
