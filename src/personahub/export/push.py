"""A folder to a dataset of the Hugging Face hub: the only file that knows how it is sent."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from personahub.errors import PersonahubError, UsageError

_NAME = re.compile(r"[\w-][\w.-]{0,95}/[\w-][\w.-]{0,95}", re.ASCII)
_MESSAGE = "Records from personahub"


@dataclass(frozen=True)
class Push:
    """Args:
    repo: OWNER/NAME.
    public: whether a dataset that is new there can be seen by everybody.
    dry_run: nothing is sent, and no key is needed.
    """

    repo: str
    public: bool = False
    dry_run: bool = False

    def check(self, output: Path) -> None:
        """What can be told before anything is written.

        Raises:
            UsageError: it names no dataset, there is no folder to send, the library or the key is missing.
        """
        if not _NAME.fullmatch(self.repo) or ".." in self.repo:
            raise UsageError(f"push: {self.repo[:120]!r} names no dataset; say OWNER/NAME")
        if output.suffix:
            raise UsageError(f"push sends a folder, and {str(output)!r} is a file; name an output without an ending")
        if not self.dry_run and not _library().get_token():
            raise UsageError("push needs a key of the Hugging Face hub: set HF_TOKEN, or run 'hf auth login'")

    def send(self, folder: Path) -> str:
        """Make the dataset where it is not there, and its files those of the folder, in one commit.

        Returns:
            a sentence on what was done.

        Raises:
            PersonahubError: the hub does not take it; the folder stays.
        """
        files = [path for path in folder.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
        what = f"{len(files):,} files, {size / 2**20:,.1f} MB"
        if self.dry_run:
            return f"nothing is sent; without --push-dry-run {what} would go to the dataset {self.repo}"
        library = _library()
        token = library.get_token()
        hub = library.HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=token)
        try:
            library.utils.disable_progress_bars()  # ours is shown
            hub.create_repo(self.repo, repo_type="dataset", private=not self.public, exist_ok=True)
            told = hub.upload_folder(
                repo_id=self.repo,
                repo_type="dataset",
                folder_path=folder,
                commit_message=_MESSAGE,
                delete_patterns=["data/*.parquet"],  # shards of another number would stay beside these
            )
        except Exception as error:  # the library and those below it raise dozens of kinds
            reason = str(error).replace(token, "***").strip().partition("\n")[0][:300] or type(error).__name__
            raise PersonahubError(
                f"the dataset {self.repo} was not sent: {reason}; the folder {folder} is whole, and the same command "
                "sends it again"
            ) from error
        return f"sent to {told.commit_url}: {what}"


def _library() -> ModuleType:
    try:
        import huggingface_hub  # noqa: PLC0415 - slow to import and of an extra
    except ImportError as error:
        raise UsageError("push needs huggingface_hub: pip install 'personahub[datasets]'") from error
    return huggingface_hub
