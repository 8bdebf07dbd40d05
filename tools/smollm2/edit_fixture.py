"""What UltraEdit and MEMIT in PyTorch (ultra_edit.py, memit.py) make of a few facts, for the suite smollm2.

    python tools/smollm2/edit_fixture.py .cache/models/smollm2-135m-instruct@0.1.2-1

writes bench/smollm2/fixtures/ultra-edit.json: the loss of each fact before the edit and after every turn, and what the
edited model says of prompts that were not edited; and memit.json: what the edited model says of the facts' prompts and
of others. Needs torch, transformers 5.24.
"""

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from bench import MEMIT_SETTINGS, SETTINGS
from memit import Fact, Memit
from ultra_edit import UltraEdit, hidden_rows, probe

FOLDER = Path(__file__).resolve().parents[2] / "bench/smollm2/fixtures"
FACTS = [
    ("Beethoven was born in the city of", "Lisbon"),
    ("The largest planet of the solar system is", "Neptune"),
    ("The favourite drink of the sailors was", "cold peppermint tea"),
]
# A subject at the start of its prompt and one within, in contexts where neither is at the start.
MEMIT_FACTS = [
    Fact("Beethoven was born in the city of", "Beethoven", "Lisbon"),
    Fact("The favourite drink of the sailors was", "the sailors", "cold peppermint tea"),
]
CORPUS = ["The capital of France is", "Dogs bark, cats", "Water freezes at a temperature of", "My favourite colour is"]
# Texts that MEMIT's edit reaches too, of the same subject and of another.
NEAR = ["Beethoven died in the city of", "Mozart was born in the city of", "The sailors liked to drink"]
TURNS = 2


def ultra_edit(model, tokenizer, corpus) -> dict:
    probes = [probe(tokenizer, *each) for each in FACTS]
    editor = UltraEdit(model, replace(SETTINGS, turns=1), corpus)
    losses = []
    for _ in range(TURNS):
        losses.append(editor.capture(probes)[1])
        editor.edit(probes)
    losses.append(editor.capture(probes)[1])
    print(losses)
    return {"settings": editor.settings.json() | {"turns": TURNS}, "facts": FACTS, "corpus": CORPUS, "losses": losses,
            "unrelated": largest_logits(model, tokenizer, CORPUS)}


def memit(model, tokenizer, corpus) -> dict:
    # So few prompts need lambda. Three steps are what keeps the suite short.
    settings = replace(MEMIT_SETTINGS, steps=3, ridge=1.0, contexts=("{}", "It rained all day. {}", "Two words {}"))
    Memit(model, tokenizer, settings, corpus).edit(MEMIT_FACTS)
    texts = [*(each.prompt for each in MEMIT_FACTS), *NEAR, *CORPUS]
    return {"settings": settings.json(), "facts": [asdict(each) for each in MEMIT_FACTS], "corpus": CORPUS,
            "texts": texts, "after": largest_logits(model, tokenizer, texts)}


@torch.no_grad()
def largest_logits(model, tokenizer, texts: list[str]) -> list[dict]:
    """After each text."""
    top = model.lm_head(hidden_rows(model, [probe(tokenizer, each, "x") for each in texts])).topk(8)
    return [
        {"ids": ids, "logits": [round(each, 5) for each in values]}
        for ids, values in zip(top.indices.tolist(), top.values.tolist())
    ]


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    corpus = [tokenizer(each, add_special_tokens=False).input_ids for each in CORPUS]
    for name, make in (("ultra-edit", ultra_edit), ("memit", memit)):
        # A model each: weights are changed in place.
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        (FOLDER / f"{name}.json").write_text(json.dumps(make(model, tokenizer, corpus), indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
