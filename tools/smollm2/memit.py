"""MEMIT in PyTorch, written from its formulas alone: what the TypeScript editor is compared with.

Each fact has a target z = h0 + d: h0 is what the last edited layer L leaves at the subject's last token of the prompt, d
is sought from 0 by Adam and added to the output of L at that token of every context, and of "{subject} is a". The loss is

    mean over contexts of the mean cross-entropy of the answer's tokens
    + kl KL(now || before) of the next token at the subject of "{subject} is a" + wd |d| / |h0|^2

(|d| as the authors' code has it); the search stops at a loss below `stop_loss` or, with `satisfied`, once the
cross-entropy of every context is below that; |d| is at most clamp |h0|. Then layer by layer, n of them, upwards:
W += (R / (n - i)) [(A + K K^T)^-1 K]^T with A = mu C, one column of K and of R = Z - Z now for each fact, both of the
model with the lower layers changed. A key weighs the bare prompt 1/2 and the other contexts 1/2 together. C is the mean
of k k^T over all tokens of a corpus of prompts on the unedited model; where these are too few for its inverse,
A = lambda I + mu C.

Nothing here knows of low-rank factors, of the dual form or of deltas beside a weight: matrices are solved as written and
added to the weights.
"""

import re
from contextlib import ExitStack
from dataclasses import asdict, dataclass

import torch
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence

from ultra_edit import Probe, hidden_rows, probe


@dataclass(frozen=True)
class Settings:
    layers: tuple[int, int]  # both included
    steps: int
    learning_rate: float
    weight_decay: float
    clamp: float
    kl_factor: float
    mu: float
    ridge: float = 0.0  # lambda
    contexts: tuple[str, ...] = ("{}",)  # the bare prompt first
    stop_loss: float = 0.05
    satisfied: float = 0.0  # cross-entropy of the answer that is enough, whatever the rest of the loss; 0 as published

    def json(self) -> dict:
        return asdict(self)


@dataclass(frozen=True)
class Fact:
    prompt: str
    subject: str
    answer: str


@dataclass(frozen=True)
class Reading:
    """A token sequence and the rows that something is read from."""

    ids: list[int]
    rows: list[int]


class Enough(Exception):
    """Ends a forward pass at the layer whose output it carries."""


@dataclass(frozen=True)
class Located:
    """A fact in every context: with its answer, and as a bare question with the row of the subject's last token."""

    answers: list[Probe]
    questions: list[Reading]
    drift: Reading


def subject_row(tokenizer, text: str, subject: str, after: int = 0) -> Reading:
    """`text` and the last of its tokens that covers a character of the subject, by the offsets of the whole text."""
    whole = re.compile(rf"(?<!\w){re.escape(subject)}(?!\w)").search(text, after)
    start = whole.start() if whole else text.index(subject, after)
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    ends = [i for i, (a, b) in enumerate(encoded.offset_mapping) if a < start + len(subject) and b > start]
    return Reading(encoded.input_ids, [ends[-1]])


class Memit:
    def __init__(self, model, tokenizer, settings: Settings, corpus: list[list[int]]):
        """`corpus` holds the token ids of the prompts that C is the mean over."""
        self.model = model.requires_grad_(False)
        self.tokenizer = tokenizer
        self.settings = settings
        self.layers = range(settings.layers[0], settings.layers[1] + 1)
        self.second_moments = self.second_moments_of(corpus)

    def edit(self, facts: list[Fact]) -> None:
        """Changes the model's weights: all facts together."""
        located = [self.locate(each) for each in facts]
        targets = torch.stack([self.target(each) for each in located])
        for at, layer in enumerate(self.layers):
            keys, states = self.keys_and_states(located, layer)
            residual = (targets - states) / (len(self.layers) - at)
            gram = self.settings.mu * self.second_moments[layer] + keys.T @ keys
            gram += self.settings.ridge * torch.eye(len(gram), dtype=gram.dtype)
            self.down(layer).weight.add_(torch.linalg.solve(gram, keys.T @ residual).T.float())

    def locate(self, fact: Fact) -> Located:
        contexts = [(context.replace("{}", fact.prompt), context.index("{}")) for context in self.settings.contexts]
        return Located(
            answers=[probe(self.tokenizer, text, fact.answer) for text, _ in contexts],
            questions=[subject_row(self.tokenizer, text, fact.subject, start) for text, start in contexts],
            drift=subject_row(self.tokenizer, f"{fact.subject} is a", fact.subject),
        )

    def target(self, fact: Located) -> torch.Tensor:
        """z [hidden], in float64."""
        settings = self.settings
        sequences = [*fact.answers, fact.drift]
        rows = [each.rows[0] for each in (*fact.questions, fact.drift)]
        labels = [torch.tensor(each.answer) for each in fact.answers]
        initial, before = None, None
        shift = torch.zeros(self.model.config.hidden_size, requires_grad=True)
        optimiser = torch.optim.Adam([shift], lr=settings.learning_rate)

        def add(_module, _args, output):
            nonlocal initial
            if initial is None:
                initial = output[0, rows[0]].clone()
            spread = torch.zeros_like(output)
            spread[range(len(rows)), rows] = 1
            return output + spread * shift

        with self.last_block().register_forward_hook(add):
            for step in range(settings.steps + 1):
                logits = self.model.lm_head(hidden_rows(self.model, sequences))
                now = logits[-1].log_softmax(-1)
                before = now.detach() if before is None else before
                parts = logits[:-1].split([len(each) for each in labels])
                losses = [cross_entropy(part, label) for part, label in zip(parts, labels, strict=True)]
                divergence = (now.exp() * (now - before)).sum()
                decay = shift.norm() / initial.norm() ** 2
                loss = torch.stack(losses).mean() + settings.kl_factor * divergence + settings.weight_decay * decay
                enough = loss.item() < settings.stop_loss or all(each < settings.satisfied for each in losses)
                if step == settings.steps or enough:
                    break
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                with torch.no_grad():
                    limit = settings.clamp * initial.norm()
                    if shift.norm() > limit:
                        shift.mul_(limit / shift.norm())
        return (initial + shift).detach().double()

    @torch.no_grad()
    def keys_and_states(self, located: list[Located], layer: int) -> tuple[torch.Tensor, torch.Tensor]:
        """On the model as it is now, at the subject's last token: what down_proj of `layer` reads, the mean over contexts,
        [facts, dIn]; what the last edited layer leaves in the bare prompt, [facts, hidden]."""
        keys, states = [], []
        for fact in located:
            read, left = self.run_lower([each.ids for each in fact.questions])
            rows = [each.rows[0] for each in fact.questions]
            bare, *others = read[layer][range(len(rows)), rows].double()
            keys.append((bare + torch.stack(others).mean(0)) / 2 if others else bare)
            states.append(left[0, rows[0]].double())
        return torch.stack(keys), torch.stack(states)

    @torch.no_grad()
    def second_moments_of(self, corpus: list[list[int]], batch: int = 16) -> dict[int, torch.Tensor]:
        """E[k k^T] of what each down projection reads, over all tokens."""
        sums = {layer: 0.0 for layer in self.layers}
        for start in range(0, len(corpus), batch):
            chunk = corpus[start : start + batch]
            read, _ = self.run_lower(chunk)
            for layer, states in read.items():
                k = torch.cat([states[at, : len(ids)] for at, ids in enumerate(chunk)]).double()
                sums[layer] = sums[layer] + k.T @ k
        count = sum(map(len, corpus))
        return {layer: each / count for layer, each in sums.items()}

    def run_lower(self, sequences: list[list[int]]) -> tuple[dict[int, torch.Tensor], torch.Tensor]:
        """What the down projections of the edited layers read, each [sequences, length, dIn], and what the last of these
        layers leaves, [sequences, length, hidden]; padding on the right. The layers above are not run."""
        read = {}

        def keep(layer):
            return lambda _module, args: read.update({layer: args[0]})

        def stop(_module, _args, output):
            raise Enough(output)

        ids = pad_sequence([torch.tensor(each) for each in sequences], batch_first=True)
        mask = pad_sequence([torch.ones(len(each), dtype=torch.long) for each in sequences], batch_first=True)
        with ExitStack() as hooks:
            for layer in self.layers:
                hooks.enter_context(self.down(layer).register_forward_pre_hook(keep(layer)))
            hooks.enter_context(self.last_block().register_forward_hook(stop))
            try:
                self.model.model(input_ids=ids, attention_mask=mask, use_cache=False)
            except Enough as reached:
                return read, reached.args[0]
        raise AssertionError("the last edited layer was not run")

    def down(self, layer: int) -> torch.nn.Linear:
        return self.model.model.layers[layer].mlp.down_proj

    def last_block(self) -> torch.nn.Module:
        return self.model.model.layers[self.layers[-1]]
