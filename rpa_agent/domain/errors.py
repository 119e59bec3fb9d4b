"""Every way this agent can fail, as one tree; a docstring is the default message and says what to do next.

RpaAgentError
├── NothingToDo               exit 2   UsageInvalid
├── PersonMustEdit            exit 3   WorkflowInvalid, AccountInvalid, SettingsInvalid, SecretMissing, ParamsInvalid,
│                                      NoProcedure, ImportInvalid, ExportImpossible, VersionMovedOn, ProcedureInvalid
├── NeedsPerson               exit 4   LoginNeeded, SecretMisplaced
├── EnvironmentUnfit          exit 5   StoreUnfit (StoreLocked, StoreReadOnly, StoreCorrupt, StoreTooNew),
│                                      BrowserUnfit (BrowserMissing, BrowserGone), SiteUnreachable, ModelUnavailable,
│                                      BatchBusy, TraceUnclean
└── StepError                 inside a run: TargetMissing, ActionFailed (NotInTime, NotOffered), PageGone
"""

from __future__ import annotations

from typing import ClassVar


class RpaAgentError(Exception):
    """Something failed that the agent knows by name."""

    exit_code: ClassVar[int] = 5
    code: ClassVar[str] = "error"
    do: ClassVar[str] = "Run `rpa doctor` and read its first failing line."
    run: str = ""  # the run it ended, where one had been begun

    def __init__(self, message: str = "", *, do: str = "", where: str = "") -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        self.remedy = do or self.do
        self.where = where
        super().__init__(self.message)

    def as_json(self) -> dict[str, str]:
        """Return the error object of the command line contract: code, message, do, where."""
        return {"code": self.code, "message": self.message, "do": self.remedy, "where": self.where}


class UsageInvalid(RpaAgentError):
    """The command cannot be understood."""

    exit_code, code, do = 2, "usage", "Read `rpa --help`."


class PersonMustEdit(RpaAgentError):
    """A person must change a file or a setting first."""

    exit_code, code = 3, "invalid"


class WorkflowInvalid(PersonMustEdit):
    """The workflow file is not valid."""

    code, do = "workflow_invalid", "Correct the file, then run `rpa validate`."


class AccountInvalid(PersonMustEdit):
    """The account file is not valid."""

    code, do = "account_invalid", "Correct the file, then run `rpa validate`."


class SettingsInvalid(PersonMustEdit):
    """A setting is not valid."""

    code, do = "settings_invalid", "Correct the setting, then run `rpa doctor`."


class ParamsInvalid(PersonMustEdit):
    """A parameter is missing or has the wrong type; nothing was sent."""

    code, do = "params_invalid", "Give each parameter as --param name=value."


class SecretMissing(PersonMustEdit):
    """A secret that this workflow names has no value here; nothing was typed."""

    code, do = "secret_missing", "Set RPA_SECRET_<NAME> in the environment or pass --env-file FILE."


class ImportInvalid(PersonMustEdit):
    """The file is no recording that can be read; nothing was stored."""

    code, do = "import_invalid", "Save the recording again, or say what it is with --as."


class ExportImpossible(PersonMustEdit):
    """The procedure does something that the other tool has no words for; nothing was written."""

    code, do = "export_impossible", "Look at `rpa procedure show NAME`."


class NoProcedure(PersonMustEdit):
    """No procedure is known for this workflow."""

    code, do = "no_procedure", "Show it once with `rpa record NAME --url URL`."


class VersionMovedOn(PersonMustEdit):
    """Another version was saved meanwhile; nothing was changed."""

    code, do = "version_moved_on", "Look at `rpa procedure show NAME`, and make your change in that version."


class ProcedureInvalid(PersonMustEdit):
    """The procedure's text is not valid; nothing was saved."""

    code, do = "procedure_invalid", "Correct the text and save it again."


class NeedsPerson(RpaAgentError):
    """A person must decide."""

    exit_code, code, do = 4, "needs_person", "Look at `rpa show RUN`."
    of_account = False  # whether it concerns all that use an account, and one notice is enough for them

    def __init__(self, message: str = "", *, fault: str = "drift", do: str = "", where: str = "") -> None:
        super().__init__(message, do=do, where=where)
        self.fault = fault


class Declined(RpaAgentError):
    """The person who watches did not allow a commit: ``left_out`` where only this one, else the run is to end."""

    exit_code, code, do = 130, "declined", "Run it again when it is to be done."

    def __init__(self, message: str, *, left_out: bool) -> None:
        super().__init__(message)
        self.left_out = left_out


class LoginNeeded(NeedsPerson):
    """A login that was not possible."""

    code, do = "login", "Record the login as part of the workflow, or check the account."

    def __init__(self, message: str = "", *, do: str = "", where: str = "", of_account: bool = False) -> None:
        super().__init__(message, fault="login", do=do, where=where)
        self.of_account = of_account


class SecretMisplaced(NeedsPerson):
    """The page at hand is not where this secret was shown; nothing was typed."""

    code = "secret_misplaced"
    do = (
        "Look at the picture in `rpa show RUN`. Where the site really moved its login, show it again with `rpa record`;"
        " else somebody asks for a password that is not theirs."
    )

    def __init__(self, message: str = "", *, fault: str = "login", do: str = "", where: str = "") -> None:
        super().__init__(message, fault=fault, do=do, where=where)


class EnvironmentUnfit(RpaAgentError):
    """Something around the agent is not fit for work; nothing was sent."""

    exit_code, code = 5, "environment"


class StoreUnfit(EnvironmentUnfit):
    """A database cannot be used."""

    code = "store"


class StoreLocked(StoreUnfit):
    """The database is locked by another process."""

    code, do = "store_locked", "Wait for the other process or end it, then run again."


class StoreReadOnly(StoreUnfit):
    """The database or its folder cannot be written."""

    code, do = "store_read_only", "Give write permission to the state folder, or point --state elsewhere."


class StoreCorrupt(StoreUnfit):
    """The database is damaged; it was left untouched."""

    code, do = (
        "store_corrupt",
        "Move the file away, or restore it from a backup; the seed is copied again on the next run.",
    )


class SealBroken(StoreUnfit):
    """A saved login that cannot be used: another key, another account or host, damaged, or of another version."""

    code, do = "seal_broken", "It is left as it is; the next run logs in anew."


class StoreTooNew(StoreUnfit):
    """The database was written by a newer version of rpa-agent; it was left untouched."""

    code, do = "store_too_new", "Upgrade rpa-agent, or point --state to another folder."


class BrowserUnfit(EnvironmentUnfit):
    """The browser cannot be used."""

    code = "browser"


class BrowserMissing(BrowserUnfit):
    """No browser was found."""

    code = "browser_missing"
    do = "Run `playwright install chromium`, or as root `apt-get install chromium-headless-shell`; or set RPA_BROWSER."


class BrowserGone(BrowserUnfit):
    """The browser died in the middle of a run."""

    code, do = "browser_gone", "Run again; `rpa show RUN` says whether anything was sent."


class SiteUnreachable(EnvironmentUnfit):
    """The site does not answer. ``again_in`` are the seconds for which it asked to be left alone, where it did."""

    code, do = "site_unreachable", "Check the address and the network; nothing was sent."
    again_in: float | None = None


class BatchBusy(EnvironmentUnfit):
    """Another process works on these rows; nothing was begun here."""

    code, do = "batch_busy", "Wait until it has ended, then run again: what it did is not done twice."


class TraceUnclean(EnvironmentUnfit):
    """A trace that cannot be freed of secrets; it was thrown away."""

    code, do = "trace_unclean", "The run itself is not touched by this; the log and `rpa show RUN` tell what it did."


class ModelUnavailable(EnvironmentUnfit):
    """A model was asked for and does not answer. ``again_in`` are the seconds after which asking again may help, if it may."""

    code, do = "model_unavailable", "Check RPA_MODEL_URL and the key, or run without a model."
    again_in: float | None = None


class StepError(RpaAgentError):
    """A step could not be done; the run decides what follows."""

    code = "step"


class TargetMissing(StepError):
    """The element is not on the page, or not the one that was meant."""

    code = "target_missing"


class ActionFailed(StepError):
    """The browser could not act on the element."""

    code = "action_failed"


class NotInTime(ActionFailed):
    """The page did not let it happen in time."""


class NotOffered(ActionFailed):
    """The list does not offer what was to be chosen, or offers it more than once."""


class PageGone(StepError):
    """The page or the browser went away under the step."""

    code = "page_gone"
