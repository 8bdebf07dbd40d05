"""UltraEdit in PyTorch, written from its formulas alone: what the TypeScript editor is compared with.

For each editable module, at the rows that predict the answers: keys h (its inputs) and gradients g = dL/d(output) of the
loss L, the mean over requests of the mean cross-entropy of the answer's tokens. With v_i = -eta |h_i|^2 g_i, both factors
normalised, W += X^T where X = (H^T H + lambda I + mu C)^-1 H^T V. C is the mean of k k^T over the last rows of a corpus of prompts on the unedited
model; mu = 0 is the published method. All modules are captured on the same model, before the update.

Nothing here knows of low-rank factors, of the dual form or of deltas beside a weight: matrices are solved as written and
added to the weights.
"""

from dataclasses import asdict, dataclass, field

import torch
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence


@dataclass(frozen=True)
class Settings:
    roles: tuple[str, ...]
    layers: tuple[int, int]  # both included
    eta: float
    normalisation: str = "gradientRowNorm"  # or "lifelong", "none"
    ridge: float = 1.0  # lambda
    mu: float = 0.0
    turns: int = 1
    stop_loss: float = 0.005

    def json(self) -> dict:
        return asdict(self)


@dataclass(frozen=True)
class Probe:
    """A prompt with its answer, teacher-forced: `rows` are the positions whose logits predict the answer's tokens."""

    ids: list[int]
    answer: list[int]
    rows: list[int] = field(init=False)

    def __post_init__(self):
        start = len(self.ids) - len(self.answer)
        object.__setattr__(self, "rows", list(range(start, start + len(self.answer))))


def probe(tokenizer, prompt: str, answer: str) -> Probe:
    """Raw text; the answer is the next word."""
    p = tokenizer(prompt, add_special_tokens=False).input_ids
    a = tokenizer(" " + answer, add_special_tokens=False).input_ids
    return Probe(p + a[:-1], a)


def hidden_rows(model, probes: list[Probe]) -> torch.Tensor:
    """Final hidden states at the answer rows of all probes, [rows, hidden]; padding on the right."""
    ids = pad_sequence([torch.tensor(each.ids) for each in probes], batch_first=True)
    mask = pad_sequence([torch.ones(len(each.ids), dtype=torch.long) for each in probes], batch_first=True)
    states = model.model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
    return torch.cat([states[at, each.rows] for at, each in enumerate(probes)])


class UltraEdit:
    def __init__(self, model, settings: Settings, corpus: list[list[int]] = ()):
        """`corpus` holds the token ids of the prompts that C is the mean over; it is not read where mu is 0."""
        self.model = model.requires_grad_(False)
        self.settings = settings
        first, last = settings.layers
        self.modules = {
            f"layers.{layer}.mlp.{role}": getattr(model.model.layers[layer].mlp, role)
            for layer in range(first, last + 1)
            for role in settings.roles
        }
        self.moments = {}
        self.second_moments = self.second_moments_of(corpus) if settings.mu > 0 else {}

    def edit(self, probes: list[Probe]) -> None:
        """Changes the model's weights: one turn, or turns until every request's loss is below the stop."""
        for _ in range(self.settings.turns):
            captured, losses = self.capture(probes)
            if all(loss < self.settings.stop_loss for loss in losses):
                return
            with torch.no_grad():
                for name, update in self.updates(captured).items():
                    self.modules[name].weight.add_(update)

    @torch.no_grad()
    def second_moments_of(self, corpus: list[list[int]]) -> dict:
        """E[k k^T] of each module's inputs at the last row of every text."""
        sums = {}

        def keep(name):
            def hook(_module, args):
                k = args[0][0, -1:].double()
                sums[name] = sums.get(name, 0) + k.T @ k

            return hook

        handles = [module.register_forward_pre_hook(keep(name)) for name, module in self.modules.items()]
        try:
            for ids in corpus:
                self.model.model(input_ids=torch.tensor([ids]), use_cache=False)
        finally:
            for handle in handles:
                handle.remove()
        return {name: each / len(corpus) for name, each in sums.items()}

    def capture(self, probes: list[Probe]) -> tuple[dict, list[float]]:
        """h [rows, dIn] and g [rows, dOut] of each module at the answer rows, and the loss of each request."""
        kept = {}

        def keep(name):
            def hook(_module, args, output):
                # The graph begins here: with frozen weights nothing else asks for gradients.
                output = output.requires_grad_() if output.is_leaf else output
                output.retain_grad()
                kept[name] = (args[0].detach(), output)
                return output

            return hook

        handles = [module.register_forward_hook(keep(name)) for name, module in self.modules.items()]
        try:
            logits = self.model.lm_head(hidden_rows(self.model, probes))
            labels = torch.tensor([token for each in probes for token in each.answer])
            per_token = cross_entropy(logits, labels, reduction="none").split([len(each.answer) for each in probes])
            losses = torch.stack([each.mean() for each in per_token])
            losses.mean().backward()
        finally:
            for handle in handles:
                handle.remove()

        def rows(states):
            return torch.cat([states[at, each.rows] for at, each in enumerate(probes)]).double()

        return {name: (rows(h), rows(output.grad)) for name, (h, output) in kept.items()}, losses.tolist()

    def updates(self, captured: dict) -> dict:
        if self.settings.normalisation == "lifelong":
            for h, g in captured.values():
                self.fold(torch.cat([h, g], 1), (h.shape[1], g.shape[1]))
        return {name: self.update(name, h, g).float() for name, (h, g) in captured.items()}

    def update(self, name: str, h: torch.Tensor, g: torch.Tensor) -> torch.Tensor:
        """dW [dOut, dIn] of one module."""
        squares, gradients = self.normalised(h, g)
        targets = -self.settings.eta * squares[:, None] * gradients
        gram = h.T @ h + self.settings.ridge * torch.eye(h.shape[1], dtype=h.dtype)
        if self.settings.mu > 0:
            gram += self.settings.mu * self.second_moments[name]
        return torch.linalg.solve(gram, h.T @ targets).T

    def normalised(self, h: torch.Tensor, g: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """|h_i|^2 and g_i."""
        if self.settings.normalisation == "gradientRowNorm":
            return h.square().sum(1), g / g.norm(dim=1).mean()
        if self.settings.normalisation == "none":
            return h.square().sum(1), g
        count, mean, squares = self.moments[h.shape[1], g.shape[1]]
        x = (torch.cat([h, g], 1) - mean) / ((squares / (count - 1 + 1e-8)).sqrt() + 1e-8)
        return x[:, : h.shape[1]].square().sum(1), x[:, h.shape[1] :]

    def fold(self, x: torch.Tensor, shape: tuple[int, int]) -> None:
        """Running moments of x = [h; g], one set for all modules of a shape, kept from edit to edit."""
        count, mean, squares = self.moments.get(shape, (0, 0.0, 0.0))
        rows = x.shape[0]
        shift = x.mean(0) - mean
        variance = x.var(0) if rows > 1 else 0.0
        total = count + rows
        self.moments[shape] = (
            total, mean + rows * shift / total, squares + rows * variance + count * rows * shift.square() / total
        )


@torch.no_grad()
def predictions(model, probes: list[Probe], batch: int = 16) -> list[list[int]]:
    """The most likely token at each answer row of each probe."""
    found = []
    for start in range(0, len(probes), batch):
        chunk = probes[start : start + batch]
        best = model.lm_head(hidden_rows(model, chunk)).argmax(-1)
        found += [each.tolist() for each in best.split([len(each.answer) for each in chunk])]
    return found


def agreement(found: list[list[int]], wanted: list[list[int]]) -> float:
    """The mean over probes of the share of tokens that are as wanted."""
    shares = [sum(a == b for a, b in zip(x, y, strict=True)) / len(y) for x, y in zip(found, wanted, strict=True)]
    return sum(shares) / len(shares)
