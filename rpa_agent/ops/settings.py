"""Every setting in one frozen value: flags before environment RPA_* before rpa.toml before defaults."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from rpa_agent.domain.errors import SettingsInvalid
from rpa_agent.domain.policy import Learning

from .ledger import me

FILE = "rpa.toml"
Role = Literal["repair", "explore", "judge", "script"]     # what a model is asked for
_BASE_URL = "RPA_BASE_URL_"
_FLAGS_ONLY = {"project", "crash_at", "base_urls", "playwright_browsers", "screen", "own_folder", "house_proxy"}


class Settings(BaseSettings):
    """What a person can set. Relative paths count from the project, those of flags from the current folder."""

    model_config = SettingsConfigDict(
        env_prefix="RPA_", env_ignore_empty=True, frozen=True, extra="forbid", hide_input_in_errors=True,
        protected_namespaces=(),
    )

    project: Path
    state: Path = Field(Path(".rpa"), validate_default=True)
    browser: str | None = None              # path of a browser, or an installed channel such as chrome
    headless: bool = True
    no_sandbox: bool = False              # for containers whose kernel gives a browser none
    commit_pictures: bool = False         # of every commit, before and after; else of those that need a second look
    model_url: str | None = None
    model_key: SecretStr | None = None
    model_name: str | None = None
    model_roles: dict[Role, str] = {}       # another model for a role; the others are asked of model_name
    model_prices: dict[str, tuple[float, float]] = {}   # by model: US dollars per million tokens, in and out
    model_tokens: int = Field(20_000, ge=0)             # of one run at most
    explorer: Literal["auto", "own", "browser-use"] = "auto"    # who finds a way in a sandbox; auto: browser-use where installed
    explore_tokens: int = Field(300_000, ge=0)          # of one try of `rpa bootstrap` at most
    model_tokens_a_day: int = Field(500_000, ge=0)      # of all runs of a day (UTC) at most
    model_usd_a_day: float | None = Field(None, ge=0)   # the same in money, as far as prices are known
    embeddings: Path | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "text", "json"] = "auto"    # of `rpa serve` on stderr; auto: JSON unless a terminal
    step_timeout: float = Field(10, gt=0, le=600)       # seconds
    secret_command: str | list[str] | None = None       # prints a secret; {name} stands for its name
    keyring: bool = True                                # ask the system's keyring for secrets
    state_key: SecretStr | None = None                  # what saved logins are sealed with; several with commas between
    state_key_file: Path | None = None                  # a file that holds it
    retention_days: int = Field(90, ge=1, le=36500)     # of demonstrations that nobody agreed to
    keep_pictures_days: int = Field(30, ge=1, le=36500) # of runs, with their traces
    keep_runs_days: int = Field(365, ge=1, le=36500)    # runs, batches and due times that nothing waits for
    notify: dict[str, SecretStr] = {}                   # target name -> address, which may hold a password
    digest_at: str | None = Field(None, pattern=r"^\d\d:\d\d$")     # when the morning digest is sent, by the clock here
    digest_to: str = "default"                          # its target
    heartbeat_url: SecretStr | None = None              # asked for every minute while `serve` is well
    parallel: int = Field(2, ge=1, le=16)               # due times that `serve` runs side by side
    site_limits: dict[str, Annotated[int, Field(ge=1, le=16)]] = {}     # of one site at most, by its name; "*": any other
    stop_within: float = Field(90, ge=0, le=86400)      # seconds for runs to finish once `serve` is asked to end
    breaker: int = Field(3, ge=0, le=100)               # failures in a row with one fault that pause a workflow; 0 = never
    lease: float = Field(60, ge=1, le=3600)             # seconds without a word after which a process counts as dead
    proxy: str | None = Field(None, repr=False)         # http://[user:password@]host:port, or none; else HTTPS_PROXY
    no_proxy: str = ""                                  # hosts that are reached without it, with commas between
    house_proxy: tuple[str, str] | None = Field(None, repr=False)  # from HTTPS_PROXY and NO_PROXY
    crash_at: str | None = None                         # for tests: the point of a run at which the process dies
    learning: Learning = Learning()                     # how memory learns; see docs/how-to/memory.md
    base_urls: dict[str, str] = {}                      # from RPA_BASE_URL_<NAME>, by <NAME>
    playwright_browsers: Path | None = None             # from PLAYWRIGHT_BROWSERS_PATH
    screen: bool = True                                 # whether a window could be shown here
    own_folder: Path = Path("~/.config/rpa-agent")      # this person's own, beside all projects

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        assert isinstance(init_settings, InitSettingsSource)
        project = Path(init_settings.init_kwargs.get("project", "."))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, project / FILE)

    @field_validator("browser", mode="after")
    @classmethod
    def _home(cls, v: str | None) -> str | None:
        return str(Path(v).expanduser()) if v and v.startswith("~") else v

    @field_validator("state", "embeddings", "state_key_file", mode="after")
    @classmethod
    def _from_project(cls, v: Path | None, info: ValidationInfo) -> Path | None:
        return info.data["project"] / v.expanduser() if v is not None else None

    @classmethod
    def load(cls, project: Path, state: Path | None = None, **flags: Any) -> Self:
        """Read all sources once; a flag of None counts as not given. Raises SettingsInvalid."""
        project = project.expanduser().absolute()
        if not project.is_dir():
            raise SettingsInvalid(
                f"the project folder {project} does not exist", where="--project",
                do="Point --project to a folder, or create one with `rpa init`.",
            )
        if state is not None:
            flags["state"] = state.expanduser().absolute()
        given = {name: value for name, value in flags.items() if value is not None}
        try:
            settings = cls(project=project, **_surroundings(), **given)
        except ValidationError as e:
            raise _explained(e, project, given) from e
        except SettingsError as e:
            raise SettingsInvalid(f"{e}; tables are written as JSON there", where="environment") from e
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
            raise SettingsInvalid(f"{project / FILE} is not valid TOML: {e}", where=str(project / FILE)) from e
        except OSError as e:
            raise SettingsInvalid(f"{project / FILE} cannot be read: {e.strerror}", where=str(project / FILE)) from e
        if settings.state.exists() and not settings.state.is_dir():
            raise SettingsInvalid(f"state: {settings.state} is a file, not a folder", where="--state")
        return settings

    def base_url_for(self, workflow: str) -> str | None:
        """Return RPA_BASE_URL_<NAME> for a workflow, its name in capitals with ``-`` as ``_``."""
        return self.base_urls.get(workflow.upper().replace("-", "_"))

    @property
    def proxy_used(self) -> tuple[str, str] | None:
        """The proxy that browsers go through, and the hosts that they reach without it; None where there is none."""
        if self.proxy is None:
            return self.house_proxy
        return None if self.proxy.strip().lower() == "none" else (self.proxy, self.no_proxy)

    @property
    def workflows_dir(self) -> Path:
        return self.project / "workflows"

    @property
    def accounts_dir(self) -> Path:
        return self.project / "accounts"

    @property
    def data_dir(self) -> Path:
        return self.project / "data"

    @property
    def seed(self) -> Path:
        """The memory that is committed with the project; work happens in ``memory``."""
        return self.project / "memory.db"

    @property
    def memory(self) -> Path:
        return self.state / "memory.db"

    @property
    def runs(self) -> Path:
        return self.state / "runs.db"

    @property
    def logins(self) -> Path:
        """The folder of saved logins, each sealed."""
        return self.state / "logins"

    @property
    def artifacts(self) -> Path:
        return self.state / "artifacts"

    @property
    def log_file(self) -> Path:
        return self.state / "log" / "rpa.jsonl"


def _surroundings() -> dict[str, Any]:
    """Return what the environment says under names that are not ours."""
    screens = [name for name in ("DISPLAY", "WAYLAND_DISPLAY") if os.environ.get(name)]
    folder = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    config = os.environ.get("XDG_CONFIG_HOME")
    proxy, around = (os.environ.get(n) or os.environ.get(n.lower()) or "" for n in ("HTTPS_PROXY", "NO_PROXY"))
    return {
        "own_folder": (Path(config) if config else Path("~/.config").expanduser()) / "rpa-agent",
        "base_urls": _base_urls(), "playwright_browsers": Path(folder) if folder else None,
        "house_proxy": (proxy, around) if proxy else None,
        "screen": bool(screens) or not sys.platform.startswith("linux"),
    }


def person() -> str:
    """Return the name of the person at this shell, for decisions that are kept with who made them."""
    return me()


def editor() -> str:
    """Return the command that opens a person's editor; empty where none is set."""
    return os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""


def _base_urls() -> dict[str, str]:
    return {k.removeprefix(_BASE_URL): v.rstrip("/") for k, v in os.environ.items() if k.startswith(_BASE_URL) and v}


def _explained(error: ValidationError, project: Path, flags: dict[str, Any]) -> SettingsInvalid:
    """Name for every wrong setting the place it came from and what is allowed there."""
    lines, places = [], []
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        key = str(problem["loc"][0]) if problem["loc"] else ""
        if key in flags:
            place = f"--{key.replace('_', '-')}"
        elif os.environ.get(f"RPA_{key.upper()}"):
            place = f"environment RPA_{key.upper()}"
        else:
            place = str(project / FILE)
        if problem["type"] == "extra_forbidden":
            known = sorted(set(Settings.model_fields) - _FLAGS_ONLY)
            lines.append(f"{place}: {key}: unknown setting (allowed: {', '.join(known)})")
        else:
            lines.append(f"{place}: {'.'.join(map(str, problem['loc']))}: {problem['msg']}")
        places.append(place)
    return SettingsInvalid("; ".join(lines), where=places[0] if places else "")


def quieten_browser_use(folder: Path) -> None:
    """Switch off what browser-use tells others of itself and of the work; it reads this when it is imported."""
    os.environ.update({
        "ANONYMIZED_TELEMETRY": "false", "BROWSER_USE_CLOUD_SYNC": "false", "BROWSER_USE_VERSION_CHECK": "false",
        "BROWSER_USE_SETUP_LOGGING": "false", "SKIP_LLM_API_KEY_VERIFICATION": "true", "BROWSER_USE_CONFIG_DIR": str(folder),
    })  # fmt: skip


def playwright_debug() -> str:
    """Return the value of DEBUG when it makes Playwright log every value it types, passwords included; else ``""``."""
    wanted = os.environ.get("DEBUG", "")
    return wanted if re.search(r"(?:^|[\s,])(?:pw:|\*)", wanted) else ""
