"""An export in words: how to use it, or that it can't be used."""

from typing import TYPE_CHECKING

from langgraph_nas.report.text import clean, score

if TYPE_CHECKING:
    from langgraph_nas.runs import ExportResult


def exported_text(result: "ExportResult") -> str:
    """Return what is in an export, and how to load it if that was seen to work."""
    lines = [
        f"iteration {result.iteration} in {result.folder}: {', '.join(result.files)}",
        f"  {result.split} {score(result.accuracy)}, test {score(result.test_accuracy)}: "
        "scores of these very weights",
    ]
    if result.data_changed:
        lines.append(
            "  the data has changed since the search: its own scores don't compare with these"
        )
    if result.problem is not None:
        lines += [
            f"NOT USABLE as it is: {result.problem}",
            "  change network.py until `from network import Net; net = Net()` gives the network "
            "that was trained, whatever the command line and the folder, or export another trial "
            "(--iteration N)",
        ]
        return clean("\n".join(lines))
    lines += [
        "classify images with:",
        f"  python {result.folder}/predict.py IMAGE...",
        "or load it with (tried in a sandbox):",
        "  from network import Net; from safetensors.torch import load_file",
    ]
    if result.needs_a_pass:
        lines.append("  net = Net(); net(torch.zeros(2, *input_shape))  # which makes some layers")
    else:
        lines.append("  net = Net()")
    lines += [
        '  net.load_state_dict(load_file("weights.safetensors")); net.eval()',
        "  settings.json says how an image becomes its input (`preprocessing`)",
    ]
    return clean("\n".join(lines))
