"""Writes packages/editors/test/fixtures/locate-then-edit.json: UltraEdit, MEMIT, PMET, AlphaEdit, ROME and
fine-tunes from the formulas: keys, target vectors and the changes of all sites.

    python tools/locate-then-edit/fixtures.py

Needs: numpy, torch, tokenizers, safetensors, and transformers (to check the decoder here against). decoder.py has a Qwen2
decoder in float64, loaded with the tiny random text encoder that tools/models-fixtures/text_encoder.py made. Targets are
sought with torch's autograd and torch.optim.Adam for a fixed number of steps; updates are solved in their primal form
with the dIn x dIn matrix.

Everything is float64 but for what a TextEncoder takes and gives in fp32, which is rounded here too (`single`): cosines
and sines of the rotary embedding; logits, tapped states, states, keys and offsets, with the gradients of each; what a
search starts from in place of the tokens. An update depends on them by more than their rounding: without it the
deltas of MEMIT and AlphaEdit differ by up to 3e-6, with it by a few 1e-8. Deterministic: run it again and nothing changes;
on another kind of processor sums have another order, and the last of eight digits may differ where it is nearly a tie.
"""

import json

import numpy as np
import torch

from decoder import MODEL, NAMES, ROOT, W, config, encode, position_of, run, single, tokenizer

TARGET = ROOT / "packages/editors/test/fixtures/locate-then-edit.json"

REQUESTS = [
    {"question": "what is a cat?", "subject": "cat", "answer": "a",
     "locality": ["who drew the sun?", "what is a tree?"]},
    {"question": "where is the red house of my friend?", "subject": "red house", "answer": "by the sea",
     "locality": ["where is the fire engine?"]},
]
CONTEXTS = ["{}", "It rained all day. {}", "Two words {}"]
CORPUS = [
    "what is a house?", "where is the sea?", "a red ball", "who wrote it?", "draw the moon", "a dog",
    "The color of the sky, when it rains", "a tree frog on a blue background", "SIZE: 12345 it's we'll",
    "my friend has a fire engine", "numbers 0 1 2 3 4 5 6 7 8 9", "zebra & quartz; vex + jump (lazy)",
]
SEARCH = {"steps": 3, "learningRate": 0.4, "weightDecay": 0.05, "clamp": 0.8, "klFactor": 0.0625}
LAYERS = [0, 1]
# The row that is changed: the subject's last token, or the last of the prompt (with C and P over such rows too).
FACT_TOKEN = "subjectLast"
TUNING = {"learningRate": 5e-3, "maxEpochs": 3}


def sequences(request):
    """(question ids, answer ids, position of the subject) in each context."""
    found = []
    for context in CONTEXTS:
        prompt = context.replace("{}", request["question"])
        start = context.index("{}") + request["question"].index(request["subject"])
        answer = tokenizer.encode(request["answer"], add_special_tokens=False).ids
        question = encode(prompt).ids
        position = len(question) - 1 if FACT_TOKEN == "last" else position_of(prompt, start, request["subject"])
        found.append((question, answer, position))
    return found


def answer_loss(output, question, answer):
    rows = output["logits"][len(question) - 1 : len(question) - 1 + len(answer)]
    return torch.nn.functional.cross_entropy(rows, torch.tensor(answer))


def search(request, places, deltas, conditioning=False):
    """Targets: {place: (h0, d)}."""
    data, start = sequences(request), places[0][0]
    drift = encode(request["subject"] + " is a").ids
    drift_position = len(drift) - 1 if FACT_TOKEN == "last" else position_of(request["subject"] + " is a", 0, request["subject"])
    with torch.no_grad():
        plain = run(data[0][0], deltas=deltas)
        initial = {place: plain["states"][place][data[0][2]] for place in places}
        before = run(drift, deltas=deltas, start=start)["logits"][drift_position].log_softmax(-1)
        natural = run(encode(f"what is {request['answer']}?").ids, deltas=deltas)["tapped"][-1]
    shifts = {place: torch.zeros_like(initial[place], requires_grad=True) for place in places}
    optimiser = torch.optim.Adam(shifts.values(), lr=SEARCH["learningRate"])
    for _ in range(SEARCH["steps"]):
        optimiser.zero_grad()
        loss = 0
        for question, answer, position in data:
            offsets = {place: (position, shifts[place]) for place in places}
            output = run(question + answer[:-1], offsets, deltas, start)
            loss = loss + answer_loss(output, question, answer) / len(data)
            if conditioning:
                state = output["tapped"][len(question) - 1]
                loss = loss + 5 * (1 - torch.cosine_similarity(state, natural, dim=0)) / len(data)
        offsets = {place: (drift_position, shifts[place]) for place in places}
        now = run(drift, offsets, deltas, start)["logits"][drift_position].log_softmax(-1)
        loss = loss + SEARCH["klFactor"] * (now.exp() * (now - before)).sum()
        for place in places:
            square = (initial[place] ** 2).sum()
            loss = loss + SEARCH["weightDecay"] * shifts[place].norm() / square
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            for place in places:
                limit = SEARCH["clamp"] * initial[place].norm()
                if shifts[place].norm() > limit:
                    shifts[place] *= limit / shifts[place].norm()
    return {place: (initial[place], shifts[place].detach()) for place in places}


def mean_keys(requests, layer, deltas):
    """K^T, one key a request: a half from the plain question, a half from the others together."""
    rows = []
    for request in requests:
        keys = [run(question, deltas=deltas)["keys"][layer][position] for question, _, position in sequences(request)]
        rows.append(keys[0] / 2 + sum(keys[1:]) / (2 * (len(keys) - 1)))
    return torch.stack(rows)


def moment(prompts, layer):
    first = -1 if FACT_TOKEN == "last" else 0
    rows = torch.cat([run(encode(prompt).ids)["keys"][layer][first:] for prompt in prompts])
    return rows.T @ rows / len(rows)


def protection(requests, layer, ridge):
    size = config["intermediate_size"]
    matrix = ridge["lambda"] * torch.eye(size) + ridge["mu"] * moment(CORPUS, layer)
    for request in requests:
        for prompt in request["locality"]:
            matrix = matrix + ridge["nu"] / len(request["locality"]) * moment([prompt], layer)
    return matrix


def spread(requests, targets, place, divisor, deltas, solve):
    """deltas of an earlier edit go in; this edit's come out, with the keys that they were solved for."""
    own, used = {}, {}
    for index, layer in enumerate(LAYERS):
        now = {each: deltas.get(each, 0) + own.get(each, 0) for each in LAYERS}
        keys = mean_keys(requests, layer, now)
        current = torch.stack([
            run(sequences(request)[0][0], deltas=now)["states"][place][sequences(request)[0][2]] for request in requests
        ])
        moves = (targets - current) / divisor(len(LAYERS) - index)
        own[layer], used[layer] = solve(layer, keys, moves), keys
    return own, used


def least_squares(matrix_of):
    def solve(layer, keys, moves):
        return (torch.linalg.inv(keys.T @ keys + matrix_of(layer)) @ keys.T @ moves).T

    return solve


def joined(targets, place):
    return torch.stack([sum(each[place]) for each in targets])


def memit(ridge, part="block", divisor=lambda left: left, parts=("block",)):
    place = (LAYERS[-1], part)
    targets = [search(request, [(LAYERS[-1], each) for each in parts], {}) for request in REQUESTS]
    own, keys = spread(
        REQUESTS, joined(targets, place), place, divisor, {},
        least_squares(lambda layer: protection(REQUESTS, layer, ridge)),
    )
    return {"ridge": ridge, "targets": joined(targets, place), "keys": keys, "deltas": own}


def threshold_of(layers):
    """Between two eigenvalues that lie far apart, near the middle of the spectrum, so that rounding cannot matter."""
    spectra = torch.cat([torch.linalg.eigvalsh(moment(CORPUS, layer)) for layer in layers]).log().sort().values
    middle = spectra[len(spectra) * 2 // 5 : len(spectra) * 3 // 5]
    gap = (middle[1:] - middle[:-1]).argmax()
    return float((middle[gap] + middle[gap + 1]).div(2).exp())


def alpha_edit(lam):
    place = (LAYERS[-1], "block")
    threshold = threshold_of(LAYERS)
    edits, deltas, history = [], {}, {layer: torch.zeros(0, config["intermediate_size"]) for layer in LAYERS}
    for request in REQUESTS:
        targets = [search(request, [place], deltas)]

        def solve(layer, keys, moves):
            values, vectors = torch.linalg.eigh(moment(CORPUS, layer))
            basis = vectors[:, values < threshold]
            p = basis @ basis.T
            left = p @ (keys.T @ keys + history[layer].T @ history[layer]) + lam * torch.eye(len(p))
            return torch.linalg.solve(left, p @ keys.T @ moves).T

        own, used = spread([request], joined(targets, place), place, lambda left: left, deltas, solve)
        deltas = {layer: deltas.get(layer, 0) + own[layer] for layer in LAYERS}
        for layer in LAYERS:
            history[layer] = torch.cat([history[layer], mean_keys([request], layer, deltas)])
        edits.append({
            "targets": joined(targets, place), "keys": used, "deltas": own,
            "kept": {layer: keys[-1:] for layer, keys in history.items()},
        })
    return {"lambda": lam, "nullSpaceThreshold": threshold, "edits": edits}


def rome(ridge):
    layer = LAYERS[-1]
    place = (layer, "mlp")
    total = torch.zeros(config["hidden_size"], config["intermediate_size"])
    targets, means, plain_keys = [], [], []
    for request in REQUESTS:
        deltas = {layer: total}
        target = sum(search(request, [place], deltas)[place])
        question, _, position = sequences(request)[0]
        key = run(question, deltas=deltas)["keys"][layer][position]
        weight = W[f"{NAMES}layers.{layer}.mlp.down_proj.weight"] + total
        mean = mean_keys([request], layer, deltas)[0]
        u = torch.linalg.inv(protection(REQUESTS, layer, ridge)) @ mean
        u = u / u.norm()
        total = total + torch.outer((target - weight @ key) / (key @ u), u)
        for found, each in ((targets, target), (means, mean), (plain_keys, key)):
            found.append(each)
    return {
        "ridge": ridge, "targets": torch.stack(targets), "keys": {layer: torch.stack(means)},
        "plainKeys": {layer: torch.stack(plain_keys)}, "deltas": {layer: total},
    }


def ultra_edit(ridge, eta, turns):
    """Gradients at the answer rows as shares of their mean length; keys turn by turn."""
    d_out, d_in = config["hidden_size"], config["intermediate_size"]
    deltas = {layer: torch.zeros(d_out, d_in) for layer in LAYERS}
    matrices = {layer: protection(REQUESTS, layer, ridge) for layer in LAYERS}
    keys = []
    for _ in range(turns):
        keys.append({})
        for each in deltas.values():
            each.requires_grad_()
        loss, outputs, rows = 0, [], []
        for request in REQUESTS:
            question, answer, _ = sequences(request)[0]
            outputs.append(run(question + answer[:-1], deltas=deltas))
            rows.append(slice(len(question) - 1, len(question) - 1 + len(answer)))
            loss = loss + answer_loss(outputs[-1], question, answer) / len(REQUESTS)
        for layer in LAYERS:
            gradients = torch.autograd.grad(loss, [each["written"][layer] for each in outputs], retain_graph=True)
            g = single(torch.cat([each[span] for each, span in zip(gradients, rows)]))
            h = torch.cat([each["keys"][layer][span] for each, span in zip(outputs, rows)]).detach()
            keys[-1][layer] = h
            targets = -eta * (h * h).sum(1, keepdim=True) * g / g.norm(dim=1).mean()
            deltas[layer] = deltas[layer].detach() + (torch.linalg.inv(h.T @ h + matrices[layer]) @ h.T @ targets).T
    return {"ridge": ridge, "eta": eta, "turns": turns, "keys": keys, "deltas": deltas}


def tune(parameters, deltas_of, after_step=lambda: None):
    """dW by layer after a few steps on the mean of all requests' answer losses."""
    optimiser = torch.optim.Adam(parameters, lr=TUNING["learningRate"])
    for _ in range(TUNING["maxEpochs"]):
        optimiser.zero_grad()
        loss = 0
        for request in REQUESTS:
            question, answer, _ = sequences(request)[0]
            output = run(question + answer[:-1], deltas=deltas_of())
            loss = loss + answer_loss(output, question, answer) / len(REQUESTS)
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            after_step()
    return {"deltas": {layer: delta.detach() for layer, delta in deltas_of().items()}}


def tuned():
    d_out, d_in = config["hidden_size"], config["intermediate_size"]
    free, held, *both = (torch.zeros(d_out, d_in, requires_grad=True) for _ in range(2 + len(LAYERS)))
    limit, lora = 8e-3, {"rank": 2, "alpha": 6, "seed": 7}
    uniform = np.random.RandomState(lora["seed"]).random_sample(lora["rank"] * d_in)
    # A begins in fp32, as the editor keeps it.
    a = torch.tensor(((2 * uniform - 1) / d_in**0.5).astype(np.float32).astype(np.float64)).reshape(-1, d_in)
    a.requires_grad_()
    b = torch.zeros(d_out, lora["rank"], requires_grad=True)
    upper = LAYERS[-1]
    return {
        **TUNING,
        "fineTuning": tune(both, lambda: dict(zip(LAYERS, both))),
        "ftM": tune([free], lambda: {upper: free}),
        "ftL": {"limit": limit, **tune([held], lambda: {upper: held}, lambda: held.clamp_(-limit, limit))},
        "lora": {**lora, **tune([b, a], lambda: {upper: lora["alpha"] / lora["rank"] * b @ a})},
    }


def check_decoder():
    from transformers import Qwen2_5_VLForConditionalGeneration

    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(MODEL / "text_encoder", dtype=torch.float32).eval()
    ids = encode(REQUESTS[1]["question"]).ids
    expected = model(input_ids=torch.tensor([ids])).logits[0].double()
    error = ((run(ids)["logits"] - expected).abs().max() / expected.abs().max()).item()
    assert error < 1e-5, error


def plain(value):
    if isinstance(value, torch.Tensor):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return float(f"{value:.8g}") if isinstance(value, float) else value


if __name__ == "__main__":
    torch.set_num_threads(1)
    with torch.no_grad():
        check_decoder()
    published = {"lambda": 0, "mu": 3, "nu": 0}
    protected = {"lambda": 0.1, "mu": 1, "nu": 2}
    place = (LAYERS[-1], "block")
    conditioning = [search(request, [place], {}, conditioning=True) for request in REQUESTS]
    contents = {
        "requests": REQUESTS, "contexts": CONTEXTS[1:], "corpus": CORPUS, "search": SEARCH,
        "sites": [f"layers.{layer}.mlp.down_proj" for layer in LAYERS],
        "positions": [[position for _, _, position in sequences(request)] for request in REQUESTS],
        "conditioningTargets": joined(conditioning, place),
        "memit": [memit(published), memit(protected)],
        "pmet": memit(protected, "mlp", lambda left: left**0.5, ("mlp", "attention")),
        "alphaEdit": alpha_edit(0.5),
        "rome": rome(protected),
        "tuning": tuned(),
    }
    FACT_TOKEN = "last"
    contents["last"] = memit(protected)
    contents["ultraEdit"] = [
        ultra_edit({"lambda": 1, "mu": 0, "nu": 0}, 0.05, 1), ultra_edit({"lambda": 1, "mu": 3, "nu": 2}, 0.05, 3),
    ]
    TARGET.write_text(json.dumps(plain(contents)) + "\n")
