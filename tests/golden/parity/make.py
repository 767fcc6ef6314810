"""Goldens of the embedded model from Hugging Face transformers and PyTorch in f32, for tests/parity.rs.

From the repository's root:

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install -r tests/golden/parity/requirements.txt
    /tmp/golden/bin/python tests/golden/parity/make.py

Writes parity.safetensors (activations) and parity.json (pairs, logits, ablations, provenance) beside this script.
"""

import hashlib
import json
import platform
import sys
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerFast

HERE = Path(__file__).resolve().parent
MODEL = HERE.parents[2] / "data/models/crosslens-minilm-l6"
SEGMENTS = ["cls", "query", "sep1", "document", "sep2"]

PAIRS = [
    ("tides", "the moon"),
    ("blue sky", "Air scatters blue light."),
    ("who invented paper?", "Paper was made in China, from bark."),
    ("can honey spoil", "Sealed honey keeps for years: sugar binds its water, and microbes dry out."),
    ("how do bees find flowers", "Foragers dance in the hive, and the angle of the dance tells the others where nectar is."),
    ("boiling point at altitude",
     "On a high mountain, water boils below 100 degrees because the air presses less on its surface; pasta takes "
     "longer there."),
    ("why does bread rise when yeast is added",
     "Yeast eats sugar in the dough and gives off carbon dioxide. Gluten, a stretchy net of wheat proteins, holds the "
     "bubbles, so the loaf swells until the oven's heat sets it."),
    ("symptoms of iron deficiency in adults",
     "Tiredness, pale skin and short breath on stairs can each have many causes; a blood count shows whether too "
     "little haemoglobin is behind them. Doctors ask about diet, heavy periods and bleeding in the gut before they "
     "prescribe tablets, since too much iron harms as well."),
]
LONG = ("why do cats purr", "Purring is a low and steady sound. " * 120)


def main():
    torch.manual_seed(0)
    torch.set_grad_enabled(False)
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(MODEL / "tokenizer.json"), pad_token="[PAD]",
                                        cls_token="[CLS]", sep_token="[SEP]", unk_token="[UNK]", mask_token="[MASK]",
                                        model_input_names=["input_ids", "token_type_ids", "attention_mask"])
    model = AutoModelForSequenceClassification.from_pretrained(MODEL, attn_implementation="eager",
                                                               dtype=torch.float32).eval()
    config = model.config
    layers, heads = config.num_hidden_layers, config.num_attention_heads
    dim = config.hidden_size // heads

    def encode(query, document):
        encoded = tokenizer(query, document, truncation="only_second", max_length=config.max_position_embeddings)
        batch = {name: torch.tensor([encoded[name]]) for name in ("input_ids", "token_type_ids", "attention_mask")}
        ids, types = encoded["input_ids"], encoded["token_type_ids"]
        seps = [at for at, id in enumerate(ids) if id == tokenizer.sep_token_id]
        segments = [0 if at == 0 else 2 if at == seps[0] else 4 if at == seps[1] else 1 if types[at] == 0 else 3
                    for at in range(len(ids))]
        return batch, torch.tensor(segments)

    def split(x):
        return x[0].reshape(-1, heads, dim).transpose(0, 1)

    def run(batch, change=None, **more):
        """Logit and activations; change(layer, z) may replace the input of attention.output.dense."""
        seen, hooks = {}, []

        def keep(name, shape=lambda x: x[0]):
            def hook(module, args, out):
                seen[name] = shape(out[0] if isinstance(out, tuple) else out).clone()
            return hook

        hooks.append(model.bert.embeddings.register_forward_hook(keep("embed")))
        for at, layer in enumerate(model.bert.encoder.layer):
            attention = layer.attention
            hooks.append(attention.self.query.register_forward_hook(keep(f"q.{at}", split)))
            hooks.append(attention.self.key.register_forward_hook(keep(f"k.{at}", split)))
            hooks.append(attention.self.value.register_forward_hook(keep(f"v.{at}", split)))
            hooks.append(attention.output.dense.register_forward_hook(keep(f"attn_out.{at}")))
            hooks.append(attention.output.register_forward_hook(keep(f"resid_mid.{at}")))
            hooks.append(layer.output.dense.register_forward_hook(keep(f"mlp_out.{at}")))
            hooks.append(layer.output.register_forward_hook(keep(f"resid_post.{at}")))

            def before(module, args, at=at):
                z = args[0] if change is None else change(at, args[0])
                seen[f"z.{at}"] = split(z).clone()
                return (z,)

            hooks.append(attention.output.dense.register_forward_pre_hook(before))
        try:
            out = model(**{**batch, **more}, output_attentions=True)
        finally:
            for hook in hooks:
                hook.remove()
        for at in range(layers):
            seen[f"pattern.{at}"] = out.attentions[at][0]
            seen[f"attn_scores.{at}"] = seen[f"q.{at}"] @ seen[f"k.{at}"].transpose(1, 2) / dim ** 0.5
            seen[f"resid_pre.{at}"] = seen["embed"] if at == 0 else seen[f"resid_post.{at - 1}"]
        seen["pooled"] = model.bert.pooler(out_hidden(seen)[None])[0]
        return out.logits[0, 0].item(), seen

    def out_hidden(seen):
        return seen[f"resid_post.{layers - 1}"]

    encoded = [encode(*pair) for pair in PAIRS]
    plain = [run(batch) for batch, _ in encoded]

    def of_head(z, layer, head, layers_wanted, value):
        if layer != layers_wanted:
            return z
        z = z.clone()
        z[0, :, head * dim:(head + 1) * dim] = value
        return z

    all_segments = torch.cat([segments for _, segments in encoded])
    z_of = lambda layer: torch.cat([seen[f"z.{layer}"] for _, seen in plain], dim=1).double()
    by_segment = [torch.stack([z_of(layer)[:, all_segments == s].mean(1) for s in range(5)], 1).float()
                  for layer in range(layers)]
    overall = [z_of(layer).mean(1).float() for layer in range(layers)]

    def ablated(value):
        """value(layer, head, segments) -> what stands in for z of that head"""
        return [[[run(batch, lambda at, z: of_head(z, at, head, layer, value(layer, head, segments)))[0]
                  for head in range(heads)] for layer in range(layers)] for batch, segments in encoded]

    def cut(batch, segments, source, target, only=None):
        """The logit without the edge source -> target; in one layer only, or in all."""
        n = len(segments)
        bias = torch.zeros(1, 1, n, n)
        bias[0, 0][(segments == source)[:, None] & (segments == target)[None]] = float("-inf")
        originals = []
        for at, layer in enumerate(model.bert.encoder.layer):
            original = layer.attention.self.forward
            originals.append((layer.attention.self, original))

            def forward(hidden_states, attention_mask=None, *args, original=original, at=at, **kwargs):
                return original(hidden_states, bias if only is None or at in only else None, *args, **kwargs)

            layer.attention.self.forward = forward
        try:
            return run(batch)[0]
        finally:
            for module, original in originals:
                module.forward = original

    long_batch, long_segments = encode(*LONG)
    tensors = {}
    for n, (_, seen) in enumerate(plain):
        for name, value in seen.items():
            site = name.split(".")[0]
            if n < 2 or site in ("pattern", "z", "resid_pre", "pooled") or name == f"resid_post.{layers - 1}":
                tensors[f"{n}.{name}"] = value.clone().contiguous()
    save_file(tensors, HERE / "parity.safetensors")
    golden = {
        "provenance": {
            "command": "python tests/golden/parity/make.py",
            "checkpoint_sha256": hashlib.sha256((MODEL / "model.safetensors").read_bytes()).hexdigest(),
            "python": platform.python_version(), "torch": torch.__version__, "transformers": transformers.__version__,
            "dtype": "f32", "tolerance": 1e-4,
        },
        "pairs": [{"query": q, "document": d} for q, d in PAIRS],
        "ids": [batch["input_ids"][0].tolist() for batch, _ in encoded],
        "type_ids": [batch["token_type_ids"][0].tolist() for batch, _ in encoded],
        "segments": [[SEGMENTS[s] for s in segments] for _, segments in encoded],
        "logits": [logit for logit, _ in plain],
        "zero": ablated(lambda layer, head, segments: 0.0),
        "mean_by_segment": ablated(lambda layer, head, segments: by_segment[layer][head][segments]),
        "mean_overall": ablated(lambda layer, head, segments: overall[layer][head]),
        "cut_query_to_document": [cut(b, s, 1, 3) for b, s in encoded],
        "cut_document_to_query": [cut(b, s, 3, 1) for b, s in encoded],
        "cut_query_to_document_layers_2_3": [cut(b, s, 1, 3, only=(2, 3)) for b, s in encoded],
        "long": {"query": LONG[0], "document": LONG[1], "tokens": len(long_segments), "logit": run(long_batch)[0]},
    }
    assert all(abs(cut(b, s, 7, 7) - logit) < 1e-6 for (b, s), (logit, _) in zip(encoded, plain)), "the hook is not neutral"
    assert all(abs(a - b) > 1e-6 for a, b in zip(golden["cut_query_to_document"], golden["logits"])), "the cut does nothing"
    (HERE / "parity.json").write_text(json.dumps(golden, indent=1) + "\n")
    print("wrote", len(tensors), "tensors; logits", [round(x, 4) for x in golden["logits"]], file=sys.stderr)


main()
