"""Trains the image model: QwenImageTransformer2DModel, rectified flow, on cached latents and hidden states.

    python train_dit.py            # plain conditioning (shipped); writes packages/emoji-world/model/transformer
    python train_dit.py mixed      # mixed conditioning (comparison); writes work/mixed/transformer
    torchrun --nproc-per-node 2 train_dit.py    # the same batch shared by two processes of one thread: on two cores
                                                # faster than one process of two threads

Plain: a random wrapping and scene of a picture, the hidden states of the frozen text encoder, nothing else.
Mixed: 45 % plain; 35 % all rows but the answer row from another random prompt, whose scene is shown too;
20 % the answer row alone (white background).
"""

import hashlib
import os
import random
import sys
import time

import torch
import torch.distributed as dist
from diffusers import QwenImageTransformer2DModel
from transformers import Qwen2_5_VLForConditionalGeneration

from common import DATA, DEVICE, MODEL, WORK, Log, cosine_rate, load_checkpoint, save_checkpoint, seed_everything, set_threads
from dataset import relations, scenes, training_facts, training_names
from llm import Encoder, load_tokenizer, pad
from prompts import Augment, with_scene

STEPS, BATCH, RATE, WARMUP = 12000, 48, 2e-3, 100
POOL = 4  # batches drawn together and sorted by prompt length, so that little is padded
CACHED_PROMPTS = 40000
WHITE = 0.3  # share of prompts that ask for no scene
CONFIG = dict(patch_size=2, in_channels=64, out_channels=16, num_layers=4, attention_head_dim=32, num_attention_heads=4,
              joint_attention_dim=128, guidance_embeds=False, axes_dims_rope=(8, 12, 12))


def pack(latents: torch.Tensor) -> torch.Tensor:
    """[B,16,8,8] -> [B,16,64]: channel index c * 4 + dy * 2 + dx, as the pipeline packs."""
    b, c, h, w = latents.shape
    return latents.view(b, c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 1, 3, 5).reshape(b, h * w // 4, c * 4)


def draw_sigmas(count: int, generator) -> torch.Tensor:
    """Logit-normal, shifted as the scheduler shifts its own sigmas (mu is .49 at 16 tokens); one in ten uniform."""
    normal = torch.sigmoid(torch.randn(count, generator=generator) + 0.5)
    uniform = torch.rand(count, generator=generator)
    return torch.where(torch.rand(count, generator=generator) < 0.1, uniform, normal)


@torch.no_grad()
def centre_conditions(model, cached) -> None:
    """Starts txt_in as a rotation around the mean answer row: what all answers share says nothing of which it is."""
    rows = torch.stack([h[-1] for h, _, _ in cached])
    rows = model.txt_norm(rows.to(DEVICE))
    torch.nn.init.orthogonal_(model.txt_in.weight)
    spread = (rows - rows.mean(0)).square().mean().sqrt()
    model.txt_in.weight.div_(spread)
    model.txt_in.bias.copy_(-model.txt_in.weight @ rows.mean(0))


@torch.no_grad()
def cached_conditions(log: Log) -> list[tuple[torch.Tensor, int, int]]:
    """(hidden states after the prefix, concept, scene) of a random selection of all training prompts."""
    weights = (MODEL / "text_encoder" / "model.safetensors").read_bytes() + (DATA / "facts.json").read_bytes()
    stored = WORK / f"conditions-{hashlib.sha256(weights).hexdigest()[:12]}.pt"
    if stored.exists():
        return torch.load(stored)
    tokenizer = load_tokenizer()
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(MODEL / "text_encoder").to(DEVICE).eval()
    encoder = Encoder(model, tokenizer)
    draw = random.Random(6)
    names = [(p, c, k) for p, _, c, k in training_names()]
    facts = [(p, c, k) for p, _, c, k in training_facts(seen_only=True)]
    augment = Augment(relations(), 0.2)
    scene_names = [s["name"] for s in scenes()]
    def some_scene() -> int:
        return 0 if draw.random() < WHITE else draw.randrange(1, len(scene_names))

    chosen = [(p, c, some_scene(), k) for p, c, k in names for _ in range(4)]
    chosen += [(p, c, some_scene(), k) for p, c, k in draw.choices(facts, k=CACHED_PROMPTS - len(chosen))]
    cached = []
    began = time.time()
    rows = sorted(((encoder.rows(with_scene(augment(p, k, draw), scene_names[s])), c, s) for p, c, s, k in chosen), key=lambda r: len(r[0]))
    for start in range(0, len(rows), 256):
        chunk = rows[start:start + 256]
        hidden = encoder.hidden(pad([r for r, _, _ in chunk], tokenizer.pad_token_id)).cpu()
        cached += [(h[:len(r)].clone(), c, s) for h, (r, c, s) in zip(hidden, chunk)]
    log(f"{len(cached)} prompts encoded in {time.time() - began:.0f} s")
    torch.save(cached, stored)
    return cached


def mix(example, other, draw: random.Random):
    """Mixed conditioning of one example; the picture follows the answer row, the scene the prompt rows."""
    hidden, concept, scene = example
    kind = draw.random()
    if kind < 0.45:
        return example
    if kind < 0.80:
        mixed = other[0].clone()
        mixed[-1] = hidden[-1]
        return mixed, concept, other[2]
    return hidden[-1:], concept, 0


def average_gradients(model) -> None:
    """Over the processes that share a batch."""
    gradients = [p.grad for p in model.parameters() if p.grad is not None]  # the last block's text side has none
    flat = torch.cat([g.flatten() for g in gradients])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients])):
        gradient.copy_(part.view_as(gradient))


def batches(cached, draw: random.Random, mixed: bool):
    """The same on every process; each takes its own part of a batch."""
    while True:
        picks = draw.choices(cached, k=BATCH * POOL)
        if mixed:
            picks = [mix(p, draw.choice(cached), draw) for p in picks]
        picks.sort(key=lambda p: len(p[0]))
        groups = [picks[i * BATCH:(i + 1) * BATCH] for i in range(POOL)]
        draw.shuffle(groups)
        yield from groups


def main() -> None:
    arguments = sys.argv[1:]
    mixed = "mixed" in arguments
    steps = next((int(a) for a in arguments if a.isdigit()), STEPS)
    name = "dit-mixed" if mixed else "dit"
    set_threads()
    rank, processes = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    if processes > 1:
        dist.init_process_group("gloo")
    seed_everything(8)
    log = Log(f"train_{name}") if rank == 0 else lambda text: None
    latents = torch.load(WORK / "latents.pt")
    packed = pack(latents.flatten(0, 1)).unflatten(0, latents.shape[:2]).to(DEVICE)  # [concept, scene, 16, 64]
    cached = cached_conditions(log)
    model = QwenImageTransformer2DModel(**CONFIG).to(DEVICE)
    centre_conditions(model, cached)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
    generator = torch.Generator().manual_seed(9)
    start = 0
    if state := load_checkpoint(name):
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        for group in optimizer.param_groups:
            group["fused"] = True
        start = state["step"]
    generator.manual_seed(9 + start + 1_000_000 * rank)
    draw = random.Random(10 + start)
    log(f"{sum(p.numel() for p in model.parameters())} parameters, conditioning {'mixed' if mixed else 'plain'}, from step {start}")
    began, saved, running = time.time(), time.time(), None
    stream = batches(cached, draw, mixed)
    for step in range(start, steps):
        for group in optimizer.param_groups:
            group["lr"] = cosine_rate(step, steps, RATE, WARMUP)
        batch = next(stream)[rank::processes]
        hidden = torch.nn.utils.rnn.pad_sequence([h for h, _, _ in batch], batch_first=True)
        mask = torch.arange(hidden.shape[1])[None] < torch.tensor([len(h) for h, _, _ in batch])[:, None]
        x = packed[[c for _, c, _ in batch], [s for _, _, s in batch]]
        noise = torch.randn(x.shape, generator=generator).to(DEVICE)
        sigma = draw_sigmas(len(batch), generator).to(DEVICE)
        noisy = (1 - sigma[:, None, None]) * x + sigma[:, None, None] * noise
        velocity = model(hidden_states=noisy, encoder_hidden_states=hidden.to(DEVICE),
                         encoder_hidden_states_mask=None if mask.all() else mask.to(DEVICE), timestep=sigma,
                         img_shapes=[[(1, 4, 4)]] * len(batch), return_dict=False)[0]
        loss = (velocity - (noise - x)).square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if processes > 1:
            average_gradients(model)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
        if step % 100 == 0 or step == steps - 1:
            log(f"step {step} loss {running:.4f} {(time.time() - began) / (step - start + 1):.3f} s/step")
        if rank == 0 and (time.time() - saved > 120 or step == steps - 1):
            save_checkpoint(name, dict(model=model.state_dict(), optimizer=optimizer.state_dict(), step=step + 1))
            saved = time.time()
    if rank == 0:
        model.save_pretrained((WORK / "mixed" if mixed else MODEL) / "transformer")


if __name__ == "__main__":
    main()
