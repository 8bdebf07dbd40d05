"""Paths, seeds, device, logging and checkpoints shared by the scripts of this folder."""

import json
import os
import random
import time
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).resolve().parent
WORK = HERE / "work"  # ignored by git: downloaded pictures, checkpoints, caches
LOGS = HERE / "logs"
PACKAGE = HERE.parent.parent / "packages" / "emoji-world"
DATA = PACKAGE / "data"
MODEL = PACKAGE / "model"
FIXTURES = PACKAGE / "test" / "fixtures"
PICTURES = WORK / "emoji"

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
CELL = 64  # pixels
COLUMNS = 20  # cells per row of the sprite sheet

# The template of QwenImagePipeline; its prefix must be exactly 34 tokens.
TEMPLATE_PREFIX = (
    "<|im_start|>system\nDescribe the image by detailing the color, shape, size, texture, quantity, text, "
    "spatial relationships of the objects and background:<|im_end|>\n<|im_start|>user\n"
)
TEMPLATE_SUFFIX = "<|im_end|>\n<|im_start|>assistant\n"
PREFIX_TOKENS = 34
SUFFIX_TOKENS = 5


def seed_everything(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def set_threads() -> None:
    """EMOJI_WORLD_THREADS=1 lets two trainings share a two-core machine."""
    threads = os.environ.get("EMOJI_WORLD_THREADS")
    if threads:
        torch.set_num_threads(int(threads))


class Log:
    """Prints a line and appends it to logs/NAME.txt, with the date."""

    def __init__(self, name: str):
        LOGS.mkdir(parents=True, exist_ok=True)
        self.path = LOGS / f"{name}.txt"

    def __call__(self, text: str) -> None:
        line = f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} {text}"
        print(line, flush=True)
        with open(self.path, "a") as file:
            file.write(line + "\n")


def save_checkpoint(name: str, state: dict) -> None:
    """Written beside and renamed, so that an interrupted run leaves the last whole one."""
    WORK.mkdir(parents=True, exist_ok=True)
    part = WORK / f"{name}.part"
    torch.save(state, part)
    os.replace(part, WORK / f"{name}.pt")


def load_checkpoint(name: str) -> dict | None:
    path = WORK / f"{name}.pt"
    return torch.load(path, map_location="cpu", weights_only=False) if path.exists() else None


def read_json(path: Path):
    return json.loads(Path(path).read_text())


def cosine_rate(step: int, steps: int, peak: float, warmup: int) -> float:
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = (step - warmup) / max(1, steps - warmup)
    return peak * 0.5 * (1 + np.cos(np.pi * min(1.0, progress)))
