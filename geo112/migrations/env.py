"""How alembic reaches the database: by the address that `migrations.config` was given."""

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import create_engine

from geo112.tables import Base

OURS = set(Base.metadata.tables)


def include(thing: object, name: str | None, type_: str, reflected: bool, compare_to: object) -> bool:
    """Leave PostGIS's own tables alone."""
    if type_ == "table":
        return name in OURS
    return bool(alembic_helpers.include_object(thing, name, type_, reflected, compare_to))


engine = create_engine(context.config.attributes["database_url"])
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
