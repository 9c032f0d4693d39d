"""Word problems with an unknown: linear and quadratic equations, the best of many choices, growth, sequences."""

from fractions import Fraction

from personahub.models.offline.dice import Dice
from personahub.models.offline.scene import Scene


def two_kinds(scene: Scene, dice: Dice) -> tuple[str, int]:
    small = dice.between(4, 14)
    large = small + dice.between(3, 15)
    packs = dice.between(20, 90)
    larges = dice.between(5, packs - 5)
    total = small * (packs - larges) + large * larges
    text = (
        f"{scene.opening} packs {total:,} {scene.things} into {packs} boxes. A small box holds {small} of them and a "
        f"large box {large}, and every box is full. How many large boxes are there?"
    )
    return text, larges


def two_prices(scene: Scene, dice: Dice) -> tuple[str, int]:
    ticket, thing = dice.between(7, 45), dice.between(3, 60)
    a, b, c = dice.between(2, 9), dice.between(2, 9), dice.between(2, 9)
    d = b * c // a + dice.between(1, 6)
    text = (
        f"{scene.opening} sells entry tickets and {scene.things}. One visitor pays {a * ticket + b * thing} "
        f"{scene.money} for {a} tickets and {b} {scene.things}; another pays {c * ticket + d * thing} {scene.money} "
        f"for {c} tickets and {d} {scene.things}. How many {scene.money} does one ticket cost?"
    )
    return text, ticket


def rectangle_sides(scene: Scene, dice: Dice) -> tuple[str, int]:
    short = dice.between(6, 40)
    long = short + dice.between(3, 40)
    text = (
        f"{scene.opening} wants to lay out {scene.things} on a rectangular floor of {short * long:,} square metres. A "
        f"cord around the whole floor is {2 * (short + long)} metres long. How many metres longer is the floor than "
        f"it is wide?"
    )
    return text, long - short


def best_price(scene: Scene, dice: Dice) -> tuple[str, int]:
    cost, margin, rise, lost = dice.between(3, 40), dice.between(2, 20), dice.between(2, 25), dice.between(2, 15)
    price = cost + margin
    sales = lost * (margin + 2 * rise)
    text = (
        f"{scene.opening} sells {sales} {scene.things} a week at {price} {scene.money} each; each costs {cost} "
        f"{scene.money} to make. For every {scene.money[:-1]} added to the price, {lost} fewer are sold in a week. "
        f"Which price, in {scene.money}, brings the largest weekly profit?"
    )
    return text, price + rise


def fence(scene: Scene, dice: Dice) -> tuple[str, int]:
    inner, unit = dice.between(1, 4), dice.between(3, 40)
    widths = inner + 2
    length = 2 * widths * unit
    walls = "one inner fence" if inner == 1 else f"{inner} inner fences"
    verb = "divides" if inner == 1 else "divide"
    text = (
        f"{scene.opening} has {length} metres of fence for a rectangular yard in which {scene.things} will be on "
        f"show. One side of the yard is an existing straight wall and needs no fence; {walls} at right angles to the "
        f"wall {verb} the yard into {inner + 1} parts. What is the largest area, in square metres, that the whole "
        f"yard can have?"
    )
    return text, unit * unit * widths


def two_products(scene: Scene, dice: Dice) -> tuple[str, int]:
    hours_a, hours_b = dice.between(2, 7), dice.between(2, 7)
    kilos_a, kilos_b = dice.between(2, 9), dice.between(2, 9)
    hours, kilos = dice.between(40, 120), dice.between(40, 150)
    gain_a, gain_b = dice.between(7, 40), dice.between(7, 40)
    text = (
        f"{scene.opening} makes plain and painted boxes for {scene.things}. A plain one takes {hours_a} hours and "
        f"{kilos_a} kg of material and brings {gain_a} {scene.money} of profit; a painted one takes {hours_b} hours "
        f"and {kilos_b} kg and brings {gain_b} {scene.money}. There are {hours} hours and {kilos} kg to spend, and "
        f"only finished pieces can be sold. What is the largest possible profit in {scene.money}?"
    )
    best = max(
        plain * gain_a + gain_b * min((hours - plain * hours_a) // hours_b, (kilos - plain * kilos_a) // kilos_b)
        for plain in range(min(hours // hours_a, kilos // kilos_a) + 1)
    )
    return text, best


def rising_days(scene: Scene, dice: Dice) -> tuple[str, int]:
    first, more, goal = dice.between(5, 60), dice.between(2, 15), dice.between(600, 6_000)
    text = (
        f"{scene.opening} finishes {first} {scene.things} on the first day and on each later day {more} more than on "
        f"the day before. On which day does the total first pass {goal:,}?"
    )
    day = 1
    while day * (2 * first + more * (day - 1)) <= 2 * goal:
        day += 1
    return text, day


def growth(scene: Scene, dice: Dice) -> tuple[str, int]:
    start, percent, times = dice.between(40, 900), dice.between(4, 30), dice.between(2, 9)
    text = (
        f"{scene.opening} starts a circle with {start} subscribers to swap {scene.things}. If their number grew by "
        f"exactly {percent} percent every month, after how many whole months would it first be more than {times} "
        f"times as large?"
    )
    months, size = 0, Fraction(1)
    while size <= times:
        months, size = months + 1, size * Fraction(100 + percent, 100)
    return text, months


def ages(scene: Scene, dice: Dice) -> tuple[str, int]:
    child, factor, years = dice.between(3, 14), dice.between(3, 6), dice.between(4, 20)
    elder = factor * child
    text = (
        f"{scene.opening} finds a box of {scene.things} labelled with a riddle: \u201cToday I am {factor} times as "
        f"old as my daughter. In {years} years our ages will add up to {elder + child + 2 * years}.\u201d How old was "
        f"the writer of the riddle when the daughter was born?"
    )
    return text, elder - child
