"""Programs whose network depends on the values of its weights, or of the images."""

from odd import HEAD, plain

LARGE = "self.w = nn.Parameter(torch.empty(300, 300))\nnn.init.orthogonal_(self.w)\n"

VALUES = {
    "cholesky": plain(
        build=LARGE,
        width=300,
        **{"self.body(x))": "self.body(x) @ torch.linalg.cholesky(self.w @ self.w.T))"},
    ),
    "an inverse": plain(
        build=LARGE, width=300, **{"self.body(x))": "self.body(x) @ torch.linalg.inv(self.w))"}
    ),
    "a mask by chance of the weights": plain(
        build="self.w = nn.Parameter(torch.rand(300, 300))",
        width=300,
        **{"self.body(x))": "self.body(x) * torch.bernoulli(self.w.clamp(0.5, 1)[0]))"},
    ),
    "a draw among the weights": plain(
        build="w = nn.Linear(300, 300).weight\n"
        "self.kept = torch.multinomial(w.abs().flatten()[:64] + 0.1, 64)",
        run="x = x.flatten(1)[:, self.kept]",
    ),
    "a distribution that is checked": plain(
        build="w = torch.empty(300, 300).uniform_(0.5, 1.0)\n"
        "self.noise = torch.distributions.Normal(0.0, w[:1, :64].reshape(1, 1, 8, 8))",
        run="x = x + 0.1 * self.noise.mean",
    ),
    "weights that are asserted": plain(
        build="w = nn.Linear(300, 300).weight\nassert 0.01 < float(w.std()) < 0.1, 'not drawn'"
    ),
    "drawn again until it fits": plain(
        build="w = torch.zeros(300, 300)\nwhile w.std() < 0.5:\n    w.normal_()"
    ),
    "as wide as its weights say": plain(
        build="w = nn.Linear(300, 300).weight\nwidth = 32 if w.std() > 0.01 else 4", width="width"
    ),
    "as many as are positive": plain(
        build="w = torch.randn(300, 300)\nself.kept = (w > 1.5).any(0)\n"
        "width = int(self.kept.sum()) // 8",
        width="width",
    ),
    "columns by a mask": HEAD
    + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(64, 1100)
        self.gate = nn.Linear(1100, 1100, bias=False)
        self.head = nn.Linear(int((self.gate.weight[0] > 0).sum()), 10)
        self.kept = self.gate.weight[0].detach() > 0

    def forward(self, x):
        return self.head(F.relu(self.body(x.flatten(1)))[:, self.kept])
""",
    "images within bounds": plain(run="assert -0.9 < x.min() and x.max() < 2, 'not normalised'"),
    "numbers of numpy": plain(
        "import numpy as np\n",
        build="w = nn.Linear(300, 300).weight.detach().numpy()\n"
        "width = 16 + 16 * int(np.linalg.norm(w) > 1)",
        width="width",
    ),
}
