"""Sampling temperatures that are higher than the settings'."""

from langgraph_nas.trials.context import SearchContext

WARMER, WARM, HOTTEST = 1.5, 0.7, 2.0
"""A higher temperature: the settings' times 1.5, within 0.7 to 2."""


def raised_temperature(temperature: float) -> float:
    """Return the temperature of an explored round."""
    return min(HOTTEST, max(WARM, temperature * WARMER))


def temperature_after(
    was_circling: bool, temperature: float | None, context: SearchContext
) -> float | None:
    """Return the temperature of the next call: a higher one after a reply that repeats itself."""
    if not was_circling:
        return temperature
    return raised_temperature(context.config.temperature if temperature is None else temperature)
