"""Draws with the saved folder (diffusers, 16 steps, no guidance) and judges pictures by the nearest of all concepts x scenes.

    python evaluate.py                                   # the shipped model
    python evaluate.py transformer=work/mixed/transformer log=evaluate-mixed
    python evaluate.py checkpoint=dit limit=150          # a training in progress
"""

import random
import sys

import numpy as np
import torch
from diffusers import AutoencoderKLQwenImage, FlowMatchEulerDiscreteScheduler, QwenImageTransformer2DModel
from transformers import Qwen2_5_VLForConditionalGeneration

from common import DEVICE, HERE, MODEL, Log, load_checkpoint, seed_everything, set_threads
from dataset import concept_rows, concept_sheet, relations, scene_pictures, scenes
from llm import Encoder, load_tokenizer, pad
from prompts import fact_prompts, name_prompts, with_scene

SIDE, STEPS = 64, 16


def shift_of(length: int, config) -> float:
    slope = (config.max_shift - config.base_shift) / (config.max_image_seq_len - config.base_image_seq_len)
    return config.base_shift + slope * (length - config.base_image_seq_len)


class Painter:
    def __init__(self, transformer=None):
        self.encoder = Encoder(Qwen2_5_VLForConditionalGeneration.from_pretrained(MODEL / "text_encoder").to(DEVICE).eval(), load_tokenizer())
        self.transformer = (transformer or QwenImageTransformer2DModel.from_pretrained(MODEL / "transformer")).to(DEVICE).eval()
        self.vae = AutoencoderKLQwenImage.from_pretrained(MODEL / "vae").to(DEVICE).eval()
        self.scheduler = FlowMatchEulerDiscreteScheduler.from_pretrained(MODEL / "scheduler")

    @torch.no_grad()
    def draw(self, prompts: list[str], generator: torch.Generator, steps: int = STEPS) -> torch.Tensor:
        """-> uint8-valued float RGB [B,3,64,64]."""
        rows = [self.encoder.rows(p) for p in prompts]
        hidden = self.encoder.hidden(pad(rows, self.encoder.tokenizer.pad_token_id))
        mask = torch.arange(hidden.shape[1])[None] < torch.tensor([len(r) for r in rows])[:, None]
        hidden = hidden * mask[..., None].to(hidden)
        self.scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps), mu=shift_of(16, self.scheduler.config), device=DEVICE)
        x = torch.randn(len(prompts), 16, 64, generator=generator).to(DEVICE)
        for t in self.scheduler.timesteps:
            v = self.transformer(hidden_states=x, timestep=(t / 1000).expand(len(prompts)), encoder_hidden_states=hidden,
                                 encoder_hidden_states_mask=None if mask.all() else mask.to(DEVICE),
                                 img_shapes=[[(1, 4, 4)]] * len(prompts), return_dict=False)[0]
            x = self.scheduler.step(v, t, x, return_dict=False)[0]
        z = x.view(-1, 4, 4, 16, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(-1, 16, 1, 8, 8)
        mean, std = (torch.tensor(v).view(1, -1, 1, 1, 1).to(z) for v in (self.vae.config.latents_mean, self.vae.config.latents_std))
        image = self.vae.decode(z * std + mean, return_dict=False)[0][:, :, 0]
        return ((image.clamp(-1, 1) + 1) * 127.5).round().cpu()


class Judge:
    def __init__(self):
        self.candidates = torch.stack(list(scene_pictures(concept_sheet())), 1).flatten(0, 1).flatten(1)  # concept x scene
        self.scenes = len(scenes())

    def __call__(self, pictures: torch.Tensor) -> tuple[list[int], list[int]]:
        nearest = torch.cdist(pictures.flatten(1), self.candidates).argmin(1)
        return (nearest // self.scenes).tolist(), (nearest % self.scenes).tolist()


def tasks() -> list[tuple[str, str, str, int, int]]:
    """(group, relation, prompt, concept, scene): white and one coloured scene of each name and each held-out phrasing."""
    rows, draw = [], random.Random(20)
    index = {c["name"]: i for i, c in enumerate(concept_rows())}
    scene_names = [s["name"] for s in scenes()]

    def add(group, relation, prompt, concept):
        for scene in (0, draw.randrange(1, len(scene_names))):
            rows.append((group, relation, with_scene(prompt, scene_names[scene]), concept, scene))

    for i, c in enumerate(concept_rows()):
        group = "names" if c["tokens"] == 1 else "names of several tokens"
        add(group, "", draw.choice(name_prompts(c["name"])), i)
        add(group + ", held-out wrapping", "", draw.choice(name_prompts(c["name"], True)), i)
    for r in relations():
        group = "facts, held-out phrasing, " + ("seen" if r["seenByImageModel"] else "unseen") + " relations"
        for f in r["facts"]:
            for phrasing in r["heldOutPhrasings"]:
                add(group, r["relation"], draw.choice(fact_prompts(phrasing, f["subject"])), index[f["answer"]])
    return rows


def main() -> None:
    options = dict(a.split("=", 1) for a in sys.argv[1:])
    set_threads()
    seed_everything(21)
    log = Log(options.get("log", "evaluate"))
    transformer = None
    if name := options.get("checkpoint"):
        from train_dit import CONFIG
        state = load_checkpoint(name)
        transformer = QwenImageTransformer2DModel(**CONFIG)
        transformer.load_state_dict(state["model"])
        log(f"checkpoint {name} at step {state['step']}")
    elif folder := options.get("transformer"):
        transformer = QwenImageTransformer2DModel.from_pretrained(HERE / folder)
    painter, judge = Painter(transformer), Judge()
    generator = torch.Generator().manual_seed(22)
    rows = tasks()
    if limit := int(options.get("limit", 0)):
        rows = random.Random(23).sample(rows, limit)
    results: dict[str, list[tuple[bool, bool]]] = {}
    for start in range(0, len(rows), 64):
        chunk = rows[start:start + 64]
        concepts, colours = judge(painter.draw([r[2] for r in chunk], generator))
        for (group, relation, _, concept, scene), got, colour in zip(chunk, concepts, colours):
            for key in [group, "all"] + ([f"relation {relation}"] if relation else []):
                results.setdefault(key, []).append((got == concept, colour == scene))
    for key, values in results.items():
        log(f"{key}: {len(values)} pictures, concept {np.mean([c for c, _ in values]):.4f}, "
            f"scene {np.mean([s for _, s in values]):.4f}, both {np.mean([c and s for c, s in values]):.4f}")


if __name__ == "__main__":
    main()
