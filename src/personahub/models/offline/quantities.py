"""Word problems on money, shares, work and ways: arithmetic, percentages, rates, mixtures, means."""

from fractions import Fraction

from personahub.models.offline.dice import Dice
from personahub.models.offline.grammar import capital, listed
from personahub.models.offline.scene import Scene

LOWEST_TERMS = "Give the answer as a whole number or a fraction in lowest terms."


def resale(scene: Scene, dice: Dice) -> tuple[str, int]:
    lots, each, price = dice.between(6, 40), dice.between(8, 60), dice.between(12, 90)
    lost = dice.between(3, 30)
    sold_at = lots * price // (lots * each - lost) + dice.between(2, 9)
    text = (
        f"{scene.opening} buys {lots} lots of {each} {scene.things} and pays {price} {scene.money} for each lot. On "
        f"the way {lost} of the {scene.things} are spoiled; the others are sold one by one at {sold_at} "
        f"{scene.money}. How many {scene.money} of profit are left?"
    )
    return text, sold_at * (lots * each - lost) - lots * price


def price_changes(scene: Scene, dice: Dice) -> tuple[str, Fraction]:
    before, up, down = 100 * dice.between(2, 30), dice.between(1, 12) * 5, dice.between(1, 9) * 5
    count = dice.between(3, 40)
    now = Fraction(before * (100 + up) * (100 - down), 10_000)
    text = (
        f"{scene.opening} raises the price of a set of {scene.things} by {up} percent and, when nobody buys, lowers "
        f"the new price by {down} percent. A set now costs {float(now):.2f} {scene.money}. By how many {scene.money} "
        f"does the income from {count} sets at today's price differ from the income they would have brought at the "
        f"first price? Give the difference as a positive number, exactly."
    )
    return text, abs(now - before) * count


def shared_work(scene: Scene, dice: Dice) -> tuple[str, Fraction]:
    alone, other = dice.between(6, 30), dice.between(6, 30)
    together = dice.between(1, max(1, alone * other // (alone + other) - 1))
    text = (
        f"{scene.opening} needs {alone} hours to get an order of {scene.things} ready, while {scene.helper} would "
        f"need {other} hours for the same order. Both start together and work side by side for {together} "
        f"{'hour' if together == 1 else 'hours'}; then {scene.role} is left to finish alone. How many hours pass from "
        f"the start until the order is ready? {LOWEST_TERMS}"
    )
    return text, together + alone * (1 - together * Fraction(alone + other, alone * other))


def meeting(scene: Scene, dice: Dice) -> tuple[str, Fraction]:
    way, first, second = dice.between(60, 400), dice.between(15, 60), dice.between(20, 90)
    late = dice.between(1, 11) * 5
    text = (
        f"{scene.opening} has {scene.things} to hand over and sets out along a road of {way} km at a steady {first} "
        f"km/h. {late} minutes later {scene.helper} starts from the other end towards {scene.role} at {second} km/h. "
        f"How many kilometres has {scene.role} covered when the two meet? {LOWEST_TERMS}"
    )
    return text, first * (way + second * Fraction(late, 60)) / (first + second)


def mixture(scene: Scene, dice: Dice) -> tuple[str, Fraction]:
    weak, strong = dice.between(3, 25), dice.between(40, 90)
    wanted, litres = dice.between(weak + 3, strong - 3), dice.between(5, 60)
    text = (
        f"{scene.opening} needs {litres} litres of a {wanted} percent cleaning solution for {scene.things}, but the "
        f"cupboard holds only one of {weak} percent and one of {strong} percent. How many litres of the stronger one "
        f"go into the mixture? {LOWEST_TERMS}"
    )
    return text, Fraction(litres * (wanted - weak), strong - weak)


def mean_without_extremes(scene: Scene, dice: Dice) -> tuple[str, Fraction]:
    days, mean = dice.between(9, 30), dice.between(40, 150)
    top, bottom = mean + dice.between(15, 90), mean - dice.between(10, 35)
    text = (
        f"{scene.opening} counts {scene.things} on {days} days and finds a mean of exactly {mean} a day. The best "
        f"day, with {top}, and the poorest, with {bottom}, are then left out. What is the mean of the remaining days? "
        f"{LOWEST_TERMS}"
    )
    return text, Fraction(days * mean - top - bottom, days - 2)


def variance(scene: Scene, dice: Dice) -> tuple[str, Fraction]:
    counts = [dice.between(12, 95) for _ in range(dice.between(5, 6))]
    text = (
        f"{scene.opening} notes how many {scene.things} were used on each of {len(counts)} days: "
        f"{listed([str(n) for n in counts])}. What is the variance of these numbers, taken as the mean of the squared "
        f"distances from their mean? {LOWEST_TERMS}"
    )
    mean = Fraction(sum(counts), len(counts))
    return text, Fraction(sum(n * n for n in counts), len(counts)) - mean * mean


def weighted_shares(scene: Scene, dice: Dice) -> tuple[str, int]:
    first, second, third = dice.between(2, 9), dice.between(2, 9), dice.between(2, 9)
    unit = dice.between(15, 120)
    kept = dice.between(10, 90)
    total = unit * (first + second + third) + kept
    text = (
        f"{scene.opening} earns {total:,} {scene.money} with {scene.things}. Of this, {kept} {scene.money} are put "
        f"aside, and the rest is divided among {scene.role}, {scene.helper} and a local charity in the ratio {first} "
        f": {second} : {third}. How many {scene.money} more does the largest share hold than the smallest?"
    )
    return text, unit * (max(first, second, third) - min(first, second, third))


def invoice(scene: Scene, dice: Dice) -> tuple[str, Fraction]:
    hours, rate, percent = dice.between(12, 80), dice.between(18, 95), dice.between(4, 25)
    extra, pieces = dice.between(3, 19), dice.between(10, 75)
    text = (
        f"{scene.opening} writes a bill for {hours} hours of work at {rate} {scene.money} an hour and for {pieces} "
        f"{scene.things} at {extra} {scene.money} apiece. {capital(scene.helper)}, who pays at once, may take "
        f"{percent} percent off the price of the {scene.things}, but not off the hours. How many {scene.money} are "
        f"paid? {LOWEST_TERMS}"
    )
    return text, hours * rate + Fraction(pieces * extra * (100 - percent), 100)
