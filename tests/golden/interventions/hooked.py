"""A re-ranker of Hugging Face transformers in f32 that tells and changes what it computes, by PyTorch hooks."""

from dataclasses import dataclass

import torch
from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerFast

torch.set_grad_enabled(False)
# Sums do not depend on how many cores there are.
torch.set_num_threads(1)

# Sites of which every head has its own part: [token, head, head_dim]; the others are [token, hidden].
OF_HEADS = ("q", "k", "v", "z")


@dataclass
class Seen:
    """What a run had, after all changes."""

    logit: float
    segments: list  # the segment of every position
    values: dict  # (site, layer) -> value
    patterns: list  # per layer [head, token, token]

    def rows(self, segment):
        return [at for at, of in enumerate(self.segments) if of == segment]


def nothing(site, layer, value):
    return value


class Hooked:
    def __init__(self, folder):
        self.tokenizer = PreTrainedTokenizerFast(
            tokenizer_file=str(folder / "tokenizer.json"), pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]",
            unk_token="[UNK]", mask_token="[MASK]", model_input_names=["input_ids", "token_type_ids", "attention_mask"])
        self.model = AutoModelForSequenceClassification.from_pretrained(folder, attn_implementation="eager",
                                                                        dtype=torch.float32).eval()
        self.layers = self.model.bert.encoder.layer
        self.heads = self.model.config.num_attention_heads

    def pieces(self, pair):
        return self.tokenizer.convert_ids_to_tokens(self.tokenizer(*pair)["input_ids"])

    def encode(self, pair):
        """The batch of one, and the segment of every position."""
        batch = self.tokenizer(*pair, return_tensors="pt")
        ids, types = batch["input_ids"][0].tolist(), batch["token_type_ids"][0].tolist()
        first, last = [at for at, id in enumerate(ids) if id == self.tokenizer.sep_token_id]
        special = {0: "cls", first: "sep1", last: "sep2"}
        return batch, [special.get(at, "query" if types[at] == 0 else "document") for at in range(len(ids))]

    def logit(self, pair, change=nothing, kept=None):
        return self.run(pair, change, kept).logit

    def run(self, pair, change=nothing, kept=None):
        """Runs a pair. `change(site, layer, value)` gives the value to go on with at q, k, v, z, attn_out, mlp_out and
        resid_post. `kept` is layers and edges: in these layers attention goes along these edges only."""
        batch, segments = self.encode(pair)
        values, hooks, originals = {}, [], []

        def at_site(site, layer, value):
            value = value[0]
            parts = value.reshape(len(value), self.heads, -1) if site in OF_HEADS else value
            values[site, layer] = change(site, layer, parts).clone()
            return values[site, layer].reshape(value.shape)[None]

        def after(module, site, layer):
            hooks.append(module.register_forward_hook(lambda module, args, out: at_site(site, layer, out)))

        def before(module, site, layer):
            hooks.append(module.register_forward_pre_hook(lambda module, args: (at_site(site, layer, args[0]),)))

        for at, layer in enumerate(self.layers):
            after(layer.attention.self.query, "q", at)
            after(layer.attention.self.key, "k", at)
            after(layer.attention.self.value, "v", at)
            before(layer.attention.output.dense, "z", at)
            after(layer.attention.output.dense, "attn_out", at)
            after(layer.output.dense, "mlp_out", at)
            after(layer.output, "resid_post", at)
        if kept is not None:
            layers, edges = kept
            open_or_cut = [[0.0 if (a, b) in edges else float("-inf") for b in segments] for a in segments]
            bias = torch.tensor(open_or_cut)[None, None]
            for at in layers:
                attention = self.layers[at].attention.self
                originals.append((attention, attention.forward))

                def forward(hidden_states, attention_mask=None, *more, original=attention.forward, **named):
                    return original(hidden_states, bias, *more, **named)

                attention.forward = forward
        try:
            out = self.model(**batch, output_attentions=True)
        finally:
            for hook in hooks:
                hook.remove()
            for module, forward in originals:
                module.forward = forward
        return Seen(out.logits[0, 0].item(), segments, values, [pattern[0] for pattern in out.attentions])
