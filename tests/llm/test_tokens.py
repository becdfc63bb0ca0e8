from pathlib import Path

import pytest

from langgraph_nas.llm.tokens import estimate_tokens

PROGRAM = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, kernel_size=3, padding=1)
        self.fc = nn.Linear(32 * 8 * 8, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 4)
        return self.fc(x.flatten(1))
"""


def test_nothing_has_no_tokens() -> None:
    assert estimate_tokens("") == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        PROGRAM,
        Path(__file__).read_text(),
        Path(pytest.__file__).read_text(),
        '{"layers":["conv 32 3 relu","maxpool","res 64 gelu"],"why":"wider"}\n' * 20,
        "Accuracy rose from 0.41 to 0.57, so keep the residual block and widen it. " * 20,
    ],
    ids=["program", "test", "module", "json", "prose"],
)
def test_an_estimate_lies_between_the_count_and_twice_it(text: str) -> None:
    pytest.importorskip("xllamacpp")
    from langgraph_nas.llm.embedded import EmbeddedChatModel

    tokens = EmbeddedChatModel(n_ctx=2048).count_tokens(text)
    assert tokens <= estimate_tokens(text) < 2 * tokens
