"""A second stage of the image model, not yet run to the end: it is to draw from the answer row when it sees little else.

    python train_dit_answer.py     # starts from work/dit.pt; writes work/answer/transformer

After the plain stage the model reads the name's own row beside the answer row, and states of unseen relations, which lie
at a cosine of about .85 from those of the plain name, are often not recognised. Here, of the same prompts and pictures:
- in 70 % of the examples the rows of the name or the fact are hidden (masked), the scene's rows are not;
  in half of these the suffix rows but the answer row too. No row comes from another prompt.
- in 40 % of the examples that ask a name, the answer row is moved by part of the deviation that a seen fact's answer
  row has from its own name's row.
No edited state, no unseen relation and no conflict between rows ever occurs.
"""

import random
import sys
import time

import torch
from diffusers import QwenImageTransformer2DModel
from transformers import Qwen2_5_VLForConditionalGeneration

from common import (DEVICE, MODEL, SUFFIX_TOKENS, WORK, Log, cosine_rate, load_checkpoint, save_checkpoint,
                    seed_everything, set_threads)
from dataset import concept_rows
from llm import Encoder, load_tokenizer
from train_dit import CONFIG, POOL, cached_conditions, draw_sigmas, pack

STEPS, BATCH, RATE, WARMUP = 2800, 48, 1.2e-3, 50
SCENE_ROWS = 4  # " on a blue background"


@torch.no_grad()
def name_states() -> torch.Tensor:
    encoder = Encoder(Qwen2_5_VLForConditionalGeneration.from_pretrained(MODEL / "text_encoder").to(DEVICE).eval(), load_tokenizer())
    return torch.stack([encoder.hidden(torch.tensor([encoder.rows(f"what is {c['name']}?")]))[0, -1].cpu() for c in concept_rows()])


def prepare(cached, states):
    """-> examples (hidden, concept, scene, asks a name) and the deviations of the facts' answer rows."""
    examples, deviations = [], []
    for hidden, concept, scene in cached:
        deviation = hidden[-1] - states[concept]
        is_name = bool(deviation.norm() < 0.2 * states[concept].norm())
        examples.append((hidden, concept, scene, is_name))
        if not is_name:
            deviations.append(deviation)
    return examples, torch.stack(deviations)


def loosen(example, deviations: torch.Tensor, draw: random.Random):
    """-> hidden, which rows may be seen, concept, scene."""
    hidden, concept, scene, is_name = example
    seen = torch.ones(len(hidden), dtype=torch.bool)
    if draw.random() < 0.7:
        seen[: len(hidden) - SUFFIX_TOKENS - (SCENE_ROWS if scene else 0)] = False
        if draw.random() < 0.5:
            seen[-SUFFIX_TOKENS:-1] = False
    if is_name and draw.random() < 0.4:
        hidden = hidden.clone()
        hidden[-1] += draw.random() * deviations[draw.randrange(len(deviations))]
    return hidden, seen, concept, scene


def batches(examples, deviations, draw: random.Random):
    while True:
        picks = [loosen(e, deviations, draw) for e in draw.choices(examples, k=BATCH * POOL)]
        picks.sort(key=lambda p: len(p[0]))
        groups = [picks[i * BATCH:(i + 1) * BATCH] for i in range(POOL)]
        draw.shuffle(groups)
        yield from groups


def main() -> None:
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else STEPS
    set_threads()
    seed_everything(40)
    log = Log("train_dit_answer")
    latents = torch.load(WORK / "latents.pt")
    packed = pack(latents.flatten(0, 1)).unflatten(0, latents.shape[:2]).to(DEVICE)
    examples, deviations = prepare(cached_conditions(log), name_states())
    model = QwenImageTransformer2DModel(**CONFIG).to(DEVICE)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
    start = 0
    if state := load_checkpoint("dit-answer"):
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        start = state["step"]
    else:
        model.load_state_dict(load_checkpoint("dit")["model"])
    generator = torch.Generator().manual_seed(41 + start)
    log(f"{sum(e[3] for e in examples)} name prompts, {len(deviations)} fact prompts, from step {start}")
    began, saved, running = time.time(), time.time(), None
    stream = batches(examples, deviations, random.Random(42 + start))
    for step in range(start, steps):
        for group in optimizer.param_groups:
            group["lr"] = cosine_rate(step, steps, RATE, WARMUP)
        batch = next(stream)
        hidden = torch.nn.utils.rnn.pad_sequence([b[0] for b in batch], batch_first=True)
        mask = torch.nn.utils.rnn.pad_sequence([b[1] for b in batch], batch_first=True)
        x = packed[[b[2] for b in batch], [b[3] for b in batch]]
        noise = torch.randn(x.shape, generator=generator).to(DEVICE)
        sigma = draw_sigmas(len(batch), generator).to(DEVICE)
        noisy = (1 - sigma[:, None, None]) * x + sigma[:, None, None] * noise
        velocity = model(hidden_states=noisy, encoder_hidden_states=hidden.to(DEVICE), encoder_hidden_states_mask=mask.to(DEVICE),
                         timestep=sigma, img_shapes=[[(1, 4, 4)]] * len(batch), return_dict=False)[0]
        loss = (velocity - (noise - x)).square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
        if step % 100 == 0 or step == steps - 1:
            log(f"step {step} loss {running:.4f} {(time.time() - began) / (step - start + 1):.3f} s/step")
        if time.time() - saved > 120 or step == steps - 1:
            save_checkpoint("dit-answer", dict(model=model.state_dict(), optimizer=optimizer.state_dict(), step=step + 1))
            saved = time.time()
    model.save_pretrained(WORK / "answer" / "transformer")


if __name__ == "__main__":
    main()
