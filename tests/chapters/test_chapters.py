import inspect

import pytest

from shanshui.base.units import conversion
from shanshui.chapters import catalogue

STEPS = {step.function: step for step in catalogue().steps}


@pytest.mark.parametrize("name", list(catalogue().vocabulary))
def test_every_quantity_has_words_in_both_languages_and_a_unit_that_is_known(name):
    quantity = catalogue().vocabulary[name]
    assert quantity.english
    assert any("\u4e00" <= letter <= "\u9fff" for letter in quantity.chinese)
    assert quantity.meaning.endswith(".")
    assert quantity.family or conversion(quantity.unit, quantity.unit).identity
    if quantity.minimum is not None and quantity.maximum is not None:
        assert quantity.minimum < quantity.maximum
    if quantity.shape == "cell":
        assert quantity.measure != "none"
    if quantity.shape == "table" and quantity.product:
        assert quantity.columns


@pytest.mark.parametrize("step", STEPS.values(), ids=[step.name for step in STEPS.values()])
def test_every_step_tells_what_it_gives_and_takes(step):
    text = inspect.getdoc(step.function)
    assert step.title.endswith(".")
    assert "Returns\n" in text
    for word in inspect.signature(step.function).parameters:
        assert word in text.partition("Returns\n")[0]
