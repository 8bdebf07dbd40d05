"""The pictures and prompts of packages/emoji-world/data, as every training and measurement reads them."""

import numpy as np
import torch
from PIL import Image

from common import CELL, COLUMNS, DATA, read_json
from pictures import compose
from prompts import fact_prompts, name_prompts


def concept_rows() -> list[dict]:
    return [c for c in read_json(DATA / "concepts.json") if c["split"] == "pictured"]


def concept_sheet() -> torch.Tensor:
    sheet = torch.from_numpy(np.asarray(Image.open(DATA / "concepts.png").convert("RGBA")).copy())
    cells = [sheet[y * CELL:(y + 1) * CELL, x * CELL:(x + 1) * CELL]
             for y, x in (divmod(i, COLUMNS) for i in range(len(concept_rows())))]
    return torch.stack(cells).permute(0, 3, 1, 2)  # [C,4,64,64] uint8


def scenes() -> list[dict]:
    return read_json(DATA / "scenes.json")


def scene_pictures(sheet: torch.Tensor):
    for scene in scenes():
        yield compose(sheet, torch.tensor(scene["rgb"]))


def relations() -> list[dict]:
    return read_json(DATA / "facts.json")["relations"]


def training_names() -> list[tuple[str, str, int, str]]:
    """(prompt, answer, concept index, what it is about) of every name in every training wrapping."""
    return [(p, c["name"], i, c["name"]) for i, c in enumerate(concept_rows()) for p in name_prompts(c["name"])]


def training_facts(seen_only: bool) -> list[tuple[str, str, int, str]]:
    index = {c["name"]: i for i, c in enumerate(concept_rows())}
    return [(p, f["answer"], index[f["answer"]], f["subject"])
            for r in relations() if r["seenByImageModel"] or not seen_only
            for f in r["facts"] for phrasing in r["phrasings"] for p in fact_prompts(phrasing, f["subject"])]
