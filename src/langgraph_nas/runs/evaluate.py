"""Evaluate programs without any LLM: what `langgraph-nas evaluate` does."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import UsageError
from langgraph_nas.evaluation import Evaluator
from langgraph_nas.runs.opening import OnProgress, open_config_sandbox, prepare_data
from langgraph_nas.sandbox.base import OnEvent, Sandbox


def evaluate_files(
    files: Sequence[Path],
    config: SearchConfig,
    *,
    sandbox: Sandbox | None = None,
    on_event: OnEvent | None = None,
    on_progress: OnProgress | None = None,
    build_image: bool = True,
) -> list[dict[str, Any]]:
    """Train and score programs as a search does, one after the other.

    Returns:
        One dict for each file: `file`, `outcome`, `stage`, `accuracy`, `split`, `error`, `line`,
        `parameters`, `seconds`, `isolation`. The same comes as an event `evaluated` as soon as
        each file is done.

    Raises:
        UsageError: A file can't be read, or a setting names something that is not there.
        SandboxError: The sandbox itself failed.
    """
    tell = on_progress or (lambda line: None)
    programs = [(file, _read(file)) for file in files]
    with ExitStack() as stack:
        data = prepare_data(config, tell)
        place = sandbox or open_config_sandbox(stack, config, build_image, tell)
        evaluator = Evaluator(place, data, config)
        results = []
        for file, text in programs:
            results.append(_result(file, text, evaluator, on_event))
            if on_event is not None:
                on_event({"event": "evaluated", "of": len(programs), **results[-1]})
        return results


def _result(
    file: Path, program: str, evaluator: Evaluator, on_event: OnEvent | None
) -> dict[str, Any]:
    evaluation = evaluator.evaluate(program, on_event=on_event)
    failed = evaluation["outcome"] != "ok"
    return {
        "file": str(file),
        "outcome": evaluation["outcome"],
        "stage": evaluation["stage"],
        "accuracy": evaluation["accuracy"],
        "split": evaluation["split"],
        "error": evaluation["message"] if failed else None,
        "line": evaluation["line"],
        "parameters": evaluation["parameters"],
        "seconds": evaluation["seconds"].get("total"),
        "isolation": evaluation["isolation"],
    }


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"can't read the program {file}: {error}") from error
