"""Who did it: the accounts of the demonstration at their desks, and tokens for the exchange and for each unit's phone.

The tokens' secrets are given to nobody, and their time was over when the past ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo112.access import store as access
from geo112.access.roles import Role, Signed
from geo112.database import rows
from geo112.errors import DomainError
from geo112.units import store as unit_store
from geo112.units.unit import Unit

ACCOUNTS = text("SELECT id, name, role, opd_id FROM account WHERE is_active AND role = ANY(:roles) ORDER BY id")


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody who acted."""

    exchange: Signed
    call_taker: Signed
    dispatchers: Mapping[int, Signed]  # by OPD
    crews: Mapping[int, Signed]  # by unit
    units: Mapping[int, Unit]

    def abilities(self, opd_id: int) -> frozenset[str]:
        """Return what an OPD's units can do."""
        return frozenset(one for unit in self.units.values() if unit.opd_id == opd_id for one in unit.capabilities)


async def staff(session: AsyncSession, since: datetime, until: datetime) -> Staff:
    """Find the accounts and make the tokens, in force from `since` until `until`.

    Raises:
        DomainError: `no_sign_ins`, the demonstration has no accounts yet.
    """

    async def device(role: Role, label: str, unit: Unit | None = None) -> Signed:
        number, _ = await access.create_token(
            session,
            role=role,
            label=label,
            opd_code=None,
            call_sign=unit.call_sign if unit else None,
            now=since,
            lasts=until - since,
        )
        return Signed(role, label, None, number, unit.opd_id if unit else None, unit.id if unit else None)

    roles = [Role.CALL_TAKER, Role.DISPATCHER]
    people = [
        Signed(Role(one.role), one.name, one.id, None, one.opd_id, None)
        for one in await rows(session, ACCOUNTS, roles=roles)
    ]
    call_taker = next((one for one in people if one.role is Role.CALL_TAKER), None)
    if call_taker is None:
        raise DomainError("no_sign_ins", "Belum ada akun penerima panggilan.", "There is no call taker's account yet.")
    units = await unit_store.units(session)
    return Staff(
        exchange=await device(Role.TELEPHONY, "Sentral telepon 112"),
        call_taker=call_taker,
        dispatchers={one.opd_id: one for one in reversed(people) if one.opd_id is not None},
        crews={unit.id: await device(Role.CREW, f"Ponsel {unit.call_sign}", unit) for unit in units},
        units={unit.id: unit for unit in units},
    )
