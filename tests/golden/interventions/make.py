"""Goldens of interventions on the embedded model, by PyTorch hooks on Hugging Face transformers in f32, for
tests/interventions.rs.

From the repository's root:

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install -r tests/golden/interventions/requirements.txt
    /tmp/golden/bin/python tests/golden/interventions/make.py

Writes interventions.json beside this script.
"""

import hashlib
import json
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerFast

HERE = Path(__file__).resolve().parent
MODEL = HERE.parents[2] / "data/models/crosslens-minilm-l6"
SEGMENTS = ["cls", "query", "sep1", "document", "sep2"]
HEADS = [(2, 9), (3, 4), (5, 0)]
KEPT = [("query", "document"), ("document", "query"), ("cls", "query"), ("cls", "document"), ("sep1", "sep1"),
        ("sep2", "sep2")]
# Clean and corrupted pairs with as many tokens, and one with fewer and the positions to patch: (clean, corrupted).
PAIRS = [
    (("blue sky", "The sky is blue at noon."), ("blue sky", "The sea is calm at noon."), None),
    (("can honey spoil", "Sealed honey keeps for years."), ("can honey spoil", "Sealed paper keeps for years."), None),
    (("who invented paper", "Paper was made in China."), ("who invented paper", "In China, tea was drunk."),
     [(1, 1), (2, 2), (3, 3), (5, 9)]),
]

torch.set_grad_enabled(False)
tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(MODEL / "tokenizer.json"), pad_token="[PAD]", cls_token="[CLS]",
                                    sep_token="[SEP]", unk_token="[UNK]", mask_token="[MASK]",
                                    model_input_names=["input_ids", "token_type_ids", "attention_mask"])
model = AutoModelForSequenceClassification.from_pretrained(MODEL, attn_implementation="eager",
                                                           dtype=torch.float32).eval()
LAYERS = model.bert.encoder.layer
DIM = model.config.hidden_size // model.config.num_attention_heads


def encode(pair):
    encoded = tokenizer(*pair, return_tensors="pt")
    ids, types = encoded["input_ids"][0].tolist(), encoded["token_type_ids"][0].tolist()
    first, last = [at for at, id in enumerate(ids) if id == tokenizer.sep_token_id]
    names = ["cls" if at == 0 else "sep1" if at == first else "sep2" if at == last else
             "query" if types[at] == 0 else "document" for at in range(len(ids))]
    return encoded, names


def score(pair, change=lambda site, layer, value: value, kept=None):
    """The logit; `change` gets z (before), attn_out, mlp_out and resid_post as [token, size], and may replace them."""
    encoded, names = encode(pair)
    hooks, originals = [], []

    def after(module, site, layer):
        def hook(module, args, out):
            return change(site, layer, out[0])[None]
        hooks.append(module.register_forward_hook(hook))

    for at, layer in enumerate(LAYERS):
        out = layer.attention.output.dense
        hooks.append(out.register_forward_pre_hook(lambda m, args, at=at: (change("z", at, args[0][0])[None],)))
        after(out, "attn_out", at)
        after(layer.output.dense, "mlp_out", at)
        after(layer.output, "resid_post", at)
    if kept is not None:
        layers, edges = kept
        bias = torch.tensor([[0.0 if (a, b) in edges else float("-inf") for b in names] for a in names])[None, None]
        for at in layers:
            attention = LAYERS[at].attention.self
            originals.append((attention, attention.forward))

            def forward(hidden_states, attention_mask=None, *more, original=attention.forward, **named):
                return original(hidden_states, bias, *more, **named)

            attention.forward = forward
    try:
        return model(**encoded).logits[0, 0].item()
    finally:
        for hook in hooks:
            hook.remove()
        for module, forward in originals:
            module.forward = forward


def record(pair):
    seen = {}

    def keep(site, layer, value):
        seen[site, layer] = value.clone()
        return value

    return score(pair, keep), seen


def scaled(factor):
    def change(site, layer, value):
        value = value.clone()
        for _, head in [h for h in HEADS if site == "z" and h[0] == layer]:
            value[:, head * DIM:(head + 1) * DIM] *= factor
        return value
    return change


def without(of, layers):
    return lambda site, layer, value: torch.zeros_like(value) if site == of and layer in layers else value


def patched(seen, positions, heads=None, residual=None):
    def change(site, layer, value):
        value = value.clone()
        places = positions or [(at, at) for at in range(len(value))]
        for _, head in [h for h in heads or [] if site == "z" and h[0] == layer]:
            for source, here in places:
                part = slice(head * DIM, (head + 1) * DIM)
                value[here, part] = seen["z", layer][source, part]
        if site == "resid_post" and layer == residual:
            for source, here in places:
                value[here] = seen["resid_post", layer][source]
        return value
    return change


cases = []
for clean, corrupted, positions in PAIRS:
    clean_logit, seen = record(clean)
    if positions is None:
        assert len(encode(clean)[1]) == len(encode(corrupted)[1]), (clean, corrupted)
    cases.append({
        "clean": clean, "corrupted": corrupted, "positions": positions,
        "clean_logit": clean_logit, "corrupted_logit": score(corrupted),
        "halved": score(corrupted, scaled(0.5)), "tripled": score(corrupted, scaled(3.0)),
        "without_attention_2_3": score(corrupted, without("attn_out", (2, 3))),
        "without_mlp_1": score(corrupted, without("mlp_out", (1,))),
        "isolated_layers_3_4": score(corrupted, kept=((3, 4), KEPT)),
        "patched_heads": score(corrupted, patched(seen, positions, heads=HEADS)),
        "patched_residual_2": score(corrupted, patched(seen, positions, residual=2)),
    })
golden = {
    "provenance": {
        "command": "python tests/golden/interventions/make.py",
        "checkpoint_sha256": hashlib.sha256((MODEL / "model.safetensors").read_bytes()).hexdigest(),
        "torch": torch.__version__, "transformers": transformers.__version__, "dtype": "f32", "tolerance": 1e-4,
    },
    "heads": HEADS, "kept": KEPT, "cases": cases,
}
(HERE / "interventions.json").write_text(json.dumps(golden, indent=1) + "\n")
