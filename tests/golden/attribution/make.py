"""Goldens of direct logit attribution from Hugging Face transformers and PyTorch in f64, for tests/attribution.rs.

From the repository's root:

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install -r tests/golden/attribution/requirements.txt
    /tmp/golden/bin/python tests/golden/attribution/make.py

Writes attribution.json beside this script. The library carries each part through the LayerNorms and knows the integral
along the line in closed form. Here the whole row at [CLS] is computed twice, with a part and without it, every LayerNorm
dividing by what it divided by in the run, and gradients by autograd are summed up along the line.
"""

import hashlib
import json
from pathlib import Path

import numpy
import torch
import transformers
from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerFast

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
MODEL = ROOT / "data/models/crosslens-minilm-l6"
PAIRS = [
    ("blue sky", "The sky is blue at noon."),
    ("can honey spoil", "Sealed honey keeps for years: sugar binds its water, and microbes dry out."),
]
# Told position by position.
HEADS = [(2, 9), (4, 5), (5, 3)]
# Gauss and Legendre's nodes on the line from the empty row.
NODES = 64


def captured(model, batch):
    """What each part writes at [CLS], before any LayerNorm behind it, and what its LayerNorms divide by."""
    seen, deviations, hooks = {}, [], []
    config = model.config

    def before(name):
        return lambda module, args: seen.__setitem__(name, args[0][0].clone())

    def after(name):
        return lambda module, args, out: seen.__setitem__(name, out[0].clone())

    def divide(module, args):
        row = args[0][0, 0]
        deviations.append((row.var(unbiased=False) + module.eps).sqrt())

    hooks.append(model.bert.embeddings.register_forward_hook(after("embed")))
    for at, layer in enumerate(model.bert.encoder.layer):
        hooks.append(layer.attention.output.dense.register_forward_pre_hook(before(f"z.{at}")))
        hooks.append(layer.attention.self.value.register_forward_hook(after(f"v.{at}")))
        hooks.append(layer.output.dense.register_forward_hook(after(f"mlp.{at}")))
        hooks.append(layer.attention.output.LayerNorm.register_forward_pre_hook(divide))
        hooks.append(layer.output.LayerNorm.register_forward_pre_hook(divide))
        hooks.append(layer.output.register_forward_hook(after(f"post.{at}")))
    out = model(**batch, output_attentions=True)
    for hook in hooks:
        hook.remove()
    dim = config.hidden_size // config.num_attention_heads
    parts = {("embedding", None, None): seen["embed"][0]}
    positions = {}
    for at, layer in enumerate(model.bert.encoder.layer):
        dense = layer.attention.output.dense
        for head in range(config.num_attention_heads):
            own = slice(head * dim, (head + 1) * dim)
            parts["head", at, head] = dense.weight[:, own] @ seen[f"z.{at}"][0, own]
            gathered = out.attentions[at][0, head, 0, :, None] * seen[f"v.{at}"][:, own]
            positions[at, head] = gathered @ dense.weight[:, own].T
        parts["mlp", at, None] = seen[f"mlp.{at}"][0]
        parts["bias", at, None] = dense.bias
    last = seen[f"post.{config.num_hidden_layers - 1}"][0]
    return out.logits[0, 0], last, parts, positions, deviations


def row(model, parts, deviations, without=None):
    """The last row at [CLS] of these parts, where `without` is left out."""
    def written(kind, layer):
        return sum(part for name, part in parts.items() if name[:2] == (kind, layer) and name != without)

    def normalised(x, norm, deviation, layer):
        x = (x - x.mean()) / deviation * norm.weight
        return x if without == ("bias", layer, None) else x + norm.bias

    x = written("embedding", None) + torch.zeros(model.config.hidden_size, dtype=torch.float64)
    for at, layer in enumerate(model.bert.encoder.layer):
        x = x + written("head", at) + written("bias", at)
        x = normalised(x, layer.attention.output.LayerNorm, deviations[2 * at], at)
        x = normalised(x + written("mlp", at), layer.output.LayerNorm, deviations[2 * at + 1], at)
    return x


def logit(model, x):
    return model.classifier(torch.tanh(model.bert.pooler.dense(x)))[..., 0]


def mean_gradient(model, last):
    nodes, weights = numpy.polynomial.legendre.leggauss(NODES)
    sum_of = torch.zeros_like(last)
    for node, weight in zip((nodes + 1) / 2, weights / 2):
        x = (node * last).requires_grad_()
        with torch.enable_grad():
            sum_of += weight * torch.autograd.grad(logit(model, x), x)[0]
    return sum_of


def goldens(model, tokenizer, query, document):
    encoded = tokenizer(query, document)
    batch = {name: torch.tensor([encoded[name]]) for name in ("input_ids", "token_type_ids", "attention_mask")}
    score, last, parts, positions, deviations = captured(model, batch)
    assert torch.allclose(row(model, parts, deviations), last, atol=1e-9)
    gradient = mean_gradient(model, last)

    def told(part):
        return {"attribution": (gradient @ part).item(),
                "removed_effect": (logit(model, last - part) - logit(model, last)).item()}

    def carried(name):
        return last - row(model, parts, deviations, without=name)

    def at_position(head, part):
        """As a part of the head's, beside the rest of it."""
        name = ("head", *head)
        split = dict(parts) | {name: part, ("head", head[0], "rest"): parts[name] - part}
        return last - row(model, split, deviations, without=name)

    return {
        "query": query, "document": document, "logit": score.item(),
        "empty_logit": logit(model, torch.zeros_like(last)).item(),
        "parts": [{"part": name[0], "layer": name[1], "head": name[2]} | told(carried(name)) for name in parts],
        "positions": [{"layer": head[0], "head": head[1], "tokens": [told(at_position(head, part)) for part in positions[head]]}
                      for head in HEADS],
    }


def rounded(value):
    """Nine digits, of a tolerance of four."""
    if isinstance(value, dict):
        return {name: rounded(of) for name, of in value.items()}
    if isinstance(value, list):
        return [rounded(of) for of in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def main():
    torch.set_grad_enabled(False)
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(MODEL / "tokenizer.json"), pad_token="[PAD]",
                                        cls_token="[CLS]", sep_token="[SEP]", unk_token="[UNK]", mask_token="[MASK]",
                                        model_input_names=["input_ids", "token_type_ids", "attention_mask"])
    model = AutoModelForSequenceClassification.from_pretrained(MODEL, attn_implementation="eager",
                                                               dtype=torch.float64).eval()
    provenance = {"command": "python tests/golden/attribution/make.py", "torch": torch.__version__,
                  "transformers": transformers.__version__, "numpy": numpy.__version__, "dtype": "f64",
                  "folder": MODEL.relative_to(ROOT).as_posix(),
                  "checkpoint_sha256": hashlib.sha256((MODEL / "model.safetensors").read_bytes()).hexdigest(),
                  "tolerance": 1e-4, "tolerance_is": "absolute, in logits"}
    pairs = [rounded(goldens(model, tokenizer, *pair)) for pair in PAIRS]
    (HERE / "attribution.json").write_text(json.dumps({"provenance": provenance, "pairs": pairs}) + "\n")


if __name__ == "__main__":
    main()
