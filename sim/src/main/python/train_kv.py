#!/usr/bin/env python3
"""Trains a small byte-level transformer and writes its KV cache, for `baton bench codec --kv FILE`.

    apt-get install -y python3-numpy libopenblas0-pthread debian-reference-en
    nice -n 10 /usr/bin/python3 sim/src/main/python/train_kv.py --out /tmp/kv

The model: pre-RMSNorm, rotary positions, causal attention, squared ReLU, no biases; gradients by hand, checked against
differences by --check. Text: the Debian Reference. What is written are keys after their rotation and values, as an
engine caches them, of held-out text that the model has not seen. It is a small model, trained in minutes, since no
weights of a large one can be fetched everywhere: its numbers show how codecs do on KV of attention, not on any product's.

One file for each element type, little-endian:

    "BATONKV1" | u32 description length | u32 element type | u32 layers | u32 heads | u32 head dim | u32 sequences
    | u32 tokens of a sequence | u32 zero | description, UTF-8
    | [sequences][layers][K, V][tokens][heads] rows of head dim elements
"""
import argparse
import gzip
import hashlib
import os
import pathlib
import struct
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy as np  # noqa: E402  the number of threads is read when it is loaded

EPSILON = 1e-6
TEXT = "/usr/share/debian-reference/debian-reference.en.txt.gz"
ELEMENT_TYPES = {"bf16": 0, "fp16": 1, "fp8_e4m3": 3}


def initial(layers, width, rng, dtype=np.float32):
    """Weights by name; those that write to the residual stream begin smaller, as GPT-2's."""
    def normal(rows, columns, scale):
        return (rng.standard_normal((rows, columns)) * scale).astype(dtype)

    weights = {"embed": normal(256, width, 0.02), "norm": np.ones(width, dtype), "unembed": normal(width, 256, 0.02)}
    for layer in range(layers):
        weights[f"{layer}.norm1"] = np.ones(width, dtype)
        weights[f"{layer}.norm2"] = np.ones(width, dtype)
        weights[f"{layer}.qkv"] = normal(width, 3 * width, width ** -0.5)
        weights[f"{layer}.out"] = normal(width, width, (2 * layers * width) ** -0.5)
        weights[f"{layer}.up"] = normal(width, 4 * width, width ** -0.5)
        weights[f"{layer}.down"] = normal(4 * width, width, (2 * layers * 4 * width) ** -0.5)
    return weights


def normed(x, gain):
    inverse = 1 / np.sqrt((x * x).mean(-1, keepdims=True) + EPSILON)
    return x * inverse * gain, inverse


def normed_back(dy, x, gain, inverse):
    by_unit = dy * gain
    dx = inverse * (by_unit - x * inverse * inverse * (by_unit * x).mean(-1, keepdims=True))
    return dx, (dy * x * inverse).reshape(-1, x.shape[-1]).sum(0)


def rotated(x, cos, sin):
    """Rotary positions; with -sin it is its own inverse, and so its own gradient."""
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    return np.concatenate((first * cos - second * sin, second * cos + first * sin), -1)


class Model:
    def __init__(self, layers, width, heads, context, weights):
        self.layers, self.width, self.heads, self.context, self.weights = layers, width, heads, context, weights
        dtype = weights["embed"].dtype
        angles = np.arange(context)[:, None] / 10000 ** (np.arange(width // heads // 2) * 2 * heads / width)
        self.cos, self.sin = np.cos(angles).astype(dtype), np.sin(angles).astype(dtype)
        self.mask = np.triu(np.full((context, context), -np.inf, dtype), 1)
        self.scale = dtype.type((width // heads) ** -0.5)

    def split(self, x):
        return x.reshape(x.shape[0], x.shape[1], self.heads, -1).transpose(0, 2, 1, 3)

    def join(self, x):
        return x.transpose(0, 2, 1, 3).reshape(x.shape[0], x.shape[2], -1)

    def forward(self, tokens):
        """Logits, and what the way back needs; keys and values of a layer are saved[layer][3] and [4]."""
        w, saved = self.weights, []
        x = w["embed"][tokens]
        for layer in range(self.layers):
            a, inverse1 = normed(x, w[f"{layer}.norm1"])
            q, k, v = (self.split(part) for part in np.split(a @ w[f"{layer}.qkv"], 3, -1))
            q, k = rotated(q, self.cos, self.sin), rotated(k, self.cos, self.sin)
            p = q @ k.transpose(0, 1, 3, 2)
            p *= self.scale
            p += self.mask
            p -= p.max(-1, keepdims=True)
            np.exp(p, out=p)
            p /= p.sum(-1, keepdims=True)
            o = self.join(p @ v)
            middle = x + o @ w[f"{layer}.out"]
            b, inverse2 = normed(middle, w[f"{layer}.norm2"])
            up = np.maximum(b @ w[f"{layer}.up"], 0)
            saved.append((x, inverse1, q, k, v, p, o, middle, inverse2, up))
            x = middle + (up * up) @ w[f"{layer}.down"]
        last, inverse = normed(x, w["norm"])
        return last @ w["unembed"], (saved, x, last, inverse)

    def loss(self, tokens, targets):
        logits, kept = self.forward(tokens)
        logits -= logits.max(-1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(-1, keepdims=True)
        picked = np.take_along_axis(logits, targets[..., None], -1)
        return -np.log(picked).mean(), logits, kept

    def gradients(self, tokens, targets):
        w, g = self.weights, {}
        loss, dlogits, (saved, x, last, inverse) = self.loss(tokens, targets)
        np.put_along_axis(dlogits, targets[..., None], np.take_along_axis(dlogits, targets[..., None], -1) - 1, -1)
        dlogits /= targets.size

        def product(name, left, dright):
            g[name] = left.reshape(-1, left.shape[-1]).T @ dright.reshape(-1, dright.shape[-1])
            return dright @ w[name].T

        dx, g["norm"] = normed_back(product("unembed", last, dlogits), x, w["norm"], inverse)
        for layer in reversed(range(self.layers)):
            x, inverse1, q, k, v, p, o, middle, inverse2, up = saved[layer]
            dup = product(f"{layer}.down", up * up, dx) * (2 * up)
            gain = w[f"{layer}.norm2"]
            dmiddle, g[f"{layer}.norm2"] = normed_back(
                product(f"{layer}.up", middle * inverse2 * gain, dup), middle, gain, inverse2)
            dmiddle += dx
            do = self.split(product(f"{layer}.out", o, dmiddle))
            dp = do @ v.transpose(0, 1, 3, 2)
            dp -= (do * self.split(o)).sum(-1, keepdims=True)
            dp *= p
            dp *= self.scale
            dq, dk, dv = dp @ k, dp.transpose(0, 1, 3, 2) @ q, p.transpose(0, 1, 3, 2) @ do
            dqkv = np.concatenate([self.join(part) for part in (
                rotated(dq, self.cos, -self.sin), rotated(dk, self.cos, -self.sin), dv)], -1)
            gain = w[f"{layer}.norm1"]
            dx, g[f"{layer}.norm1"] = normed_back(product(f"{layer}.qkv", x * inverse1 * gain, dqkv), x, gain, inverse1)
            dx += dmiddle
        g["embed"] = np.zeros_like(w["embed"])
        np.add.at(g["embed"], tokens.reshape(-1), dx.reshape(-1, self.width))
        return loss, g


def check():
    """Gradients against central differences in float64; fails where they differ by more than 1e-5 of their size."""
    rng = np.random.default_rng(1)
    model = Model(2, 16, 2, 12, initial(2, 16, rng, np.float64))
    tokens = rng.integers(0, 256, (2, 13))
    _, gradients = model.gradients(tokens[:, :-1], tokens[:, 1:])
    for name, weights in model.weights.items():
        direction = rng.standard_normal(weights.shape)
        at = weights.copy()
        sides = []
        for step in (1e-5, -1e-5):
            model.weights[name] = at + step * direction
            sides.append(model.loss(tokens[:, :-1], tokens[:, 1:])[0])
        model.weights[name] = at
        by_difference, by_hand = (sides[0] - sides[1]) / 2e-5, (gradients[name] * direction).sum()
        if abs(by_difference - by_hand) > 1e-5 * max(1e-3, abs(by_hand)):
            raise SystemExit(f"gradient differs: weight={name} byDifference={by_difference} byHand={by_hand}")
    print("gradients agree with differences:", len(model.weights), "weights")


def train(model, text, batch, seconds, rng):
    """Adam for so long; the rate falls to nothing at the end. Returns the number of steps."""
    first = {name: np.zeros_like(value) for name, value in model.weights.items()}
    second = {name: np.zeros_like(value) for name, value in model.weights.items()}
    began, steps, shown, smooth = time.monotonic(), 0, 0.0, None
    while (elapsed := time.monotonic() - began) < seconds:
        starts = rng.integers(0, len(text) - model.context - 1, batch)
        rows = text[starts[:, None] + np.arange(model.context + 1)]
        loss, gradients = model.gradients(rows[:, :-1], rows[:, 1:])
        norm = np.sqrt(sum(float((g * g).sum()) for g in gradients.values()))
        steps += 1
        rate = 2e-3 * min(1.0, steps / 50) * 0.5 * (1 + np.cos(np.pi * elapsed / seconds))
        for name, g in gradients.items():
            g *= min(1.0, 1.0 / norm)
            first[name] += 0.1 * (g - first[name])
            second[name] += 0.05 * (g * g - second[name])
            step = first[name] / (1 - 0.9 ** steps) / (np.sqrt(second[name] / (1 - 0.95 ** steps)) + 1e-8)
            model.weights[name] -= (rate * step).astype(g.dtype)
        smooth = loss if smooth is None else 0.95 * smooth + 0.05 * loss
        if elapsed - shown > 15:
            shown = elapsed
            print(f"{elapsed:5.0f} s  step {steps}  loss {smooth:.3f} nats a byte", flush=True)
    return steps


def as_bytes(values, element_type):
    """float32 to the nearest of that type, ties to even."""
    if element_type == "fp16":
        return values.astype("<f2").tobytes()
    if element_type == "bf16":
        bits = values.astype("<f4").view("<u4")
        return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2").tobytes()
    codes = np.arange(127)
    table = np.where(codes < 8, codes * 2.0 ** -9, (1 + (codes & 7) / 8) * 2.0 ** ((codes >> 3) - 7.0))
    magnitude = np.minimum(np.abs(values), table[-1])
    above = np.clip(np.searchsorted(table, magnitude), 1, 126)
    low, high = magnitude - table[above - 1], table[above] - magnitude
    nearest = np.where((high < low) | ((high == low) & (above % 2 == 0)), above, above - 1)
    return (nearest | (np.signbit(values) * 128)).astype(np.uint8).tobytes()


def write(folder, model, tokens, description):
    _, (saved, *_) = model.forward(tokens)
    # [layers][K, V][sequences][heads][tokens][head dim] to the order of the file
    kv = np.stack([np.stack((layer[3], layer[4])) for layer in saved]).transpose(2, 0, 1, 4, 3, 5)
    sequences, layers, _, length, heads, head_dim = kv.shape
    about = description.encode()
    for name, code in ELEMENT_TYPES.items():
        path = folder / f"kv-{name}.kv"
        header = struct.pack("<8s8I", b"BATONKV1", len(about), code, layers, heads, head_dim, sequences, length, 0)
        path.write_bytes(header + about + as_bytes(np.ascontiguousarray(kv), name))
        print("wrote", path, path.stat().st_size, "bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("."), help="folder for the files")
    parser.add_argument("--text", default=TEXT, help="what to learn, plain or .gz")
    parser.add_argument("--minutes", type=float, default=9.0)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--context", type=int, default=512)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--sequences", type=int, default=16, help="held-out sequences whose KV is written")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check", action="store_true", help="check the gradients and end")
    options = parser.parse_args()
    if options.check:
        check()
        return
    opener = gzip.open if options.text.endswith(".gz") else open
    with opener(options.text, "rb") as file:
        raw = file.read()
    text = np.frombuffer(raw, np.uint8).astype(np.int64)
    held_out = max(len(text) // 10, options.context + 1)
    learned, kept = text[:-held_out], text[-held_out:]
    rng = np.random.default_rng(options.seed)
    model = Model(options.layers, options.width, options.heads, options.context,
                  initial(options.layers, options.width, rng))
    steps = train(model, learned, options.batch, options.minutes * 60, rng)
    starts = np.linspace(0, len(kept) - options.context - 1, options.sequences).astype(np.int64)
    rows = kept[starts[:, None] + np.arange(options.context + 1)]
    losses = [model.loss(row[None, :-1], row[None, 1:])[0] for row in rows]
    weights = sum(value.size for value in model.weights.values())
    description = (f"byte-level transformer trained for {options.minutes:g} min: {options.layers} layers, width "
                   f"{options.width}, {options.heads} heads, context {options.context}, {weights / 1e6:.2f} M weights, "
                   f"{steps} steps of {options.batch * options.context} bytes, loss {np.mean(losses):.3f} nats a byte on "
                   f"held-out text; text {os.path.basename(options.text)}, {len(raw)} bytes, "
                   f"sha256 {hashlib.sha256(raw).hexdigest()[:16]}, seed {options.seed}")
    print(description)
    options.out.mkdir(parents=True, exist_ok=True)
    write(options.out, model, rows[:, :-1], description)


if __name__ == "__main__":
    main()
