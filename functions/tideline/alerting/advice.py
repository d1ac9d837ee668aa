"""What to do next, by the class of the error that ended a run: plain words for every one that can."""

from __future__ import annotations

from tideline.domain.training.run import model_of_run

# Errors that end no run: they are answered where they arise: in a receipt, over HTTP, by a command.
NEVER_END_A_RUN = frozenset(
    {
        "SpecInvalid",
        "FileRejected",
        "InvalidInstances",
        "ScheduleRefused",
        "ApproverRefused",
        "ApprovalRefused",
        "EvidenceUnreadable",
        "HistoryUnreadable",
        "LogTooNew",
        "ChatRefused",
        "ChatUnavailable",
    }
)

_AGAIN = "Try again: `tideline retrain {model}`."
_REPORT = "That is a fault of Tideline: please report it with what `{story} --json` prints."
_LOGS = "The function's log has the whole stack trace."

ADVICE: dict[str, str] = {
    "UnknownModel": ("Its spec has gone from the registry. Apply it again: `tideline apply FILE`."),
    "UnknownVersion": (
        "The version it speaks of is not in the registry; `tideline versions {model}` lists those that "
        "are. Train a new one: `tideline retrain {model} --force`."
    ),
    "ObjectMissing": (
        "A file that the run needs is gone from a bucket: somebody or a lifecycle rule deleted it. Bring"
        " it back (buckets keep old versions), or drop the data again, then `tideline retrain {model}`."
    ),
    "ObjectUnreadable": (
        "A function may not read a file that it needs, or the file lies in an archive class: look at the "
        "bucket's encryption and storage class, then `tideline retrain {model}`."
    ),
    "AwsRequestRefused": (
        "AWS refused a read that serving needs: the cause names it. Deploy again, in case a grant is "
        "missing, then `tideline retrain {model} --force`."
    ),
    "TrainingImpossible": (
        "The data is the matter, not the machine: the cause says what is missing. Drop data that has it "
        "(`tideline push {model} FILE`); a run starts by itself. Or change the spec and `tideline apply`"
        " it."
    ),
    "ArtifactInvalid": (
        "The model file is not what its record says: it was cut off or changed. Nothing of it was "
        "served. Make it anew: `tideline retrain {model} --force`."
    ),
    "RowsUnaccounted": (
        "The files of a batch do not hold each of its rows exactly once, so nothing was announced. Drop the "
        "file again: it is scored anew, under a job of its own. " + _REPORT
    ),
    "ParityBroken": (
        "The ONNX file would answer otherwise than the model that was trained, so it was not registered."
        " Meanwhile `training: {{trainer: linear}}` in the spec avoids it. " + _REPORT
    ),
    "PreflightFailed": (
        "The candidate did not load, answered known rows wrongly or took too long, before it had any "
        "traffic; what is live goes on. Train again: `tideline retrain {model} --force`. If that fails, too: "
        + _REPORT
    ),
    "ReleaseRefused": (
        "Another release was first, or the version's state forbids it. `tideline status {model}` shows "
        "what is live; nothing needs to be done if that is newer."
    ),
    "TransitionRefused": (
        "The version has moved on to a state from which this step is not allowed; `tideline versions "
        "{model}` shows where each stands. Ask again for what is still wanted."
    ),
    "ApprovalExpired": (
        "Nobody approved it in time, so it is a candidate as before. Ask again, `tideline release {model} "
        "VERSION`, and have somebody else approve it; `release.approval_within` in the spec says for how "
        "long a release waits."
    ),
    "EventRefused": (
        "The event bus did not take an event: its policy or a limit is in the way. `tideline doctor` "
        "looks at the stack; then `tideline retrain {model}`."
    ),
    "RegistryConflict": ("Others kept writing the same record. " + _AGAIN),
    "StorageUnavailable": (
        "S3 or DynamoDB did not answer for minutes. Once they do: `tideline retrain {model}`."
    ),
    "ThrottledByService": (
        "An AWS service kept asking for patience: too much at once in this account. Wait a little, or "
        "raise the quota, then `tideline retrain {model}`."
    ),
    "NothingLive": (
        "There is nothing to look at before a version is live: drop data (`tideline push {model} FILE`), or"
        " release a version that there is: `tideline release {model} VERSION`."
    ),
    "NoOutcome": (
        "The workflow ended well and yet left no version. " + _AGAIN + " If it happens twice: " + _REPORT
    ),
    "States.Timeout": (
        "It took longer than it may. Fewer `training.trials` or a smaller `training.window` in the spec "
        "help; then `tideline retrain {model}`."
    ),
    "States.Timed_Out": (
        "It took longer than it may. Fewer `training.trials` or a smaller `training.window` in the spec "
        "help; then `tideline retrain {model}`."
    ),
    "States.Aborted": ("Somebody stopped the execution. To go on: `tideline retrain {model}`."),
    "States.DataLimitExceeded": (
        "A step handed on more than 256 KB. Fewer `training.trials` in the spec make it less; then "
        "`tideline retrain {model}`. " + _REPORT
    ),
    "States.Runtime": ("The workflow itself is at fault: a path or an expression does not fit. " + _REPORT),
    "States.TaskFailed": ("A step failed without a name for it. " + _LOGS + " " + _AGAIN),
    "Sandbox.Timedout": (
        "A function ran into its time limit of 15 minutes. A smaller `training.window`, or the `linear` "
        "trainer, takes less; then `tideline retrain {model}`."
    ),
    "Runtime.ExitError": (
        "A function's process was ended, most likely for want of memory. A smaller `training.window` "
        "takes less; then `tideline retrain {model}`."
    ),
    "Runtime.OutOfMemory": (
        "A function ran out of memory. A smaller `training.window` takes less; then `tideline retrain "
        "{model}`."
    ),
    "MemoryError": (
        "A function ran out of memory. A smaller `training.window` takes less; then `tideline retrain "
        "{model}`."
    ),
    "Runtime.ImportModuleError": (
        "A function cannot load its code: the deployment is not whole. Deploy again (`tideline up`, or "
        "`npx cdk deploy -c env=NAME`), then `tideline retrain {model}`."
    ),
    "AccessDenied": (
        "A function may not do what it must: a grant is missing in the stack. Deploy again; if it stays "
        "so: " + _REPORT
    ),
}
_OTHER = _LOGS + " " + _AGAIN + " If it happens again: " + _REPORT
_ALIASES = {"AccessDeniedException": "AccessDenied", "Lambda.TooManyRequestsException": "ThrottledByService"}


# The version is there already: what ended is its release alone, and training another would help nobody.
_RELEASE_ADVICE = {
    "States.Aborted": "Somebody stopped the release. To go on: `tideline release {model} {version}`.",
    "StorageUnavailable": (
        "S3 or DynamoDB did not answer for minutes. Once they do: `tideline release {model} {version}`."
    ),
}


def advise_release(error: str, *, model: str, run: str, version: int | str) -> str:
    """Return what to do next after a version's release failed; arguments as in `advise`.

    `version` is its number, or what stands for it where that is not known.
    """
    text = _RELEASE_ADVICE.get(error)
    return text.format(model=model, version=version) if text else advise(error, model=model, run=run)


def advise(error: str, *, model: str, run: str) -> str:
    """Return what to do next.

    Args:
        error: Class name of the error, or a code of Step Functions or Lambda.
        model: Whose run it was.
        run: Its id, or what else failed: ``look event …``, a job.
    """
    text = ADVICE.get(_ALIASES.get(error, error), _OTHER)
    return text.format(model=model, story=story_command(model=model, run=run))


def story_command(*, model: str, run: str) -> str:
    """Return the command that tells what happened: only of a run there is a story by itself."""
    try:
        model_of_run(run)
    except ValueError:
        return f"tideline status {model}"
    return f"tideline why {run}"
