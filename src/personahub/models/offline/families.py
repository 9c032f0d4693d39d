"""Kinds of tools that the offline writer knows: what each takes, gives and computes, in lines of Python."""

from dataclasses import dataclass

from personahub.tools.interface import Argument


@dataclass(frozen=True, slots=True)
class Family:
    """Args:
    name: the first part of the function's name; `of` says what the second is made of: "k" or "things".
    body: the lines of the function, without their indentation.
    """

    name: str
    of: str
    title: str
    description: str
    arguments: tuple[Argument, ...]
    gives: str
    meaning: str
    body: tuple[str, ...]
    depend: tuple[str, ...] = ()


_ASKED = (
    "try:",
    '    answer = requests.get("https://example.org/api", params={"q": ASKED}, timeout=10)',
    "    answer.raise_for_status()",
    "    found = answer.json()",
    "except requests.RequestException:",
)

FAMILIES = (
    Family(
        "cost_of",
        "things",
        "cost of {things}",
        "Works out what {things} cost in all, with a discount and what is paid for carrying them to {place}. It adds "
        "and multiplies exactly; it knows no prices by itself.",
        (
            Argument("count", "integer", "how many {things}"),
            Argument("price", "number", "price of one"),
            Argument("discount", "number", "percent taken off, from 0 to 100", False, (), 0.0),
            Argument("carriage", "number", "what is paid for the way", False, (), 0.0),
        ),
        "number",
        "the sum to be paid, to the cent",
        ("whole = count * price * (100 - discount) / 100", "return round(float(whole + carriage), 2)"),
    ),
    Family(
        "days_until",
        "k",
        "days until the next date for {k}",
        "Counts the days from one date to another, for {role} who plans {k}. Dates are written YYYY-MM-DD.",
        (
            Argument("date", "string", "the day that counts, YYYY-MM-DD"),
            Argument("today", "string", "the day from which is counted, YYYY-MM-DD"),
        ),
        "integer",
        "days between them, below zero where the date has passed; 0 where one is no date",
        (
            "from datetime import date as day",
            "",
            "try:",
            "    return (day.fromisoformat(date) - day.fromisoformat(today)).days",
            "except ValueError:",
            "    return 0",
        ),
    ),
    Family(
        "rank",
        "things",
        "ranking of {things}",
        "Orders {things} by a number that each has, the highest first. Of equals the one that comes first in the "
        "alphabet stands first.",
        (
            Argument("scores", "object", "the name of each of the {things} and its number"),
            Argument("most", "integer", "how many are wanted", False, (), 10),
        ),
        "array",
        "names, the highest first",
        (
            "ordered = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))",
            "return [name for name, _ in ordered[:most]]",
        ),
    ),
    Family(
        "is_due",
        "things",
        "check whether {things} are due",
        "Says whether {things} have to be looked at again, given when that was last done and how often it must be.",
        (
            Argument("last", "integer", "days since it was last done"),
            Argument("every", "integer", "days that may pass at most"),
        ),
        "boolean",
        "true where it is due",
        ("return last >= max(1, every)",),
    ),
    Family(
        "summary_of",
        "k",
        "figures on {k}",
        "Gives the figures that {role} looks at first: how many values there are, their mean, the least and the "
        "greatest. It draws no conclusions.",
        (Argument("values", "array", "numbers on {k}", True, (), None, "number"),),
        "object",
        "count, mean, least and greatest",
        (
            "if not values:",
            '    return {"count": 0, "mean": 0.0, "least": 0.0, "greatest": 0.0}',
            "mean = round(sum(values) / len(values), 3)",
            'return {"count": len(values), "mean": mean, "least": min(values), "greatest": max(values)}',
        ),
    ),
    Family(
        "share_out",
        "things",
        "sharing out of {things}",
        "Deals {things} to people in turn, so that nobody has more than one beyond anybody else.",
        (
            Argument("count", "integer", "how many {things} there are"),
            Argument("people", "array", "names of those who get some", True, (), None, "string"),
        ),
        "object",
        "for each name how many",
        (
            "names = list(dict.fromkeys(people))",
            "if not names:",
            "    return {}",
            "each, left = divmod(max(0, count), len(names))",
            "return {name: each + (1 if place < left else 0) for place, name in enumerate(names)}",
        ),
    ),
    Family(
        "news_on",
        "k",
        "news on {k}",
        "Fetches the latest headlines on {k} from a news service. It sorts nothing out and does not read the articles.",
        (
            Argument("place", "string", "where the news should be from"),
            Argument("language", "string", "of the headlines", False, ("en", "de", "fr", "zh"), "en"),
        ),
        "array",
        "headlines, the latest first; empty where the service does not answer",
        (
            *(line.replace("ASKED", 'f"{place} {language}"') for line in _ASKED),
            "    return []",
            'return [str(one["title"]) for one in found["articles"]]',
        ),
        ("requests", "a news service"),
    ),
    Family(
        "price_of",
        "things",
        "price of {things}",
        "Looks up what {things} cost today at a place, in the unit that is asked for.",
        (
            Argument("place", "string", "where they are bought"),
            Argument("unit", "string", "what the price is for", False, ("piece", "dozen", "kilogram"), "piece"),
        ),
        "number",
        "the price, 0 where none is known",
        (
            *(line.replace("ASKED", 'f"{place} {unit}"') for line in _ASKED),
            "    return 0.0",
            'return float(found["price"])',
        ),
        ("requests", "a price service"),
    ),
)
