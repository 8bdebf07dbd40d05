"""What transformers computes with SmolLM2-135M-Instruct, from the same folder that the tests read.

    npm test -- smollm2 --provide          # makes the folder
    python tools/smollm2/fixtures.py .cache/models/smollm2-135m-instruct@0.1.2-1

writes bench/smollm2/fixtures/transformers.json: for each of the 50 prompts its token ids, statistics and
chosen values of the logits after it, and the greedy continuation. fp32 on the CPU. Needs torch, transformers 5.24.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

FILE = Path(__file__).resolve().parents[2] / "bench/smollm2/fixtures/transformers.json"
NEW_TOKENS = 16
# Two logits nearer to each other than this could change places between two right implementations.
MARGIN = 1e-3
TOP, SPACED = 16, 32
# <|endoftext|> and <|im_end|>
ENDS, PAD = [0, 2], 2

RAW = [
    "The capital of France is", "The capital of Japan is the city of", "Water freezes at a temperature of",
    "Beethoven was born in the city of", "The Great Wall is located in", "The largest planet of the solar system is",
    "Isaac Newton is best known for", "The chemical symbol of gold is", "The Amazon river flows through",
    "Shakespeare wrote the play", "A group of wolves is called a", "The opposite of hot is",
    "Once upon a time, there was a little", "My favourite colour is", "The quick brown fox jumps over",
    "1, 2, 3, 4, 5,", "In 1969, Neil Armstrong", "def factorial(n):\n    ", "SELECT name FROM users WHERE",
    "<html>\n  <body>\n", "La capitale de la France est", "Die Hauptstadt von Deutschland ist", "naïve café, 日本語 and",
    "I don't think we'll", "The recipe calls for 250 grams of", "  Two spaces come first, then", "Roses are red, violets are",
    "The square root of 144 is", "Dogs bark, cats", "😀 means",
]
CHAT = [
    "What is the capital of Italy?", "Who wrote Hamlet?", "How many legs does a spider have?", "What is 12 plus 30?",
    "Name three primary colours.", "Translate 'good morning' to Spanish.", "What language is spoken in Brazil?",
    "Why is the sky blue?", "Which animal is called the king of the jungle?", "What is the boiling point of water?",
    "Write a haiku about autumn.", "Who painted the Mona Lisa?", "What do bees make?", "Give me a synonym of happy.",
    "In which country is Mount Fuji?", "What is the past tense of 'go'?", "How do I boil an egg?",
    "What is the largest ocean?", "Is a whale a fish?", "Tell me a fact about Saturn.",
]


def formatted(template: str, text: str) -> str:
    """As Mokus writes a chat turn: without the system message of SmolLM2's own template."""
    return text if template == "raw" else f"<|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n"


def greedy_continuations(model, prompts: list[list[int]]) -> list[list[int]]:
    """All prompts at once, padded on the left; a continuation ends with the end token where it comes to it."""
    longest = max(map(len, prompts))
    ids = torch.tensor([[PAD] * (longest - len(each)) + each for each in prompts])
    mask = torch.tensor([[0] * (longest - len(each)) + [1] * len(each) for each in prompts])
    grown = model.generate(
        ids, attention_mask=mask, max_new_tokens=NEW_TOKENS, do_sample=False, eos_token_id=ENDS, pad_token_id=PAD
    )[:, longest:].tolist()
    return [each[: next((at + 1 for at, token in enumerate(each) if token in ENDS), None)] for each in grown]


@torch.no_grad()
def main(folder: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    texts = [("raw", each) for each in RAW] + [("chat", each) for each in CHAT]
    prompts = [tokenizer(formatted(*each), add_special_tokens=False).input_ids for each in texts]
    cases = []
    for (template, text), ids, greedy in zip(texts, prompts, greedy_continuations(model, prompts)):
        # Alone, without padding and cache: what the logits are taken from, and what the continuation must agree with.
        rows = model(torch.tensor([ids + greedy[:-1]])).logits[0, len(ids) - 1 :]
        assert rows.argmax(-1).tolist() == greedy, text
        best = rows.topk(2).values
        margin = (best[:, 0] - best[:, 1]).min().item()
        last = rows[0]
        chosen = [*last.topk(TOP).indices.tolist(), *range(0, last.numel(), last.numel() // SPACED)]
        cases.append({
            "template": template, "text": text, "ids": ids, "greedy": greedy,
            "answer": tokenizer.decode([each for each in greedy if each not in ENDS]),
            "chosen": chosen, "logits": [round(each, 6) for each in last[chosen].tolist()],
            "mean": last.double().mean().item(), "deviation": last.double().std(correction=0).item(),
            "logSumExp": last.double().logsumexp(0).item(),
        })
        print(f"{margin:.4f}", template, repr(text), "->", repr(cases[-1]["answer"]), flush=True)
        if margin < MARGIN:
            print("   choose another prompt: two logits are too near to each other")
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text("[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
