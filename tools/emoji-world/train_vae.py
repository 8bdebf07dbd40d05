"""Trains the AutoencoderKLQwenImage (factor 8, 16 channels) on single frames: emoji on random backgrounds.

    python train_vae.py            # 1,800 steps; resumes from work/vae.pt; writes work/vae/

Emoji listed in HELD_OUT (and a seeded sample of faces, people and symbols) are never seen: they measure the codec.
"""

import sys
import time

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKLQwenImage

from common import DEVICE, WORK, Log, cosine_rate, load_checkpoint, save_checkpoint, seed_everything, set_threads
from pictures import SCENES, compose, emoji_list, load_rgba

STEPS, BATCH, RATE, WARMUP = 1800, 16, 2e-3, 100
KL_WEIGHT, LATENT_NOISE = 3e-4, 0.05
CONFIG = dict(
    base_dim=16, z_dim=16, dim_mult=[1, 2, 4, 4], num_res_blocks=1, attn_scales=[],
    temperal_downsample=[False, True, True], dropout=0.0, latents_mean=[0.0] * 16, latents_std=[1.0] * 16,
)
HELD_OUT = """otter sloth badger skunk raccoon mammoth seal black_bird wing phoenix kiwifruit tangerine pancakes beverage_box
stuffed_flatbread mate_drink pouring_liquid fish_cake dango oden sari goggles safety_vest lab_coat minidisc trackball
pager fax placard carousel_horse monorail""".split()


def split_emoji() -> tuple[list[dict], list[dict]]:
    emoji = emoji_list()
    generator = torch.Generator().manual_seed(7)
    sampled = [e for e in emoji if e["short_name"].endswith("_face")
               and e["short_name"] not in ("clown_face", "robot_face", "panda_face", "fox_face", "lion_face", "zebra_face",
                                           "unicorn_face", "dragon_face", "giraffe_face", "monkey_face")]
    sampled += [e for e in emoji if e["category"] == "Symbols"]
    sampled += [e for e in emoji if e["short_name"].startswith(("female-", "male-"))]
    picks = torch.randperm(len(sampled), generator=generator)[: 100 - len(HELD_OUT)].tolist()
    held = {sampled[i]["short_name"] for i in picks} | set(HELD_OUT)
    return [e for e in emoji if e["short_name"] not in held], [e for e in emoji if e["short_name"] in held]


def fast_single_frame(vae: AutoencoderKLQwenImage) -> None:
    """On one frame the causal convolutions see zeros in the past: only the last time slice of a kernel acts."""
    for module in vae.modules():
        if type(module).__name__ == "QwenImageCausalConv3d":
            def forward(x, cache_x=None, m=module):
                pad = (m._padding[2], m._padding[0])
                return F.conv2d(x[:, :, 0], m.weight[:, :, -1], m.bias, m.stride[1:], pad).unsqueeze(2)
            module.forward = forward


def encode(vae, x):  # [B,3,H,W] in -1..1 -> mean, logvar [B,16,h,w]
    return vae.quant_conv(vae.encoder(x[:, :, None]))[:, :, 0].chunk(2, dim=1)


def decode(vae, z):
    return vae.decoder(vae.post_quant_conv(z[:, :, None]))[:, :, 0]


def random_colours(count: int, generator) -> torch.Tensor:
    scenes = torch.tensor(list(SCENES.values()))
    random = torch.randint(0, 256, (count, 3), generator=generator)
    scene = scenes[torch.randint(0, len(scenes), (count,), generator=generator)]
    return torch.where(torch.rand(count, 1, generator=generator) < 0.5, scene, random)


@torch.no_grad()
def measure(vae, rgba: torch.Tensor) -> tuple[float, float]:
    """Retrieval among the given pictures and PSNR, averaged over a white and a coloured background."""
    found, errors = 0, []
    for colour in ((255, 255, 255), (66, 133, 244)):
        x = (compose(rgba, torch.tensor(colour)) / 127.5 - 1).to(DEVICE)
        y = torch.cat([decode(vae, encode(vae, chunk)[0]) for chunk in x.split(25)]).clamp(-1, 1)
        distance = torch.cdist(y.flatten(1), x.flatten(1))
        found += (distance.argmin(1).cpu() == torch.arange(len(x))).sum().item()
        errors.append(((y - x) / 2).square().mean().item())
    return found / (2 * len(rgba)), -10 * torch.tensor(errors).mean().log10().item()


def main() -> None:
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else STEPS
    set_threads()
    seed_everything(1)
    log = Log("train_vae")
    train, held = split_emoji()
    pictures = torch.stack([torch.from_numpy(load_rgba(e["image"]).copy()).permute(2, 0, 1) for e in train])
    held_pictures = torch.stack([torch.from_numpy(load_rgba(e["image"]).copy()).permute(2, 0, 1) for e in held])
    quiet = ("Symbols", "Smileys & Emotion", "People & Body", "Flags")
    weights = torch.tensor([0.25 if e["category"] in quiet else 1.0 for e in train])
    vae = AutoencoderKLQwenImage(**CONFIG)
    with torch.no_grad():  # start with little sampling noise
        vae.quant_conv.bias[16:].fill_(-6.0)
    fast_single_frame(vae)
    vae.to(DEVICE)
    optimizer = torch.optim.AdamW(vae.parameters(), lr=RATE, betas=(0.9, 0.99), weight_decay=1e-4)
    generator = torch.Generator().manual_seed(2)
    start = 0
    if state := load_checkpoint("vae"):
        vae.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        generator.set_state(state["generator"])
        start = state["step"]
    log(f"{len(train)} emoji, {len(held)} held out, {sum(p.numel() for p in vae.parameters())} parameters, from step {start}")
    began, saved = time.time(), time.time()
    for step in range(start, steps):
        for group in optimizer.param_groups:
            group["lr"] = cosine_rate(step, steps, RATE, WARMUP)
        index = torch.multinomial(weights, BATCH, generator=generator)
        rgba = pictures[index]
        flip = torch.rand(BATCH, generator=generator) < 0.25
        rgba = torch.where(flip[:, None, None, None], rgba.flip(-1), rgba)
        x = (compose(rgba, random_colours(BATCH, generator)) / 127.5 - 1).to(DEVICE)
        mean, logvar = encode(vae, x)
        logvar = logvar.clamp(-12, 4)
        z = mean + torch.exp(0.5 * logvar) * torch.randn(mean.shape, generator=generator).to(DEVICE)
        z = z + LATENT_NOISE * mean.detach().std() * torch.randn(mean.shape, generator=generator).to(DEVICE)
        error = decode(vae, z) - x
        kl = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).mean()
        loss = error.abs().mean() + error.square().mean() + KL_WEIGHT * kl
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        if step % 50 == 0 or step == steps - 1:
            log(f"step {step} loss {loss.item():.4f} mse {error.square().mean().item() / 4:.5f} kl {kl.item():.3f} "
                f"latent std {mean.std().item():.3f} norm {norm.item():.2f} {(time.time() - began) / (step - start + 1):.3f} s/step")
        if step % 400 == 399 or step == steps - 1:
            found, psnr = measure(vae, held_pictures)
            log(f"step {step} held-out: retrieval {found:.3f} PSNR {psnr:.2f} dB")
        if time.time() - saved > 120 or step == steps - 1:
            save_checkpoint("vae", dict(model=vae.state_dict(), optimizer=optimizer.state_dict(),
                                        generator=generator.get_state(), step=step + 1))
            saved = time.time()


if __name__ == "__main__":
    main()
