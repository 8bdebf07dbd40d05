"""Emoji pictures as tensors, the scene colours, and the one composition formula."""

import numpy as np
import torch
from PIL import Image

from common import PICTURES, read_json

# name -> colour; white is what a picture has when the prompt says nothing of a background
SCENES = {
    "white": (255, 255, 255),
    "red": (214, 48, 49),
    "orange": (243, 156, 18),
    "yellow": (253, 230, 100),
    "green": (72, 180, 97),
    "blue": (66, 133, 244),
    "purple": (142, 68, 173),
    "black": (20, 20, 20),
}


def emoji_list() -> list[dict]:
    return [e for e in read_json(PICTURES / "emoji.json") if e["has_img_google"] and e["category"] != "Component"]


def load_rgba(image: str) -> np.ndarray:
    picture = Image.open(PICTURES / "img/google/64" / image).convert("RGBA")
    assert picture.size == (64, 64), image
    return np.asarray(picture)


def compose(rgba: torch.Tensor, colour: torch.Tensor) -> torch.Tensor:
    """uint8 RGBA [..., 4, H, W] over uint8-valued colour [..., 3] -> uint8-valued float RGB [..., 3, H, W].

    round(alpha / 255 * foreground + (1 - alpha / 255) * background), halves up: floor(x + 0.5).
    """
    rgba = rgba.to(torch.float64)
    alpha = rgba[..., 3:, :, :] / 255
    mixed = alpha * rgba[..., :3, :, :] + (1 - alpha) * colour.to(torch.float64)[..., None, None]
    return torch.floor(mixed + 0.5).float()
