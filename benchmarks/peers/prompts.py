"""The prompts that every client is given: one text for all of them, about 600 characters, each of a person of its own.

Nothing beyond the standard library, for every client has its packages to itself.
"""

PEOPLE = (
    "bus mechanic",
    "choir conductor",
    "dental nurse",
    "ferry pilot",
    "glacier guide",
    "harbour surveyor",
    "insurance assessor",
    "jigsaw designer",
    "kitchen planner",
    "lock keeper",
    "mushroom grower",
    "night porter",
    "orchard manager",
    "piano tuner",
    "quarry foreman",
    "radio engineer",
    "school caretaker",
    "tram dispatcher",
    "furniture upholsterer",
    "veterinary assistant",
    "weaving teacher",
    "yoghurt maker",
    "garden warden",
)
PLACES = (
    "a town at the mouth of a tidal river",
    "a valley where the last train leaves at nine",
    "the old quarter of a capital that floods each spring",
    "an island of four thousand people",
    "a suburb built in a single decade",
    "a village two hours above the coast road",
    "a port that has lost its shipyard",
    "a market town with three bridges",
    "the edge of a desert observatory",
    "a mining district that is being planted with birch",
    "a university city full of bicycles",
    "a row of houses behind the airport",
    "a lakeside resort out of season",
    "a border town with two currencies",
    "a plain of wind turbines and sugar beet",
    "a quarter of weavers and dyers",
    "a harbour that is frozen for ten weeks",
)
CONCERNS = (
    "keeps a ledger of every repair and its price",
    "is asked to halve the waiting time by the summer",
    "trains two apprentices who learn in opposite ways",
    "measures twice and still distrusts the ruler",
    "argues with suppliers about tolerances",
    "plans each week around the tide tables",
    "has to explain last year's losses to a committee",
    "wants to retire a machine older than the building",
    "counts visitors by hand because the gate miscounts",
    "shares one van between three teams",
    "prepares for an inspection that was moved forward",
    "sorts donations into boxes of unequal worth",
    "buys energy a year ahead and worries about it",
)
PASTIMES = (
    "rebuilds clocks at weekends",
    "swims before work in any weather",
    "maps footpaths that have vanished",
    "plays correspondence chess with a cousin",
    "bakes for the whole street on Sundays",
    "records the songs of migrating birds",
    "repairs bicycles for the neighbours' children",
    "collects timetables of closed railways",
    "grows tomatoes from saved seed",
    "folds paper models of famous bridges",
    "keeps bees on a flat roof",
)
KINDS = len(PEOPLE) * len(PLACES) * len(CONCERNS) * len(PASTIMES)
_STRIDE = (
    15_013  # a prime that divides none of the lists: neighbours differ, and no two of the first KINDS are the same
)

TEMPLATE = """\
+++
task = "synthesis"
name = "bench"
description = "math problem"
answer = "Math problem:"
+++
Read who this person is and write one math problem that only somebody in their place would think of. The numbers, the \
units and the setting come out of their days, and a careful reader with a pencil can find the single right answer in \
under half an hour.

- Give every number that is needed, and no hint; the solution is not wanted.
- At most two questions, of which the second may build on the first.
- Begin with "Math problem:" and end with the question.

Person:
<<<
{{persona}}
>>>
"""


def persona(number: int) -> str:
    """The person of that number; no two are the same below KINDS.

    Raises:
        ValueError: there are not so many.
    """
    if not 0 <= number < KINDS:
        raise ValueError(f"there are {KINDS:,} people, so none has the number {number:,}")
    rest = number * _STRIDE % KINDS
    rest, who = divmod(rest, len(PEOPLE))
    rest, where = divmod(rest, len(PLACES))
    pastime, concern = divmod(rest, len(CONCERNS))
    return f"A {PEOPLE[who]} in {PLACES[where]} who {CONCERNS[concern]} and {PASTIMES[pastime]}"


def prompt(number: int) -> str:
    """What is sent: the template's body with the person in it."""
    return TEMPLATE.split("+++\n", 2)[2].strip().replace("{{persona}}", persona(number))
