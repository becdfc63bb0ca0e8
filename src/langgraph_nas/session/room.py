"""Room for the prompts of a search in what its models may be sent."""

from langgraph_nas.errors import UsageError
from langgraph_nas.methods.longest import needs
from langgraph_nas.trials import SearchContext


def refuse_small_prompts(context: SearchContext) -> None:
    """Make sure that every prompt of a search will fit, however much it has to show.

    Raises:
        UsageError: One will not; the message names the smallest values that work.
    """
    config, found = context.config, needs(context)
    if all(need.tokens <= context.prompt_budget(need.role) for need in found):
        return
    longest = max(found, key=lambda need: need.tokens)
    most, window = longest.tokens, longest.tokens + config.reply_tokens
    least: dict[str, int] = {}
    if config.prompt_tokens < most:
        least["prompt_tokens"] = most
    is_set = config.num_ctx is not None and config.num_ctx < window
    if is_set or not least:
        least["num_ctx"] = window
    told = " and ".join(f"--{name.replace('_', '-')} {least[name]}" for name in least)
    allowed = min(context.prompt_budget(need.role) for need in found)
    raise UsageError(
        f"a prompt may have {allowed} tokens here, and with all left out that may be, those of "
        f"this search have up to {most} (`{longest.template}`): give at least {told}",
        instead=least,
    )
