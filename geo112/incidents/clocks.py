"""The clocks a centre is judged by: from which event to which, and how long it should take. Pure.

Defaults from NFPA 1710/1221 (answer, turnout), Jakarta's stated practice (call handling 30 s) and Permendagri
114/2018 (fire: 15 minutes from report to arrival); `dispatch` is a local choice.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SlaClock:
    code: str
    priority: int | None  # None: every priority
    target_s: float
    target_share: float  # of those counted, this share should be within the target


CLOCKS: tuple[SlaClock, ...] = (
    SlaClock("answer", None, 15, 0.95),
    SlaClock("call_handling", None, 60, 0.90),
    SlaClock("dispatch", 1, 60, 0.90),
    SlaClock("dispatch", 2, 300, 0.90),
    SlaClock("dispatch", 3, 900, 0.90),
    SlaClock("turnout", None, 80, 0.90),
    SlaClock("travel", None, 480, 0.90),
    SlaClock("total", None, 900, 0.90),
)
