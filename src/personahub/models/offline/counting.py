"""Word problems on choices, chances and whole numbers: combinatorics, probability, number theory."""

from fractions import Fraction
from math import comb, factorial, gcd, lcm

from personahub.models.offline.dice import Dice
from personahub.models.offline.scene import Scene

LOWEST_TERMS = "Give the answer as a whole number or a fraction in lowest terms."
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_COPRIME = (
    (3, 5, 7),
    (4, 5, 7),
    (5, 6, 7),
    (5, 7, 8),
    (5, 7, 9),
    (7, 8, 9),
    (4, 7, 9),
    (5, 8, 9),
    (7, 9, 11),
    (8, 9, 11),
)


def committee(scene: Scene, dice: Dice) -> tuple[str, int]:
    old, new, size = dice.between(5, 12), dice.between(4, 12), dice.between(4, 6)
    least = dice.between(2, size - 2)
    text = (
        f"{scene.opening} puts together a committee of {size} to choose {scene.things}. {old} experienced people and "
        f"{new} newcomers have offered to serve, and at least {least} members of the committee must be newcomers. How "
        f"many different committees are possible?"
    )
    return text, sum(comb(new, chosen) * comb(old, size - chosen) for chosen in range(least, min(size, new) + 1))


def seating(scene: Scene, dice: Dice) -> tuple[str, Fraction]:
    people, seconds = dice.between(5, 8), dice.between(4, 59)
    text = (
        f"{scene.opening} plans a photograph of {people} people in one row behind a table of {scene.things}. The "
        f"oldest of them must stand at one end, and two of the others, who have quarrelled, must not stand side by "
        f"side. If trying one order takes {seconds} seconds, how many minutes would it take to try every permitted "
        f"order once? {LOWEST_TERMS}"
    )
    orders = 2 * (factorial(people - 1) - 2 * factorial(people - 2))
    return text, Fraction(orders * seconds, 60)


def same_colour(scene: Scene, dice: Dice) -> tuple[str, Fraction]:
    counts = (dice.between(3, 12), dice.between(3, 12), dice.between(3, 12))
    text = (
        f"{scene.opening} has marked {scene.things} with coloured dots: {counts[0]} with red, {counts[1]} with blue "
        f"and {counts[2]} with green ones. Three are taken at random, without putting any back. What is the "
        f"probability that all three dots have the same colour? {LOWEST_TERMS}"
    )
    return text, Fraction(sum(comb(count, 3) for count in counts), comb(sum(counts), 3))


def flagged(scene: Scene, dice: Dice) -> tuple[str, Fraction]:
    faulty, caught, wrong = dice.between(1, 20), dice.between(70, 99), dice.between(1, 15)
    text = (
        f"{scene.opening} learns that {faulty} percent of all {scene.things} from one supplier are faulty. A quick "
        f"check flags {caught} percent of the faulty ones, but also {wrong} percent of the sound ones. One picked at "
        f"random is flagged. What is the probability that it really is faulty? {LOWEST_TERMS}"
    )
    return text, Fraction(faulty * caught, faulty * caught + (100 - faulty) * wrong)


def raffle(scene: Scene, dice: Dice) -> tuple[str, Fraction]:
    tickets, large, small = dice.between(40, 200), dice.between(50, 300), dice.between(5, 40)
    larges, smalls, drawn = dice.between(1, 4), dice.between(5, 20), dice.between(2, 5)
    text = (
        f"{scene.opening} runs a raffle among {scene.things}. Of {tickets} tickets, {larges} "
        f"{'wins' if larges == 1 else 'win'} {large} {scene.money}, {smalls} win {small} {scene.money}, and the "
        f"others win nothing. {scene.helper.capitalize()} draws {drawn} tickets at once. What total win, in "
        f"{scene.money}, is expected on average? {LOWEST_TERMS}"
    )
    return text, Fraction(drawn * (larges * large + smalls * small), tickets)


def remainders(scene: Scene, dice: Dice) -> tuple[str, int]:
    a, b, c = dice.pick(_COPRIME)
    number = dice.between(max(a, b, c) + 1, a * b * c - 1)
    text = (
        f"{scene.opening} counts the {scene.things}, of which there are fewer than {a * b * c}. In rows of {a}, "
        f"{_left(number % a)}; in rows of {b}, {_left(number % b)}; in rows of {c}, {_left(number % c)}. How many "
        f"{scene.things} are there?"
    )
    return text, number


def next_together(scene: Scene, dice: Dice) -> tuple[str, str]:
    a, b, c = (dice.between(3, 30) for _ in range(3))
    today = dice.below(7)
    text = (
        f"{scene.opening} orders {scene.things} every {a} days, checks the accounts every {b} days and meets "
        f"{scene.helper} every {c} days. Today, a {_WEEKDAYS[today]}, all three fall together. On which day of the "
        f"week will they next all fall together?"
    )
    return text, _WEEKDAYS[(today + lcm(a, b, c)) % 7]


def layouts(scene: Scene, dice: Dice) -> tuple[str, int]:
    total = dice.between(2, 30) * dice.pick((12, 20, 30, 36, 42, 60))
    least = dice.between(2, 6)
    text = (
        f"{scene.opening} arranges {total} {scene.things} in equal rows, so that there are at least {least} rows and "
        f"at least {least} in each row. In how many ways can this be done, if 3 rows of 8 and 8 rows of 3 would count "
        f"as different?"
    )
    return text, sum(1 for rows in range(least, total // least + 1) if total % rows == 0)


def doubling_remainder(scene: Scene, dice: Dice) -> tuple[str, int]:
    base, days, box = dice.between(2, 9), dice.between(12, 90), dice.between(11, 60)
    text = (
        f"{scene.opening} imagines {scene.things} that multiply: there is 1 at the start, and on each of {days} days "
        f"every single one is replaced by {base}. At the end all of them are put into boxes of {box} as far as they "
        f"go. How many are left over?"
    )
    return text, pow(base, days, box)


def tiling(scene: Scene, dice: Dice) -> tuple[str, int]:
    short, long = dice.pick(((1, 2), (1, 3), (2, 3), (1, 4), (2, 5), (1, 5)))
    length, colours = dice.between(9, 16), dice.between(2, 4)
    text = (
        f"{scene.opening} covers a shelf edge of exactly {length} cm, behind which the {scene.things} are kept, with "
        f"strips of {short} cm and {long} cm laid end to end. The short strips come in {colours} colours, the long "
        f"ones in a single colour. How many different patterns from left to right are possible?"
    )
    ways = [1] + [0] * length
    for end in range(1, length + 1):
        ways[end] = (colours * ways[end - short] if end >= short else 0) + (ways[end - long] if end >= long else 0)
    return text, ways[length]


def coprime_numbers(scene: Scene, dice: Dice) -> tuple[str, int]:
    total, stamp = dice.between(60, 400), dice.pick((6, 10, 12, 14, 15, 20, 21, 30, 35, 42))
    text = (
        f"{scene.opening} numbers {scene.things} from 1 to {total} and hands out only those whose number has no "
        f"factor above 1 in common with {stamp}. How many are handed out?"
    )
    return text, sum(1 for number in range(1, total + 1) if gcd(number, stamp) == 1)


def _left(count: int) -> str:
    return {0: "none are left over", 1: "1 is left over"}.get(count, f"{count} are left over")
