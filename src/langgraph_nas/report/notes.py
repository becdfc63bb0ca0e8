"""Notes that one must know to read scores rightly, a sentence each."""


def is_looked_up(isolation: str) -> bool:
    """Tell whether candidates of a search are not run at all."""
    return isolation == "table"


def paper_note(steered_by_test: bool) -> str | None:
    """Return what to say of scores by which a search was steered on the test set."""
    if not steered_by_test:
        return None
    return (
        "all scores are on the test set, which steers the search too (--protocol paper), so the "
        "best one is too good to be true"
    )


def unused_note(names: list[str]) -> str | None:
    """Return what to say of the user's own templates that serve another search than this one."""
    if not names:
        return None
    told = f"the prompt {names[0]} is" if len(names) == 1 else f"the prompts {', '.join(names)} are"
    return f"{told} never sent in this search; docs/prompts.md says which form and role each serves"


def isolation_note(isolation: str) -> str | None:
    """Return what to say of a sandbox that is weaker than it should be."""
    if isolation.startswith("none") or "unsafe" in isolation:
        return "candidates run WITHOUT isolation, with all your rights (unsafe-subprocess)"
    if "soft-limits" in isolation:
        return (
            "soft-limits: isolated, but a watchdog rather than the kernel bounds memory, as "
            "there is no writable cgroup here"
        )
    if "no-seccomp" in isolation:
        why = "the engine has no filter" if "docker" in isolation else "libseccomp is missing"
        return f"no-seccomp: isolated, but all system calls can be made, as {why}"
    if "no-swap-limit" in isolation:
        return "no-swap-limit: isolated, but the engine bounds memory without what is swapped out"
    return None
