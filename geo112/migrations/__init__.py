"""The database's history. `upgrade()` brings any older one to the newest form."""

from pathlib import Path

from alembic import command
from alembic.config import Config


def config(database_url: str) -> Config:
    """Return alembic's configuration for a database; no ini file is needed."""
    found = Config()
    found.set_main_option("script_location", str(Path(__file__).parent))
    found.attributes["database_url"] = database_url
    return found


def upgrade(database_url: str) -> None:
    """Bring the database to the newest form; nothing is done where it has it already."""
    command.upgrade(config(database_url), "head")
