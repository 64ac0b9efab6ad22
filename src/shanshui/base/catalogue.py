"""All words and all steps together: what can be made, and by which methods."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from shanshui.base.errors import Problem, StudyError, did_you_mean
from shanshui.base.step import Step
from shanshui.base.vocabulary import Quantity, Vocabulary, read_quantities

BASE_VOCABULARY = Path(__file__).with_name("vocabulary.toml")


class Catalogue:
    """The vocabulary and the steps that give its quantities.

    Parameters
    ----------
    vocabularies : iterable of Path
        Vocabulary files; the base vocabulary is always there.
    modules : iterable of module
        Modules whose functions marked with `step` are taken, in the order they are written.

    Raises
    ------
    StudyError
        Where a name is given twice, a step gives or takes a word nobody knows, or two steps give one
        quantity by the same method.
    """

    def __init__(self, vocabularies: Iterable[Path], modules: Iterable[ModuleType]) -> None:
        self._vocabularies, self._modules = list(vocabularies), list(modules)
        words = [quantity for path in (BASE_VOCABULARY, *self._vocabularies) for quantity in read_quantities(path)]
        self.vocabulary = Vocabulary(words)
        families = [step for module in self._modules for step in _marked(module)]
        self._grow(families)
        self.steps: list[Step] = [member for family in families for member in family.members()]
        self._methods: dict[str, list[Step]] = {}
        for step in self.steps:
            self._methods.setdefault(step.gives, []).append(step)
        problems = self._problems()
        if problems:
            raise StudyError(problems)

    def extended(self, vocabularies: Iterable[Path], modules: Iterable[ModuleType]) -> Catalogue:
        """Give a catalogue that knows more words and steps; those come after these."""
        return Catalogue([*self._vocabularies, *vocabularies], [*self._modules, *modules])

    def methods(self, name: str) -> list[Step]:
        """Give the steps that give a quantity, the preferred one first."""
        return self._methods.get(name, [])

    @property
    def products(self) -> list[Quantity]:
        """The quantities that are made when nobody asked for anything in particular."""
        return [quantity for quantity in self.vocabulary.values() if quantity.product and not quantity.family]

    def _grow(self, families: list[Step]) -> None:
        """Add the derived words of every family to the vocabulary: they are generated, never typed."""
        for family in families:
            for of in family.of:
                if family.gives in self.vocabulary and of in self.vocabulary:
                    self.vocabulary.add(self.vocabulary[family.gives].member(self.vocabulary[of]))
        # What a family takes and no step gives, the study may bring: a class table of each coefficient.
        patterns = [word for word in self.vocabulary.values() if word.family]
        for member in (
            member for family in families for member in family.members() if member.member in self.vocabulary
        ):
            of_words = [pattern.member(self.vocabulary[str(member.member)]) for pattern in patterns]
            for word in of_words:
                if word.name in member.inputs and word.name not in self.vocabulary:
                    self.vocabulary.add(word)

    def _problems(self) -> list[Problem]:
        problems = []
        for step in self.steps:
            where = f"step {step.function.__module__}.{step.name}"
            for word in (step.gives, *step.inputs):
                if word not in self.vocabulary:
                    problems.append(
                        Problem(where, f"{word!r} is not in the vocabulary", did_you_mean(word, self.vocabulary))
                    )
            if step.together and not step.whole:
                problems.append(Problem(where, "gives several quantities and takes no raster as a whole", "divide it"))
        for name, steps in self._methods.items():
            methods = [step.method for step in steps]
            if len(set(methods)) < len(methods):
                problems.append(Problem(f"step {name}", "is given twice by one method", "name the methods apart"))
        return problems


def _marked(module: ModuleType) -> list[Step]:
    return [
        value.step
        for value in vars(module).values()
        if isinstance(getattr(value, "step", None), Step) and value.__module__ == module.__name__
    ]
