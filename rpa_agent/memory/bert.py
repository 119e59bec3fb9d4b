"""A small BERT encoder by numpy alone: the vector of one short text in a few milliseconds, without loading torch.

For a text of ten words torch and the library around it spend most of their time on themselves, and seconds before the first.
What is computed is the same, to the last digits of a float32 (a test compares both); a model of another build is left to them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_FIRST = "embeddings.word_embeddings.weight"
# where a product of small matrices is done without copying them first: half the time of one with the whole (in blocks of
# 384 x 64), for as many tokens as a task has; elsewhere blocks only cost
_SMALL_IS_QUICK = frozenset(("SkylakeX", "Cooperlake", "SapphireRapids"))
_DEEP, _WIDE = 384, 64


@dataclass(frozen=True)
class _Layer:
    """The weights of one layer, ready to be multiplied from the left: each matrix in blocks, (down, across, rows, columns)."""

    attend: tuple[Floats, Floats]       # query, key and value side by side
    gather: tuple[Floats, Floats]
    norm: tuple[Floats, Floats]
    widen: tuple[Floats, Floats]
    narrow: tuple[Floats, Floats]
    last_norm: tuple[Floats, Floats]


class Bert:
    """A BERT with mean pooling, as sentence-transformers writes them into a folder."""

    def __init__(self, weights: Mapping[str, Floats], config: Mapping[str, Any], tokenizer: Any, threads: Any) -> None:
        """``threads`` limits how many do one product; ``tokenizer`` neither pads nor returns more tokens than there are
        positions."""
        self._tokenizer, self._threads = tokenizer, threads
        self._heads, self._eps = int(config["num_attention_heads"]), float(config["layer_norm_eps"])
        self._words = weights[_FIRST]
        # every token is of the first kind: one text is embedded at a time
        self._places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
        self._norm = (weights["embeddings.LayerNorm.weight"], weights["embeddings.LayerNorm.bias"])
        small = any(pool.get("architecture") in _SMALL_IS_QUICK for pool in threads.info())
        self._layers = [_layer(weights, f"encoder.layer.{i}.", small=small) for i in range(int(config["num_hidden_layers"]))]

    @classmethod
    def read(cls, folder: Path) -> Bert | None:
        """Return the model of a folder; None where it is of another build, or what reads it is not installed.

        Raises OSError or ValueError where its files are damaged.
        """
        try:
            from safetensors import SafetensorError, safe_open
            from threadpoolctl import ThreadpoolController
            from tokenizers import Tokenizer
        except ImportError:
            return None
        config = _plain(folder)
        if config is None:
            return None
        try:
            with safe_open(folder / "model.safetensors", framework="np") as file:
                names = list(file.keys())
                if _FIRST not in names:
                    return None
                weights = {n: np.asarray(file.get_tensor(n), np.float32) for n in names if file.get_slice(n).get_dtype() != "I64"}
        except SafetensorError as e:
            raise ValueError(str(e)) from e
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        longest = min(_json(folder / "sentence_bert_config.json").get("max_seq_length") or 512, config["max_position_embeddings"])
        tokenizer.enable_truncation(longest)
        return cls(weights, config, tokenizer, ThreadpoolController())

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one unit vector per text."""
        with self._threads.limit(limits=1, user_api="blas"):  # on shared cores a second thread is waited for
            return [[float(x) for x in self._embedded(text)] for text in texts]

    def _embedded(self, text: str) -> Floats:
        ids = self._tokenizer.encode(text).ids
        x = _normed(self._words[ids] + self._places[: len(ids)], self._norm, self._eps)
        for layer in self._layers:
            x = self._through(layer, x)
        mean = x.mean(0)
        unit: Floats = mean / max(float(np.linalg.norm(mean)), 1e-12)
        return unit

    def _through(self, layer: _Layer, x: Floats) -> Floats:
        many, wide = x.shape
        each = wide // self._heads
        # 3 x heads x tokens x each
        query, key, value = _times(x, layer.attend).reshape(many, 3, self._heads, each).transpose(1, 2, 0, 3)
        looks = query @ key.transpose(0, 2, 1) * np.float32(1 / math.sqrt(each))
        looks = np.exp(looks - looks.max(-1, keepdims=True))
        seen = (looks / looks.sum(-1, keepdims=True)) @ value
        x = _normed(x + _times(seen.transpose(1, 0, 2).reshape(many, wide), layer.gather), layer.norm, self._eps)
        return _normed(x + _times(_gelu(_times(x, layer.widen)), layer.narrow), layer.last_norm, self._eps)


def _plain(folder: Path) -> dict[str, Any] | None:
    """Return the config of a model that is computed here; None where it is of another build."""
    config, pooling = _json(folder / "config.json"), _json(folder / "1_Pooling" / "config.json")
    kinds = [str(module["type"]).rsplit(".", 1)[-1] for module in _json(folder / "modules.json") or []]
    pooled = {name for name, used in pooling.items() if name.startswith("pooling_mode") and used is True}
    usual = (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and kinds in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
        and (pooled == {"pooling_mode_mean_tokens"} or pooling.get("pooling_mode") == "mean")
        and not _json(folder / "sentence_bert_config.json").get("do_lower_case")
        and not _json(folder / "config_sentence_transformers.json").get("default_prompt_name")
        and all((folder / name).is_file() for name in ("tokenizer.json", "model.safetensors"))
    )
    return config if usual else None


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _layer(weights: Mapping[str, Floats], at: str, *, small: bool) -> _Layer:
    def turned(matrix: Floats) -> Floats:
        across, down = matrix.shape
        rows, columns = (_DEEP, _WIDE) if small and not down % _DEEP and not across % _WIDE else (down, across)
        # contiguous: a third faster than a view, each time
        return np.ascontiguousarray(matrix.T.reshape(down // rows, rows, across // columns, columns).transpose(0, 2, 1, 3))

    def pair(name: str) -> tuple[Floats, Floats]:
        return turned(weights[f"{at}{name}.weight"]), weights[f"{at}{name}.bias"]

    def norm(name: str) -> tuple[Floats, Floats]:
        return weights[f"{at}{name}.LayerNorm.weight"], weights[f"{at}{name}.LayerNorm.bias"]

    three = [f"{at}attention.self.{name}" for name in ("query", "key", "value")]
    together = (
        turned(np.concatenate([weights[f"{n}.weight"] for n in three])),
        np.concatenate([weights[f"{n}.bias"] for n in three]),
    )
    return _Layer(
        together, pair("attention.output.dense"), norm("attention.output"), pair("intermediate.dense"), pair("output.dense"),
        norm("output"),
    )


def _times(x: Floats, by: tuple[Floats, Floats]) -> Floats:
    down, across, rows, columns = by[0].shape
    blocks = x.reshape(len(x), down, 1, rows).transpose(1, 2, 0, 3) @ by[0]
    summed = blocks[0] if down == 1 else blocks.sum(0)
    out: Floats = summed.transpose(1, 0, 2).reshape(len(x), across * columns)
    out += by[1]
    return out


def _normed(x: Floats, by: tuple[Floats, Floats], eps: float) -> Floats:
    x = x - x.mean(-1, keepdims=True)
    out: Floats = x / np.sqrt((x * x).mean(-1, keepdims=True) + np.float32(eps)) * by[0] + by[1]
    return out


def _gelu(x: Floats) -> Floats:
    """Return x/2 (1 + erf(x/√2)), by formula 7.1.26 of Abramowitz and Stegun: as exact as a float32 holds the result."""
    away = np.abs(x)
    t = away * np.float32(0.3275911 * math.sqrt(0.5))
    t += 1
    np.divide(np.float32(1), t, out=t)
    rest = t * np.float32(1.061405429)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        rest += np.float32(factor)
        rest *= t
    rest *= away
    away *= away
    away *= np.float32(-0.5)
    rest *= np.exp(away, out=away)
    rest *= np.float32(0.5)         # |x|/2 (1 - erf(|x|/√2)): what is missing from x where it is positive, and all else
    out: Floats = np.maximum(x, 0)
    out -= rest
    return out
