"""Trains the text encoder to answer with a concept's name after the Qwen-Image template.

    python train_llm.py            # resumes from work/llm.pt; writes packages/emoji-world/model/text_encoder

A third of a batch asks names and anchors, a sixth the colour of a background, the rest facts; the loss is on the answer
and <|im_end|> alone. Without the colour questions no answer depends on a colour, and the states of blue, purple and black
drift together until the image model cannot tell them apart.
"""

import random
import sys
import time

import torch
import torch.nn.functional as F

from common import DEVICE, MODEL, Log, cosine_rate, load_checkpoint, save_checkpoint, seed_everything, set_threads
from dataset import concept_rows, relations, scenes, training_facts, training_names
from llm import Encoder, build_llm, load_tokenizer, pad
from prompts import ANCHORS, Augment, colour_question, fact_prompts, name_prompts, with_scene

STEPS, BATCH, RATE, WARMUP = 1400, 64, 3e-3, 100


def held_out_facts() -> list[tuple[str, str, bool]]:
    return [(fact_prompts(p, f["subject"])[0], f["answer"], r["seenByImageModel"])
            for r in relations() for f in r["facts"] for p in r["heldOutPhrasings"]]


@torch.no_grad()
def accuracy(encoder: Encoder, pairs: list[tuple[str, str]]) -> float:
    """Whole answers (every token and <|im_end|>) that greedy decoding gives."""
    pad_id, right = encoder.tokenizer.pad_token_id, 0
    for start in range(0, len(pairs), 128):
        chunk = pairs[start:start + 128]
        prompts = [encoder.rows(p) for p, _ in chunk]
        whole = [encoder.rows(p, a + "<|im_end|>") for p, a in chunk]
        ids = pad(whole, pad_id)
        logits = encoder.model.lm_head(encoder.hidden(ids)).argmax(-1).cpu()
        for i, (prompt, full) in enumerate(zip(prompts, whole)):
            right += logits[i, len(prompt) - 1:len(full) - 1].tolist() == full[len(prompt):]
    return right / len(pairs)


def main() -> None:
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else STEPS
    set_threads()
    seed_everything(3)
    log = Log("train_llm")
    tokenizer = load_tokenizer()
    model = build_llm(tokenizer).to(DEVICE)
    encoder = Encoder(model, tokenizer)
    for parameter in model.model.visual.parameters():
        parameter.requires_grad_(False)
    names = [(p, a, k) for p, a, _, k in training_names()] + [(p, a, a) for a in ANCHORS for p in name_prompts(a)]
    facts = [(p, a, k) for p, a, _, k in training_facts(seen_only=False)]
    augment = Augment(relations(), 0.35)
    scene_names = [s["name"] for s in scenes()]
    decay = [p for n, p in model.named_parameters() if p.ndim > 1 and p.requires_grad]
    plain = [p for n, p in model.named_parameters() if p.ndim == 1 and p.requires_grad]
    optimizer = torch.optim.AdamW([dict(params=decay, weight_decay=0.1), dict(params=plain, weight_decay=0.0)],
                                  lr=RATE, betas=(0.9, 0.98))
    draw = random.Random(4)
    start = 0
    if state := load_checkpoint("llm"):
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        draw.setstate(state["draw"])
        start = state["step"]
    log(f"{len(names)} name prompts, {len(facts)} fact prompts, "
        f"{sum(p.numel() for p in model.model.language_model.parameters())} parameters, from step {start}")
    memory: dict = {}
    began, saved = time.time(), time.time()
    for step in range(start, steps):
        for group in optimizer.param_groups:
            group["lr"] = cosine_rate(step, steps, RATE, WARMUP)
        rows, labels = [], []
        for i in range(BATCH):
            prompt, answer, keep = draw.choice(names if i % 12 < 5 else facts)
            prompt = augment(prompt, keep, draw)
            scene = draw.choice(scene_names) if draw.random() < 0.5 else "white"
            asks = (with_scene(prompt, scene), answer)
            if i % 6 == 0:
                asks = colour_question(asks[0], scene)
            if asks not in memory:
                memory[asks] = (encoder.rows(asks[0], asks[1] + "<|im_end|>"), len(encoder.rows(asks[0])))
            ids, asked = memory[asks]
            rows.append(ids[:-1])
            labels.append([-100] * (asked - 1) + ids[asked:])
        hidden = encoder.hidden(pad(rows, tokenizer.pad_token_id))
        target = pad(labels, -100).to(DEVICE)
        chosen = target != -100
        loss = F.cross_entropy(model.lm_head(hidden[chosen]), target[chosen])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 50 == 0 or step == steps - 1:
            log(f"step {step} loss {loss.item():.4f} {(time.time() - began) / (step - start + 1):.3f} s/step")
        if step % 250 == 249 or step == steps - 1:
            held = held_out_facts()
            sample = random.Random(5)
            colours = [colour_question(with_scene(p, s), s) for p, _, _ in sample.sample(names, 40) for s in scene_names]
            log(f"step {step} right: colours {accuracy(encoder, colours):.3f} names {accuracy(encoder, [(p, a) for p, a, _ in sample.sample(names, 500)]):.3f} "
                f"facts {accuracy(encoder, [(p, a) for p, a, _ in sample.sample(facts, 500)]):.3f} "
                f"held-out phrasings {accuracy(encoder, [(p, a) for p, a, _ in held]):.3f} "
                f"(with scene {accuracy(encoder, [(with_scene(p, sample.choice(scene_names)), a) for p, a, _ in held]):.3f}) "
                f"held-out wrappings of names "
                f"{accuracy(encoder, [(p, c['name']) for c in concept_rows() for p in name_prompts(c['name'], True)]):.3f}")
        if time.time() - saved > 120 or step == steps - 1:
            save_checkpoint("llm", dict(model=model.state_dict(), optimizer=optimizer.state_dict(),
                                        draw=draw.getstate(), step=step + 1))
            saved = time.time()
    model.save_pretrained(MODEL / "text_encoder")


if __name__ == "__main__":
    main()
