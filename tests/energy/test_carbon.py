"""The carbon of a region is that of codecarbon's tables, and of no other region."""

from __future__ import annotations

import pytest

from harness.energy.carbon import carbon
from harness.errors import UserError

pytest.importorskip("codecarbon")


def test_a_kilowatt_hour_is_as_many_grams_as_the_table_says() -> None:
    from codecarbon.input import DataSource

    germany = carbon("deu")
    table = DataSource().get_global_energy_mix_data()["DEU"]
    assert germany.intensity == pytest.approx(table["carbon_intensity"])
    assert (germany.region, f"data of {table['year']}" in germany.source) == ("DEU", True)
    assert germany.grams(3.6e6) == germany.intensity


def test_a_part_of_a_country_has_its_own_figure() -> None:
    from codecarbon.input import DataSource

    pounds = DataSource().get_country_emissions_data("usa")["california"]["emissions"]
    california = carbon("USA/California")
    assert california.region == "USA/california"
    assert california.intensity == pytest.approx(pounds * 0.45359237, abs=0.001)  # lbs a MWh
    assert carbon("SWE/SE3").intensity != carbon("SWE").intensity
    assert carbon("CHN/sichuan").intensity != carbon("CHN").intensity
    assert carbon("CAN/quebec").intensity < carbon("CAN/alberta").intensity


@pytest.mark.parametrize(
    ("region", "message"),
    [
        ("DEX", r"'DEX' is not known.*three letters"),
        ("", r"'' is not known"),
        ("DEU/bavaria", r"no part 'bavaria' of DEU is known: give DEU alone"),
        ("USA/californa", r"did you mean 'california'.*give USA alone, or a part such as alabama"),
        ("SWE/NO1", r"no part 'no1' of SWE"),
    ],
)
def test_no_other_region_stands_in_for_one_that_is_not_known(region: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        carbon(region)
