"""What everybody knows, by relation: sentences that ask for it, and pairs of what is asked and the answer.

Written for this project, and given to the public domain (CC0 1.0).
"""

from __future__ import annotations

from collections.abc import Mapping

RELATIONS: Mapping[tuple[str, ...], str] = {
    ("A young {} is called a", "A child that is shown a grown {} asks to see its"): """
        cat kitten, dog puppy, cow calf, horse foal, sheep lamb, goat kid, hen chick, duck duckling, goose
        gosling, swan cygnet, frog tadpole, bear cub, pig piglet, deer fawn, kangaroo joey,
        eagle eaglet, butterfly caterpillar, person child""",
    ("The opposite of {} is", "It is not {}, it is"): """
        hot cold, big small, tall short, long brief, fast slow, old new, hard soft, heavy light, wet dry,
        rich poor, full empty, early late, loud quiet, strong weak, clean dirty, open closed, thick thin,
        cheap expensive, sweet bitter, wide narrow, deep shallow, happy sad, near far, dark bright, rough
        smooth, brave cowardly, young aged, sharp blunt, tight loose, public private""",
    ("The capital of {} is", "If you fly to the seat of government of {}, you land in"): """
        France Paris, Italy Rome, Spain Madrid, Germany Berlin, Austria Vienna, Poland Warsaw, Greece
        Athens, Portugal Lisbon, Ireland Dublin, Norway Oslo, Sweden Stockholm, Finland Helsinki, Denmark
        Copenhagen, Hungary Budapest, Japan Tokyo, China Beijing, Egypt Cairo, Kenya Nairobi, Peru Lima,
        Cuba Havana, Canada Ottawa, Belgium Brussels, Russia Moscow, Turkey Ankara, Iran Tehran, Iraq
        Baghdad, Thailand Bangkok, Vietnam Hanoi, Chile Santiago, Bulgaria Sofia""",
    ("At work, the {} is most often seen with the", "The most important tool of the {} is the"): """
        carpenter saw, painter brush, writer pen, surgeon scalpel, farmer tractor, tailor needle, barber
        scissors, cook pan, gardener spade, fisherman net, violinist bow, drummer drum, baker oven,
        photographer camera, miner pickaxe, astronomer telescope, blacksmith anvil, conductor baton,
        postman letter, referee whistle, butcher cleaver, cleaner broom, programmer computer, cashier
        till, hairdresser comb""",
    ("In nature, the home of the {} is the", "If you look for the {}, begin at its"): """
        bee hive, bird nest, spider web, fox den, rabbit burrow, snail shell, fish sea, camel desert,
        monkey jungle, beaver lodge, ant hill, hippopotamus river, penguin iceberg, mole tunnel, bat cave,
        squirrel tree, goat mountain, bison prairie""",
    ("The usual colour of {} is", "Children paint {} in"): """
        grass green, snow white, blood red, coal black, lemons yellow, carrots orange, the-sky blue,
        chocolate brown, elephants grey, lavender purple, flamingos pink, emeralds green, rubies red,
        tomatoes red, milk white, ravens black, bananas yellow, sapphires blue""",
    ("People get {} from the", "Without {} in the shops, nobody would need the"): """
        wool sheep, milk cow, honey bee, silk silkworm, eggs hen, wood tree, pearls oyster, ivory
        elephant, wine grape, flour mill, coal mine, salt sea, bread bakery, steel furnace, paper factory,
        bacon pig""",
    ("You {} with your", "To {}, people need their"): """
        see eyes, hear ears, smell nose, bite teeth, think brain, kick feet, clap hands, kneel knees,
        taste tongue, breathe lungs, point fingers, nod head, shrug shoulders, kiss lips, speak mouth""",
    ("The thing to use when you want to {} is the", "If you have to {}, take the"): """
        cut-bread knife, eat-soup spoon, open-a-lock key, tell-the-time clock, drive-a-nail hammer,
        dry-your-hands towel, measure-a-length ruler, stay-dry-in-the-rain umbrella, light-a-candle match,
        see-in-the-dark lamp, weigh-flour scale, boil-water kettle, cross-a-river boat, climb-a-roof
        ladder, sweep-the-floor broom, carry-books bag, find-north compass, wake-up-early alarm,
        look-at-yourself mirror, stick-paper glue, cool-a-room fan, send-a-letter stamp""",
    ("After {} comes", "Next to {}, and right behind it, stands"): """
        Monday Tuesday, Tuesday Wednesday, Wednesday Thursday, Thursday Friday, Friday Saturday, Saturday
        Sunday, January February, March April, May June, July August, September October, October November,
        spring summer, autumn winter, breakfast lunch, one two, seven eight, nineteen twenty, first
        second, morning noon, yesterday today""",
}
"""For each group of sentences `asked answer, asked answer, ...`; a `-` stands for a space."""


def pairs(written: str) -> dict[str, str]:
    """Return the answers by what is asked."""
    found = (pair.split() for pair in written.split(","))
    return {asked.replace("-", " "): answer for asked, answer in found}
