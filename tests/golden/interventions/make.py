"""Goldens of interventions on two models, by PyTorch hooks on Hugging Face transformers in f32, for
tests/interventions.rs.

From the repository's root:

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install -r tests/golden/interventions/requirements.txt
    /tmp/golden/bin/python tests/golden/interventions/make.py

Writes tiny/ (make_tiny.py) and interventions.json beside this script. Each case holds the logit of the corrupted pair
under every kind of change, which `kinds` names; changes.py says what they mean.
"""

import hashlib
import json
from pathlib import Path

import torch
import transformers

import make_tiny
from changes import (at_heads, at_layers, mean, means, of_run, patched, patched_edge, resampled, scaled, sent, zero)
from hooked import Hooked

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
EMBEDDED = ROOT / "data/models/crosslens-minilm-l6"
TINY = HERE / "tiny"
KEPT = [("query", "document"), ("document", "query"), ("cls", "query"), ("cls", "document"), ("sep1", "sep1"),
        ("sep2", "sep2")]
# Together, senders and receivers are the heads of all other kinds.
MODELS = [
    {"folder": EMBEDDED, "senders": [(2, 9), (3, 4)], "receivers": [(4, 2), (5, 0)],
     "layers": {"attention": [2, 3], "mlp": [1], "isolated": [3, 4], "residual": 2, "edge": 3}},
    {"folder": TINY, "senders": [(0, 2)], "receivers": [(1, 1), (2, 3)],
     "layers": {"attention": [1], "mlp": [0, 2], "isolated": [0, 1], "residual": 1, "edge": 1}},
]
# Clean and corrupted pairs, the positions to patch, (in clean, in corrupted), and a donor. Two of the pairs have as
# many tokens and each position goes to itself; the others have a few positions without [CLS], and all that an
# insertion before a word of many pieces leaves. Donors are longer in the query or in the document, and shorter.
PAIRS = [
    (("blue sky", "The sky is blue at noon."), ("blue sky", "The sea is calm at noon."), None,
     ("tea", "In China, tea was drunk at noon, and honey was made.")),
    (("can honey spoil", "Sealed honey keeps for years."), ("can honey spoil", "Sealed paper keeps for years."), None,
     ("how can honey keep", "Calm sky.")),
    (("who invented paper", "Paper was made in China."), ("who invented paper", "In China, tea was drunk."),
     [(1, 1), (2, 2), (3, 3), (5, 9)],
     ("for how many years can honey keep", "Honey keeps for years at sea.")),
    (("what carries oxygen", "Haemoglobin binds oxygen in blood."),
     ("what carries oxygen", "In short, haemoglobin binds iron in blood."),
     [(at, at) for at in range(5)] + [(at, at + 3) for at in range(5, 16) if at != 11], ("blue sky", "Iron is made.")),
]
# The least change of the logit that a test at the tolerance would notice.
TOLERANCE = 1e-4


def kinds(hooked, setup, average, pairs):
    """Logits by kind."""
    clean_pair, corrupted, positions, donor_pair = pairs
    heads, layers = setup["senders"] + setup["receivers"], setup["layers"]
    clean, plain, donor = hooked.run(clean_pair), hooked.run(corrupted), hooked.run(donor_pair)
    from_mean, from_donor = mean(average, plain.segments), resampled(donor, plain.segments)
    from_clean = patched(clean, positions)
    query, document = plain.rows("query"), plain.rows("document")

    def z(what):
        return hooked.logit(corrupted, at_heads("z", heads, what))

    def attention(what):
        return hooked.logit(corrupted, at_layers("attn_out", layers["attention"], what))

    def mlp(what):
        return hooked.logit(corrupted, at_layers("mlp_out", layers["mlp"], what))

    def residual(what, rows=None):
        return hooked.logit(corrupted, at_layers("resid_post", [layers["residual"]], what, rows))

    def edge(*edge):
        return hooked.logit(corrupted, at_layers("z", [layers["edge"]], patched_edge(plain, clean, positions, edge)))

    def path(site):
        return hooked.logit(corrupted, at_heads(site, setup["receivers"], of_run(received)))

    received = sent(hooked, corrupted, plain, clean, positions, setup["senders"])
    unsent = sent(hooked, corrupted, plain, clean, positions, [])
    assert abs(unsent.logit - plain.logit) < 1e-5, "freezing alone changes the logit"
    for layer in range(len(hooked.layers)):
        gathered = torch.einsum("hij,jhd->ihd", plain.patterns[layer], plain.values["v", layer])
        assert torch.allclose(gathered, plain.values["z", layer], atol=1e-5), "z is not what the pattern gathers"
    found = {
        "clean_logit": clean.logit, "corrupted_logit": plain.logit,
        "zero_heads": z(zero), "halved": z(scaled(0.5)), "tripled": z(scaled(3.0)),
        "without_attention": attention(zero), "without_mlp": mlp(zero), "zero_residual_query": residual(zero, query),
        "isolated": hooked.logit(corrupted, kept=(layers["isolated"], KEPT)),
        "mean_heads": z(from_mean), "mean_attention": attention(from_mean), "mean_mlp": mlp(from_mean),
        "mean_residual": residual(from_mean, document),
        "resampled_heads": z(from_donor), "resampled_attention": attention(from_donor),
        "resampled_mlp": mlp(from_donor), "resampled_residual": residual(from_donor, document),
        "patched_heads": z(from_clean), "patched_residual": residual(from_clean),
        "patched_edge_query_to_document": edge("query", "document"),
        "patched_edge_document_to_query": edge("document", "query"),
        "path_to_logit": received.logit,
        "path_to_queries": path("q"), "path_to_keys": path("k"), "path_to_values": path("v"),
    }
    # With all heads frozen, the logit hears of no position but [CLS].
    unmoved = {"corrupted_logit"} | ({"path_to_logit"} if positions and 0 not in dict(positions).values() else set())
    for name, logit in found.items():
        moved = abs(logit - plain.logit)
        as_it_should = moved < 1e-5 if name in unmoved else moved > TOLERANCE
        assert as_it_should, f"{name} of {corrupted} moves the logit by {moved}"
    return found


def goldens(setup):
    hooked = Hooked(setup["folder"])
    average = means([hooked.run(clean) for clean, *_ in PAIRS])
    cases = []
    for pairs in PAIRS:
        clean, corrupted, positions, donor = pairs
        lengths = [len(hooked.pieces(pair)) for pair in (clean, corrupted, donor)]
        assert (lengths[0] == lengths[1]) == (positions is None) and lengths[2] != lengths[1], (corrupted, lengths)
        cases.append({"clean": clean, "corrupted": corrupted, "positions": positions, "donor": donor,
                      **kinds(hooked, setup, average, pairs)})
    return {
        "folder": setup["folder"].relative_to(ROOT).as_posix(),
        "checkpoint_sha256": hashlib.sha256((setup["folder"] / "model.safetensors").read_bytes()).hexdigest(),
        "heads": setup["senders"] + setup["receivers"], "senders": setup["senders"], "receivers": setup["receivers"],
        "layers": setup["layers"], "kept": KEPT, "cases": cases,
    }


def main():
    every = [pair for clean, corrupted, _, donor in PAIRS for pair in (clean, corrupted, donor)]
    make_tiny.write(TINY, EMBEDDED, every)
    provenance = {
        "command": "python tests/golden/interventions/make.py", "torch": torch.__version__,
        "transformers": transformers.__version__, "dtype": "f32", "tolerance": TOLERANCE,
    }
    golden = {"provenance": provenance, "models": [goldens(setup) for setup in MODELS]}
    (HERE / "interventions.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
