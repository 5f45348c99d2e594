"""What makes a fix quick to keep: each device's newest raw time, and a key whose entries follow one another in time.

A fix later than all of its device's is no twin of any: it is not looked up. The uuid comes last in its key, so that a
device's next entry lies beside its last one instead of anywhere among all of its entries.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STEPS = """
ALTER TABLE device ADD COLUMN newest_at timestamptz;
UPDATE device SET newest_at = found.newest_at
  FROM (SELECT device_id, max(fixed_at) AS newest_at FROM fix GROUP BY device_id) AS found
 WHERE found.device_id = device.id;
DROP INDEX uq_fix_client;
CREATE UNIQUE INDEX uq_fix_client ON fix (device_id, fixed_at, client_id) WHERE client_id IS NOT NULL
"""


def upgrade() -> None:
    for step in STEPS.split(";\n"):
        op.execute(step)
