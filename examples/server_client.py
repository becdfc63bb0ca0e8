"""A search on a LangGraph server, watched and reviewed from here.

    langgraph dev --no-browser --no-reload
    python examples/server_client.py [URL] [SETTING=VALUE ...]

Answer with `approve`, or with `reject: why`. A setting is, for example, `iterations=3`.
"""

import json
import sys
from typing import Any

from langgraph_sdk import get_sync_client

SETTINGS: dict[str, Any] = {
    "dataset": "digits",
    "generator": "embedded",
    "improver": "embedded",
    "iterations": 3,
    "review": "before_execute",
    "cpus": 1,
}


def main() -> None:
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:2024"
    chosen = dict(setting.split("=", 1) for setting in sys.argv[2:])
    settings = SETTINGS | {name: value_of(text) for name, text in chosen.items()}

    with get_sync_client(url=url) as client:
        thread = client.threads.create()["thread_id"]
        run: dict[str, Any] = {"input": {}, "context": settings}
        while True:
            for part in client.runs.stream(
                thread,
                "nas",
                stream_mode="custom",
                config={"recursion_limit": 4 * settings["iterations"] + 50},
                **run,
            ):
                show(part.event, part.data)
            state = client.threads.get_state(thread)
            if not state["interrupts"]:
                break
            # The settings are frozen in the state: only the answer is needed.
            run = {"command": {"resume": ask(state["interrupts"][0]["value"])}}
        values: Any = state["values"]
        best = values.get("best")
        print(values["search"], "best", best["accuracy"] if best else None)


def show(kind: str, told: Any) -> None:
    if kind == "error":
        sys.exit(f"the server says: {told}")
    if kind == "custom" and told["event"] == "outcome":
        print(told["iteration"], told["outcome"], told["accuracy"])


def ask(shown: dict[str, Any]) -> Any:
    print(f"--- iteration {shown['iteration']}")
    print(shown["diff"] or shown["program"])
    word, _, reason = input("approve, reject: why > ").partition(":")
    if word == "reject":
        return {"action": "reject", "reason": reason.strip()}
    return word.strip()


def value_of(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


if __name__ == "__main__":
    main()
