"""Problems of logical reasoning with one answer: clues are taken until all but one arrangement is ruled out.

English or Chinese. Every arrangement is tried, so that a puzzle has exactly one answer, and no clue is left in that
the others make needless.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations

from personahub.models.offline.dice import Dice
from personahub.models.offline.scene import Problem, Scene, scene

Order = Sequence[int]  # the place of each thing, counted from 0

ENGLISH = ("red", "blue", "green", "yellow", "white")
CHINESE = ("红", "蓝", "绿", "黄", "白")
NAMES = (("Ada", "Bruno", "Chen", "Dora"), ("阿达", "小陈", "老马", "朵拉"))
_PLACES = (("first", "second", "third", "fourth", "fifth"), ("第一", "第二", "第三", "第四", "第五"))


@dataclass(frozen=True, slots=True)
class Clue:
    """Args:
    holds: whether it is true of an arrangement.
    """

    english: str
    chinese: str
    holds: Callable[[Order], bool]

    def said(self, *, chinese: bool) -> str:
        return self.chinese if chinese else self.english


def puzzle(persona: str, seed: int, *, chinese: bool = False) -> Problem:
    """The puzzle of this persona and seed."""
    dice = Dice("puzzle", str(seed), persona)
    return (row if dice.below(3) else culprit)(scene(persona, dice), dice, chinese=chinese)


def row(scene: Scene, dice: Dice, *, chinese: bool) -> Problem:
    """Boxes in a row, of which clues tell the order."""
    colours = CHINESE if chinese else ENGLISH
    count = len(colours)
    order = dice.sample(range(count), count)
    clues = unique(_clues(order, dice), count)
    asked = dice.below(count)
    answer = colours[order.index(asked)]
    said = " ".join(clue.said(chinese=chinese) for clue in clues)
    if chinese:
        text = (
            f"仓库里从左到右摆着五只箱子,颜色是{'、'.join(colours)}各一只,编号{dice.between(100, 999)}的单子上只记了"
            f"下面几句话。{said.replace('. ', '。').replace(' ', '')}从左边数{_PLACES[1][asked]}只箱子是什么颜色?"
        )
        return Problem(text, f"{answer}色", "row")
    text = (
        f"{scene.opening} puts five boxes of {scene.things} in a row from left to right. One is red, one blue, one "
        f"green, one yellow and one white. {said} Which box is the {_PLACES[0][asked]} from the left?"
    )
    return Problem(text, f"the {answer} one", "row")


def culprit(scene: Scene, dice: Dice, *, chinese: bool) -> Problem:
    """Four people say something, and it is told how many of them are right."""
    names = NAMES[chinese]
    while True:
        said = [_statement(speaker, dice) for speaker in range(4)]
        right = [[accused == who if says else accused != who for who, says in said] for accused in range(4)]
        counts = [sum(one) for one in right]
        fitting = [number for number in (1, 3) if counts.count(number) == 1]
        if fitting and len(set(said)) == 4:
            break
    number = dice.pick(fitting)
    answer = names[counts.index(number)]
    told = (_told(names, speaker, who, says=says, chinese=chinese) for speaker, (who, says) in enumerate(said))
    if chinese:
        some = "只有一个人说了真话" if number == 1 else "只有一个人说了假话"
        text = (
            f"第{dice.between(2, 90)}号柜子的钥匙被四个人中的一个拿走了。{''.join(told)}四个人里{some}。钥匙是谁拿的?"
        )
        return Problem(text, answer, "culprit")
    some = "one of the four tells the truth" if number == 1 else "one of the four does not tell the truth"
    text = (
        f"{scene.opening} finds that one of the {scene.things} is gone. One of four people at {scene.place} has taken "
        f"it. {' '.join(told)} Exactly {some}. Who has taken it?"
    )
    return Problem(text, answer, "culprit")


def unique(clues: Sequence[Clue], count: int) -> list[Clue]:
    """Of clues that are all true of one arrangement, as few as leave no other."""
    taken: list[Clue] = []
    left = list(permutations(range(count)))
    for clue in clues:
        fewer = [order for order in left if clue.holds(order)]
        if len(fewer) < len(left):
            taken.append(clue)
            left = fewer
        if len(left) == 1:
            break
    for clue in list(taken):
        others = [one for one in taken if one is not clue]
        if sum(all(one.holds(order) for one in others) for order in permutations(range(count))) == 1:
            taken = others
    return taken


def _clues(order: Order, dice: Dice) -> list[Clue]:
    """True ones, in any order, those that say much last."""
    pairs = [(one, other) for one in range(len(order)) for other in range(len(order)) if one != other]
    weak = [_left_of(*pair) for pair in pairs] + [_apart(*pair) for pair in pairs if pair[0] < pair[1]]
    weak += [_inside(one) for one in range(len(order))]
    strong = [_beside(*pair) for pair in pairs if pair[0] < pair[1]]
    strong += [_one_between(*pair) for pair in pairs if pair[0] < pair[1]]
    some, more = ([clue for clue in clues if clue.holds(order)] for clues in (weak, strong))
    mixed = dice.sample(some, 3) + dice.sample(more, 2)
    rest = [clue for clue in (*some, *more) if clue not in mixed]
    return dice.sample(mixed, len(mixed)) + dice.sample(rest, len(rest))


def _left_of(one: int, other: int) -> Clue:
    return Clue(
        f"The {ENGLISH[one]} box stands somewhere to the left of the {ENGLISH[other]} one.",
        f"{CHINESE[one]}箱在{CHINESE[other]}箱的左边。",
        lambda order: order[one] < order[other],
    )


def _apart(one: int, other: int) -> Clue:
    return Clue(
        f"The {ENGLISH[one]} box and the {ENGLISH[other]} one do not stand side by side.",
        f"{CHINESE[one]}箱和{CHINESE[other]}箱不相邻。",
        lambda order: abs(order[one] - order[other]) != 1,
    )


def _beside(one: int, other: int) -> Clue:
    return Clue(
        f"The {ENGLISH[one]} box and the {ENGLISH[other]} one stand side by side.",
        f"{CHINESE[one]}箱和{CHINESE[other]}箱相邻。",
        lambda order: abs(order[one] - order[other]) == 1,
    )


def _one_between(one: int, other: int) -> Clue:
    return Clue(
        f"Exactly one box stands between the {ENGLISH[one]} one and the {ENGLISH[other]} one.",
        f"{CHINESE[one]}箱和{CHINESE[other]}箱之间正好隔着一只箱子。",
        lambda order: abs(order[one] - order[other]) == 2,
    )


def _inside(one: int) -> Clue:
    return Clue(
        f"The {ENGLISH[one]} box is at neither end.",
        f"{CHINESE[one]}箱不在两头。",
        lambda order: 0 < order[one] < len(order) - 1,
    )


def _statement(speaker: int, dice: Dice) -> tuple[int, bool]:
    """Whom it is about, and whether it says that they have done it; nobody owns up."""
    who = dice.below(4)
    return who, bool(dice.below(2)) if who != speaker else False


def _told(names: Sequence[str], speaker: int, who: int, *, says: bool, chinese: bool) -> str:
    if chinese:
        return f"{names[speaker]}说:“{'不' if not says else ''}是{'我' if who == speaker else names[who]}拿的。”"
    whom = "me" if who == speaker else names[who]
    return f"{names[speaker]} says: \u201cIt was {'' if says else 'not '}{whom}.\u201d"
