"""The state as the generator is shown it: by the method, and by how the round is widened."""

from langgraph_nas.nodes.context import SearchContext
from langgraph_nas.nodes.stagnation import elite_of, widened_temperature
from langgraph_nas.state import SearchState


def shown_state(state: SearchState, context: SearchContext) -> SearchState:
    """Return the state that the generator's prompt is written from."""
    method, move = context.config.method, state.get("move")
    if method == "best_of_n":
        return {key: state[key] for key in ("search", "iteration") if key in state}  # type: ignore[return-value]
    shown: SearchState = {**state}
    if method == "no_reference":
        shown["best"] = None
    elif move == "elite":
        shown["best"] = elite_of(state, context)
    if move == "explore" and "suggestion" in state:
        change = "change_new_structure" if context.form == "spec" else "explore"
        brief = context.templates.phrase(change)
        shown["suggestion"] = {**state["suggestion"], "modification": brief}
    return shown


def temperature_of(state: SearchState, context: SearchContext) -> float | None:
    """Return the temperature of the generator's next call, None if it is that of the settings."""
    if state.get("move") != "temperature":
        return None
    return widened_temperature(context.config.temperature)


def temperature_after(
    was_circling: bool, temperature: float | None, context: SearchContext
) -> float | None:
    """Return the temperature of the next call: a higher one after a reply that repeats itself."""
    if not was_circling:
        return temperature
    return widened_temperature(context.config.temperature if temperature is None else temperature)
