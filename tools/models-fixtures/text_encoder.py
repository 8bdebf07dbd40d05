"""Makes a tiny random Qwen2.5-VL text encoder with its tokenizer, and what transformers and diffusers compute with them.

    python tools/models-fixtures/text_encoder.py

writes packages/models/test/fixtures/tiny-qwen-image/{text_encoder,tokenizer} with save_pretrained and the expected
values beside them in packages/models/test/fixtures/expected/. Everything is seeded and computed in fp32 on the CPU.
Needs torch, transformers 5.24, diffusers 0.42.1, tokenizers, safetensors.

Norm weights and biases are random: ones and zeros hide bugs. The tokenizer is a byte-level BPE in which the pipeline's
prefix is exactly 34 tokens, as QwenImagePipeline counts on, with added tokens of several words that match whole words
only and swallow the space before them.
"""

import json
from pathlib import Path

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, QwenImagePipeline
from safetensors.torch import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2Tokenizer
from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

FIXTURES = Path(__file__).resolve().parents[2] / "packages/models/test/fixtures"
MODEL = FIXTURES / "tiny-qwen-image"
EXPECTED = FIXTURES / "expected"

PREFIX = (
    "<|im_start|>system\nDescribe the image by detailing the color, shape, size, texture, quantity, text, "
    "spatial relationships of the objects and background:<|im_end|>\n<|im_start|>user\n"
)
SUFFIX = "<|im_end|>\n<|im_start|>assistant\n"
CHATML = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
NAMES = ["tree frog", "frog", "fire engine", "e\u0301clair"]

PROMPTS = ["What is the color of the sea?", "a tree frog on a blue background"]
ANSWERS = ["deep blue", "frog"]

TEXTS = [
    "a tree frog and a frog",
    "treefrog, bullfrog frogs frog",
    "tree  frog.  frog",
    "frog",
    " frog",
    "a fire engine\n\nfire engine",
    "fire enginetree frog frog",
    "The color, shape; SIZE: 12345 it's we'll",
    "\nstarts with a newline",
    "ends with spaces   ",
    "tabs\tand\r\nlines\n\n\n",
    "caf\u00e9 na\u00efve \u00fcber \u4f60\u597d \u3053\u3093\u306b\u3061\u306f",
    "e\u0301clair e\u0301tude cafe\u0301",
    "an \u00e9clair",
    "\U0001f98a fox \U0001f469\u200d\U0001f469\u200d\U0001f467 family \U0001f1eb\U0001f1f7",
    "<|im_end|>inside<|im_start|> <|endoftext|>",
    "<|im_end|>\u0338combining",
    "x\u00b2 + \u0663 \u2167 \u00bd",
    "_frog frog_ frog2 \u00e9frog frog\u0301",
    "",
]

SITES = ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj", "self_attn.q_proj", "self_attn.v_proj", "self_attn.o_proj"]


def make_tokenizer() -> Qwen2Tokenizer:
    """Byte-level BPE trained so that every word of the template is one token."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    bpe.decoder = decoders.ByteLevel()
    words = PREFIX + SUFFIX
    for token in CHATML:
        words = words.replace(token, "\n")
    corpus = [words] * 50 + [text for text in PROMPTS + TEXTS] * 2
    trainer = trainers.BpeTrainer(
        vocab_size=520, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    bpe.train_from_iterator(corpus, trainer)
    model = json.loads(bpe.to_str())["model"]
    tokenizer = Qwen2Tokenizer(
        vocab=model["vocab"], merges=[tuple(merge) for merge in model["merges"]], eos_token="<|im_end|>"
    )
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    tokenizer.add_tokens([AddedToken(name, single_word=True, lstrip=True, normalized=True) for name in NAMES])
    tokenizer.add_tokens([AddedToken("<v0>", normalized=False, rstrip=True)])
    assert len(tokenizer(PREFIX).input_ids) == 34, len(tokenizer(PREFIX).input_ids)
    assert len(tokenizer(SUFFIX).input_ids) == 5
    return tokenizer


def make_text_encoder(tokenizer: Qwen2Tokenizer, generator: torch.Generator) -> Qwen2_5_VLForConditionalGeneration:
    config = Qwen2_5_VLConfig(
        text_config=dict(
            vocab_size=-(-len(tokenizer) // 8) * 8, hidden_size=32, intermediate_size=48, num_hidden_layers=3,
            num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=2048, rms_norm_eps=1e-6,
            rope_parameters={"rope_theta": 1e6, "rope_type": "default", "mrope_section": [1, 1, 2]},
            bos_token_id=None, eos_token_id=tokenizer.convert_tokens_to_ids("<|im_end|>"), pad_token_id=None,
        ),
        vision_config=dict(
            depth=1, hidden_size=16, intermediate_size=16, num_heads=2, out_hidden_size=32, patch_size=14,
            fullatt_block_indexes=[0],
        ),
        tie_word_embeddings=False,
    )
    config._attn_implementation = "eager"
    model = Qwen2_5_VLForConditionalGeneration(config).eval()
    randomise(model, generator)
    return model


def randomise(module: torch.nn.Module, generator: torch.Generator) -> None:
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if name.endswith("bias"):
                parameter.copy_(0.3 * noise)
            elif "norm" in name and parameter.ndim == 1:
                parameter.copy_(1 + 0.4 * noise)
            elif "embed" in name:
                parameter.copy_(noise)
            else:
                parameter.copy_(1.5 * noise / parameter[0].numel() ** 0.5)


def utf16_offsets(text: str, offsets: list[tuple[int, int]]) -> list[list[int]]:
    """Code points to UTF-16 units."""
    units = [0]
    for character in text:
        units.append(units[-1] + (2 if ord(character) > 0xFFFF else 1))
    return [[units[start], units[end]] for start, end in offsets]


def tokenizer_fixture(tokenizer: Qwen2Tokenizer) -> None:
    cases = []
    for text in [*TEXTS, *[PREFIX + prompt + SUFFIX for prompt in PROMPTS + TEXTS[8:10]]]:
        encoding = tokenizer._tokenizer.encode(text, add_special_tokens=False)
        cases.append(
            {"text": text, "ids": encoding.ids, "offsets": utf16_offsets(text, encoding.offsets),
             "decoded": tokenizer.decode(encoding.ids, clean_up_tokenization_spaces=False)}
        )
    (EXPECTED / "tokenizer.json").write_text(json.dumps(cases, indent=1) + "\n")


def text_encoder_fixture(model, tokenizer) -> None:
    """A right-padded batch of two questions with their answers: states, logits, loss and gradients."""
    questions = [tokenizer(PREFIX + prompt + SUFFIX).input_ids for prompt in PROMPTS]
    answers = [tokenizer(answer).input_ids for answer in ANSWERS]
    sequences = [question + answer[:-1] for question, answer in zip(questions, answers)]
    longest = max(map(len, sequences))
    ids = torch.zeros(2, longest, dtype=torch.long)
    mask = torch.zeros(2, longest, dtype=torch.long)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.tensor(sequence)
        mask[row, : len(sequence)] = 1
    rows = [(i, len(q) - 1 + k) for i, (q, a) in enumerate(zip(questions, answers)) for k in range(len(a))]
    labels = torch.tensor([token for answer in answers for token in answer])

    found = {}

    def record(name):
        def hook(_module, args, out):
            out.retain_grad()
            found[name] = (args[0], out)

        return hook

    layers = model.model.language_model.layers
    hooks = [
        layer.get_submodule(site).register_forward_hook(record(f"layers.{index}.{site}"))
        for index, layer in enumerate(layers)
        for site in SITES
    ]
    out = model(input_ids=ids, attention_mask=mask, output_hidden_states=True, use_cache=False)
    for hook in hooks:
        hook.remove()
    at = tuple(torch.tensor(rows).T)
    logits = out.logits[at]
    logits.retain_grad()
    # The loss has a part on the tapped states too, so that both cotangents are tried.
    hidden = out.hidden_states[-1][at]
    hidden.retain_grad()
    direction = torch.linspace(-1, 1, hidden.numel()).reshape(hidden.shape)
    loss = torch.nn.functional.cross_entropy(logits, labels)
    (loss + 0.1 * (hidden * direction).mean()).backward()
    tensors = {
        "ids": ids.int(), "mask": mask.bool(), "rows": torch.tensor(rows).int(), "labels": labels.int(),
        "loss": loss.detach().reshape(1), "logits": logits.detach(), "tapped": hidden.detach(),
        "cotangent.logits": logits.grad, "cotangent.tapped": 0.1 * direction / hidden.numel(),
    }
    for index, states in enumerate(out.hidden_states):
        tensors[f"hidden.{index}"] = states.detach()
    for site, (site_input, site_output) in found.items():
        tensors[f"{site}.input"] = site_input.detach()[at]
        tensors[f"{site}.outputGradient"] = site_output.grad[at]
    for index, layer in enumerate(layers):
        for site in SITES[:3]:
            tensors[f"layers.{index}.{site}.weightGradient"] = layer.get_submodule(site).weight.grad
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, EXPECTED / "text-encoder.safetensors")
    generations = []
    for prompt in [*PROMPTS, "the shape"]:
        question = torch.tensor([tokenizer(PREFIX + prompt + SUFFIX).input_ids])
        with torch.no_grad():
            produced = model.generate(
                input_ids=question, attention_mask=torch.ones_like(question), do_sample=False, max_new_tokens=12,
                eos_token_id=tokenizer.convert_tokens_to_ids(["<|im_end|>", "<|endoftext|>"]), pad_token_id=0,
            )[0, question.shape[1]:].tolist()
        generations.append({"prompt": prompt, "ids": produced, "text": tokenizer.decode(produced)})
    lengths = [[len(question), len(sequence)] for question, sequence in zip(questions, sequences)]
    (EXPECTED / "text-encoder.json").write_text(
        json.dumps(
            {"prompts": PROMPTS, "answers": ANSWERS, "sequences": sequences, "lengths": lengths,
             "generations": generations}, indent=1,
        ) + "\n"
    )


def conditioning_fixture(model, tokenizer) -> None:
    """What QwenImagePipeline hands to its transformer."""
    pipeline = QwenImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), vae=None, transformer=None, text_encoder=model, tokenizer=tokenizer
    )
    tensors = {}
    with torch.no_grad():
        for name, prompts in {"pair": PROMPTS, "single": PROMPTS[:1], "newline": ["\nfrog", " "]}.items():
            states, mask = pipeline.encode_prompt(prompts, device="cpu", max_sequence_length=512)
            tensors[f"{name}.states"] = states.contiguous()
            if mask is not None:
                tensors[f"{name}.mask"] = mask.bool().contiguous()
    save_file(tensors, EXPECTED / "conditioning.safetensors")


def main() -> None:
    EXPECTED.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(20240118)
    tokenizer = make_tokenizer()
    model = make_text_encoder(tokenizer, generator)
    tokenizer.save_pretrained(MODEL / "tokenizer")
    model.save_pretrained(MODEL / "text_encoder")
    tokenizer_fixture(tokenizer)
    text_encoder_fixture(model, tokenizer)
    conditioning_fixture(model, tokenizer)


if __name__ == "__main__":
    main()
