from typing import Annotated

import pytest

from shanshui.base.raster import WholeRaster
from shanshui.base.step import AtLeast, IfAny, Series, Somewhere, step


def test_positional_parameters_are_quantities_and_keyword_only_ones_scalars():
    @step
    def runoff(rain, slope, *, curve_number, floor):
        return rain * slope * curve_number + floor

    assert runoff.step.gives == "runoff"
    assert runoff.step.inputs == ("rain", "slope")
    assert runoff.step.parameters == ("curve_number", "floor")
    assert (runoff.step.method, runoff.step.halo, runoff.step.series) == (None, 0, {})


def test_a_step_stays_the_function_it_was():
    def half(rain):
        return rain / 2

    assert step(half) is half
    assert half(3) == 1.5


def test_what_the_decorator_says_goes_before_the_function_s_name():
    @step(gives="cover_factor", method="cai_2000", halo=2)
    def cover_factor_from_cover(vegetation_cover):
        """Cover factor from cover.

        More words.
        """

    made = cover_factor_from_cover.step
    assert (made.gives, made.method, made.halo) == ("cover_factor", "cai_2000", 2)
    assert (made.name, made.title) == ("cover_factor_from_cover", "Cover factor from cover.")


def test_a_family_becomes_one_step_for_each_quantity():
    @step(gives="{of}_trend", of=("ndvi", "npp"), halo=1, method="sen")
    def trend(of: Annotated[Series, AtLeast(8)], mask, *, level): ...

    members = trend.step.members()
    assert [member.gives for member in members] == ["ndvi_trend", "npp_trend"]
    assert [member.inputs for member in members] == [("ndvi", "mask"), ("npp", "mask")]
    assert [member.series for member in members] == [{"ndvi": 8}, {"npp": 8}]
    assert {(member.halo, member.method, member.parameters) for member in members} == {(1, "sen", ("level",))}


def test_a_single_step_is_its_own_only_member():
    @step
    def half(rain): ...

    assert half.step.members() == [half.step]


def test_a_series_needs_the_years_it_states_and_one_without_a_statement():
    @step
    def compared(ndvi: Series, npp: Annotated[Series, AtLeast(2)], slope: float): ...

    assert compared.step.series == {"ndvi": 1, "npp": 2}


def test_a_series_with_words_but_no_minimum_needs_one_year():
    @step
    def described(ndvi: Annotated[Series, "by year"]): ...

    assert described.step.series == {"ndvi": 1}


def test_a_series_is_in_the_order_of_its_years_and_pairs_each_two_once():
    series = Series({2010: "c", 1990: "a", 2000: "b"})
    assert series.years == (1990, 2000, 2010)
    assert list(series.items()) == [(1990, "a"), (2000, "b"), (2010, "c")]
    assert series.pairs() == [(1990, 2000), (1990, 2010), (2000, 2010)]
    assert Series({2000: "b"}).pairs() == []
    with pytest.raises(KeyError):
        series[1995]


def test_an_input_with_the_default_none_is_one_the_step_can_do_without():
    @step
    def summary(zones, population=None, *, floor): ...

    assert (summary.step.inputs, summary.step.optional) == (("zones", "population"), frozenset({"population"}))


def test_in_a_family_of_and_what_begins_with_it_stand_for_the_member_and_of_name_is_its_name():
    @step(gives="{of}_trend", of=("ndvi", "npp"))
    def trend(of, of_slope, office=None, *, of_name, level):
        return (of, of_slope, office, of_name, level)

    member = trend.step.members()[1]
    assert member.inputs == ("npp", "npp_slope", "office")
    assert (member.parameters, member.optional) == (("level",), frozenset({"office"}))
    assert member([1, 2, None], {"level": 3, "other": 4}) == (1, 2, None, "npp", 3)


def test_a_raster_as_a_whole_and_all_years_are_known_whatever_else_is_said_of_them():
    @step
    def flow(
        ground: WholeRaster,
        sea: Annotated[WholeRaster, Somewhere(0.5)],
        lakes: WholeRaster | None = None,
        rain: Annotated[Series, AtLeast(0)] | None = None,
        snow: Series | None = None,
    ): ...

    assert flow.step.whole == {"ground", "sea", "lakes"}
    assert flow.step.somewhere == {"sea": 0.5}
    assert flow.step.series == {"rain": 0, "snow": 1}
    assert flow.step.optional == {"lakes", "rain", "snow"}


def test_sums_of_a_sample_and_tables_that_leave_nothing_to_do_are_known_of_each_member():
    @step(gives="{of}_sums", of=("ndvi", "npp"), sampled=True)
    def sums(of, of_bins: Annotated[dict, IfAny()], others: Annotated[dict, Somewhere(1.0)], *, of_name): ...

    assert [member.if_any for member in sums.step.members()] == [{"ndvi_bins"}, {"npp_bins"}]
    assert [member.sampled for member in sums.step.members()] == [True, True]

    @step
    def half(rain): ...

    assert (half.step.sampled, half.step.if_any) == (False, frozenset())
