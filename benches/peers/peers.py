"""crosslens beside PyTorch and ONNX Runtime: pairs per second on the embedded model, the same pairs in the same minute.

From the repository's root:

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install -r benches/peers/requirements.txt
    /tmp/peers/bin/python benches/peers/peers.py

Prints tables in Markdown and writes them to benches/peers/results.md: medians over rounds, and in brackets what crosslens
does of each peer's. Tokenising counts for crosslens, not for the peers, which get the token ids. Every engine has a
process of its own: threads of one that wait for work would slow the others.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "data/models/crosslens-minilm-l6"
# Pairs at once, tokens of each.
SIZES = [(16, 128), (1, 128), (8, 256), (32, 64)]
REAL = "real lengths"
BATCH = 16
SWEPT = 100
QUERY = "which of the two ways is better"
PEERS = {
    "PyTorch": "sdpa",
    "PyTorch with attentions": "attentions",
    "ONNX Runtime": "onnx",
}


def open_tokenizer():
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(tokenizer_file=str(MODEL / "tokenizer.json"), pad_token="[PAD]", cls_token="[CLS]",
                                   sep_token="[SEP]", unk_token="[UNK]", mask_token="[MASK]",
                                   model_input_names=["input_ids", "token_type_ids", "attention_mask"])


def open_model(attention):
    import torch
    from transformers import AutoModelForSequenceClassification

    torch.set_grad_enabled(False)
    return AutoModelForSequenceClassification.from_pretrained(MODEL, attn_implementation=attention,
                                                              dtype=torch.float32).eval()


def pairs_of(tokenizer, count, tokens):
    """Pairs of so many tokens, special ones included; every word is one piece."""
    words = ("the way that we take will lead over a hill and down to the sea where boats lie in the sun " * 40).split()
    missing = tokens - len(tokenizer(QUERY, "the")["input_ids"]) + 1
    pairs = [(QUERY, " ".join(words[at:at + missing])) for at in range(count)]
    assert all(len(tokenizer(*pair)["input_ids"]) == tokens for pair in pairs)
    return pairs


def real_pairs():
    """Judged pairs of the embedded collection, with their own lengths."""
    folder = ROOT / "data/collections/matching"
    read = lambda name: {one["_id"]: one for one in map(json.loads, (folder / name).read_text().splitlines())}
    queries, documents = read("queries.jsonl"), read("corpus.jsonl")
    judged = [line.split("\t")[:2] for line in (folder / "qrels/test.tsv").read_text().splitlines()[1:]]
    text = lambda document: f"{document.get('title', '')} {document['text']}".strip()
    every = len(judged) // (SWEPT + 12)
    return [(queries[query]["text"], text(documents[document])) for query, document in judged[::every]][:SWEPT + 12]


def batches(tokenizer, pairs, size):
    """Padded batches of pairs of like length, as a careful user makes them, each with the places of its pairs."""
    order = sorted(range(len(pairs)), key=lambda at: len(tokenizer(*pairs[at])["input_ids"]))
    groups = [order[at:at + size] for at in range(0, len(order), size)]
    return [(group, tokenizer(*map(list, zip(*(pairs[at] for at in group))), padding=True, return_tensors="pt"))
            for group in groups]


def median(seconds, run):
    run()
    times, begin = [], time.monotonic()
    while len(times) < 3 or time.monotonic() - begin < seconds:
        start = time.monotonic()
        run()
        times.append(time.monotonic() - start)
    return statistics.median(times)


def onnx_session(model, path):
    import onnxruntime
    import torch

    example = open_tokenizer()("a", "b", return_tensors="pt")
    names = ["input_ids", "token_type_ids", "attention_mask"]
    axes = {name: {0: "pair", 1: "token"} for name in names}

    class Logit(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, input_ids, token_type_ids, attention_mask):
            return self.model(input_ids=input_ids, token_type_ids=token_type_ids,
                              attention_mask=attention_mask).logits

    torch.onnx.export(Logit(), tuple(example[name] for name in names), path, input_names=names,
                      output_names=["logit"], dynamic_axes=axes, dynamo=False)
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def rates(engine, sizes, seconds):
    """Pairs per second of one engine at every size."""
    if engine == "onnx":
        with tempfile.TemporaryDirectory() as folder:
            session = onnx_session(open_model("sdpa"), str(Path(folder) / "model.onnx"))
        run = lambda batch: session.run(None, {name: value.numpy() for name, value in batch.items()})
    elif engine == "attentions":
        model = open_model("eager")
        run = lambda batch: model(**batch, output_attentions=True).attentions
    else:
        model = open_model(engine)
        run = lambda batch: model(**batch).logits
    tokenizer = open_tokenizer()
    found = {}
    for name, pairs in sizes.items():
        made = [batch for _, batch in batches(tokenizer, pairs, BATCH if name == REAL else len(pairs))]
        found[name] = len(pairs) / median(seconds, lambda: [run(batch) for batch in made])
    return found


def hooked_sweep(pairs, size):
    """Every head ablated alone by a hook before the output projection: seconds, and the logits [head][pair]."""
    model = open_model("sdpa")
    made = batches(open_tokenizer(), pairs, size)
    config = model.config
    width = config.hidden_size // config.num_attention_heads

    def logits():
        of_pair = [0.0] * len(pairs)
        for places, batch in made:
            for at, logit in zip(places, model(**batch).logits[:, 0].tolist()):
                of_pair[at] = logit
        return of_pair

    begin = time.monotonic()
    logits()
    swept = []
    for layer in model.bert.encoder.layer:
        for head in range(config.num_attention_heads):
            def without(_, inputs, own=slice(head * width, (head + 1) * width)):
                z = inputs[0].clone()
                z[..., own] = 0
                return (z,)

            handle = layer.attention.output.dense.register_forward_pre_hook(without)
            swept.append(logits())
            handle.remove()
    return time.monotonic() - begin, swept


def child(asked, *arguments):
    """Runs this file for one engine, alone."""
    told = subprocess.run([sys.executable, __file__, "--asked", asked, *map(str, arguments)], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return json.loads(told.splitlines()[-1])


def ours(asked, options):
    command = ["cargo", "bench", "--quiet", "--profile", options.profile, "--bench", "sizes", "--", asked,
               str(options.seconds)]
    told = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {line["name"]: line for line in map(json.loads, filter(lambda line: line.startswith("{"), told.splitlines()))}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3, help="rounds in which every engine runs once")
    parser.add_argument("--seconds", type=float, default=2, help="for each engine, size and round")
    parser.add_argument("--profile", default="bench", help="cargo's profile; dev is what the tests have compiled")
    parser.add_argument("--asked", help=argparse.SUPPRESS)
    parser.add_argument("--engine", help=argparse.SUPPRESS)
    parser.add_argument("--sweep", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.asked:
        asked = json.loads(Path(options.asked).read_text())
        if options.engine:
            print(json.dumps(rates(options.engine, asked["sizes"], options.seconds)))
        else:
            print(json.dumps(hooked_sweep(asked["sweep"], options.sweep)))
        return

    tokenizer = open_tokenizer()
    sizes = {f"{count} × {tokens}": pairs_of(tokenizer, count, tokens) for count, tokens in SIZES}
    sizes[REAL] = real_pairs()
    own, theirs, sweeps, apart = {}, {}, {}, 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "asked.json")
        Path(path).write_text(json.dumps({"sizes": sizes, "sweep": sizes[REAL][:SWEPT]}))
        for _ in range(options.rounds):
            told = ours(path, options)
            for name in sizes:
                for what, rate in told[name].items():
                    own.setdefault((name, what), []).append(rate)
            for engine, known_as in PEERS.items():
                for name, rate in child(path, "--engine", known_as, "--seconds", options.seconds).items():
                    theirs.setdefault((name, engine), []).append(rate)
            sweeps.setdefault("crosslens", []).append(told["sweep"]["seconds"])
            for what, size in [(f"PyTorch hooks, batches of {BATCH} by length", BATCH),
                               ("PyTorch hooks, pair by pair", 1)]:
                seconds, logits = child(path, "--sweep", size)
                sweeps.setdefault(what, []).append(seconds)
                flat = [logit for of_head in logits for logit in of_head]
                apart = max([apart, *(abs(a - b) for a, b in zip(flat, told["sweep"]["logits"], strict=True))])

    of = lambda name, what: statistics.median(own[name, what])
    lines = [f"Pairs per second, medians of {options.rounds} rounds, {os.cpu_count()} cores; in brackets crosslens' over "
             "theirs (beside attentions, with masses).", "",
             "| pairs × tokens | crosslens | with all segment masses | with all statistics | " + " | ".join(PEERS) + " |",
             "| --- |" + " ---: |" * (3 + len(PEERS))]
    for name in sizes:
        score = of(name, "score")
        cells = [f"{score:.0f}", *(f"{of(name, what):.0f} ({score / of(name, what):.2f}× the time)"
                                   for what in ("masses", "statistics"))]
        for engine in PEERS:
            rate = statistics.median(theirs[name, engine])
            cells.append(f"{rate:.0f} ({of(name, 'masses' if 'attentions' in engine else 'score') / rate:.2f}×)")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", "| weights held in | pairs per second | logits move by at most |", "| --- | ---: | ---: |"]
    lines.append(f"| f32 | {of(REAL, 'score'):.0f} | |")
    for half in ("f16", "bf16"):
        lines.append(f"| {half} | {of(REAL, half):.0f} | {of(REAL, half + '_moves'):.1e} |")
    seconds = {what: statistics.median(times) for what, times in sweeps.items()}
    lines += ["", f"| every head ablated alone, {SWEPT} pairs | seconds | |", "| --- | ---: | ---: |"]
    lines += [f"| {what} | {time:.1f} | {time / seconds['crosslens']:.1f}× |" for what, time in seconds.items()]
    lines += ["", f"The sweeps' logits differ by at most {apart:.1e}."]
    (ROOT / "benches/peers/results.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
