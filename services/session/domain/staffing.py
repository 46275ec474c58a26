"""Who must be on site while people are dosed."""

from collections.abc import Mapping

from shared.protocol.dosing import Staffing


def understaffed(staffing: Staffing, on_site: Mapping[str, str], participants: int) -> tuple[str, ...]:
    """Return what is missing for so many participants. `on_site` is role by opaque subject.

    Whoever fills a role that must be on site does not count as a monitor.
    """
    roles = list(on_site.values())
    absent = tuple(f"staffing:{role.value}" for role in staffing.on_site if role.value not in roles)
    few = () if len(roles) >= staffing.minimum_staff.value else ("staffing:minimum_staff",)
    monitors = len(roles) - len(staffing.on_site)
    crowded = participants > max(monitors, 0) * staffing.participants_per_monitor.value
    return absent + few + (("staffing:monitors",) if crowded else ())
