"""How much carbon dioxide stands behind a kilowatt-hour in a region, from the tables within codecarbon."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass

from harness.errors import UserError, nearest

JOULES = 3.6e6
"""In a kilowatt-hour."""

MISSING = (
    "the tables of regions are missing, which are part of a package: "
    "pip install 'reasoning-harness[energy]'"
)


@dataclass(frozen=True, slots=True)
class Carbon:
    """Grams of CO2 equivalents for each kilowatt-hour in a region, and where the figure is from."""

    region: str
    intensity: float
    source: str

    def grams(self, joules: float) -> float:
        """Of so much energy."""
        return joules / JOULES * self.intensity


def carbon(region: str) -> Carbon:
    """The carbon behind electricity in a region.

    `region` is a country's ISO code of three letters (`DEU`), for the United States, Canada, China, Sweden,
    Norway and Finland also one of its parts (`USA/california`, `SWE/SE3`). Nothing is looked up in a
    network, and nothing stands in for a region that the tables do not have: that raises `UserError`.
    """
    try:
        from codecarbon.core.emissions import Emissions
        from codecarbon.core.units import Energy
        from codecarbon.external.geography import GeoMetadata
        from codecarbon.input import DataSource
    except ImportError as error:
        raise UserError(MISSING) from error
    data = DataSource()
    country, _, part = region.partition("/")
    country, part = country.upper(), part.strip().lower()
    countries = data.get_global_energy_mix_data()
    if country not in countries:
        raise UserError(
            f"region {region!r} is not known{nearest(country, countries)}: "
            "give a country's ISO code of three letters, such as DEU, or USA/california"
        )
    # codecarbon takes the country's, or the world's, figure for parts that it does not know
    parts = _parts(data, country)
    if part and part not in parts:
        choice = f"{country} alone, or a part such as {min(parts)}" if parts else f"{country} alone"
        raise UserError(
            f"region {region!r}: no part {part!r} of {country} is known{nearest(part, parts)}: "
            f"give {choice}"
        )
    place = GeoMetadata(country, region=part or None)
    each = Emissions(data).get_private_infra_emissions(Energy(1.0), place)
    version = importlib.metadata.version("codecarbon")
    name = f"{country}/{part}" if part else country
    year = "" if part else f", data of {countries[country].get('year')}"
    return Carbon(name, round(1000 * each, 3), f"codecarbon {version}{year}")


def _parts(data: object, country: str) -> set[str]:
    """The parts of a country of which the tables know."""
    from codecarbon.input import DataSource

    assert isinstance(data, DataSource)
    if country == "USA":
        return {name for name in data.get_country_emissions_data("usa") if name[0] != "_"}
    if country == "CAN":
        return set(data.get_country_energy_mix_data("can"))
    if country == "CHN":
        provinces = data.get_china_provincial_emissions_data()["data"].values()
        return {name for one in provinces for name in one["names"]}
    zones = {"SWE": ("se",), "NOR": ("no",), "FIN": ("fi",)}.get(country, ())
    known = data.get_nordic_country_energy_mix_data()["data"]
    return {name.lower() for name in known if name.lower().startswith(zones)} if zones else set()
