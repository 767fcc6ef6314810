"""The small random re-ranker in tiny/: another shape than the embedded model's, with attention far from uniform.

Its weights are drawn with a fixed seed and kept in f16; its tokenizer is the embedded model's, with the vocabulary cut
to the pieces of some texts and to letters. `make.py` calls this.
"""

import json

import torch
from safetensors.torch import save
from tokenizers import Tokenizer
from transformers import BertConfig, BertForSequenceClassification

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SHAPE = {"hidden_size": 48, "intermediate_size": 80, "max_position_embeddings": 64, "num_attention_heads": 4,
         "num_hidden_layers": 3, "type_vocab_size": 2}
# Standard deviations, by the first name that the tensor's name holds. Attention's makes scores of about 3.
SPREAD = {"LayerNorm": 0.3, "word_embeddings": 1.0, "embeddings": 0.5, "attention": 0.25, "classifier": 0.3, "": 0.15}


def write(folder, like, pairs):
    """Writes the model to `folder`, after the files in `like`; it reads `pairs` as that model does."""
    folder.mkdir(exist_ok=True)
    tokenizer = cut_tokenizer(json.loads((like / "tokenizer.json").read_text()), pairs)
    vocabulary = tokenizer["model"]["vocab"]
    config = json.loads((like / "config.json").read_text())
    config |= SHAPE | {"_name_or_path": "crosslens-tiny", "vocab_size": len(vocabulary)}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, indent=1) + "\n")
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    (folder / "model.safetensors").write_bytes(save(weights(config), metadata={"format": "pt"}))


def cut_tokenizer(tokenizer, pairs):
    whole = Tokenizer.from_str(json.dumps(tokenizer))
    needed = {piece for pair in pairs for piece in whole.encode(*pair).tokens}
    needed |= set(LETTERS) | {f"##{letter}" for letter in LETTERS}
    vocabulary = SPECIAL + sorted(needed - set(SPECIAL))
    ids = {piece: id for id, piece in enumerate(vocabulary)}
    tokenizer["model"]["vocab"] = ids
    for token in tokenizer["added_tokens"]:
        token["id"] = ids[token["content"]]
    for token, entry in tokenizer["post_processor"]["special_tokens"].items():
        entry["ids"] = [ids[token]]
    cut = Tokenizer.from_str(json.dumps(tokenizer))
    assert all(cut.encode(*pair).tokens == whole.encode(*pair).tokens for pair in pairs)
    return tokenizer


def weights(config):
    model = BertForSequenceClassification(BertConfig(**config))
    random = torch.Generator().manual_seed(20)
    drawn = {}
    for name, parameter in sorted(model.named_parameters()):
        spread = next(spread for part, spread in SPREAD.items() if part in name)
        middle = 1.0 if name.endswith("LayerNorm.weight") else 0.0
        drawn[name] = (middle + spread * torch.randn(parameter.shape, generator=random)).half()
    return drawn
