from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench_data.running_text import DIVISIONS, blocks, paragraphs, sentences, units

WIKITEXT = """
 = Lobster =

 It lives . It is blue .
 It may grow !

 = = Life cycle = =

 It moults , where
 = 1 k and C =
 1 k holds .

 = Unicorn =

 It does not live .
""".replace("\n", " \n")

WORDS = st.text("ab.!?,", min_size=1, max_size=5)
PARAGRAPHS = st.lists(WORDS, min_size=1, max_size=40).map(" ".join)
DOCUMENTS = st.lists(PARAGRAPHS, max_size=6)
SIZES = st.integers(1, 12)


def divided(how: str, text: str) -> list[list[str]]:
    return [list(document) for document in DIVISIONS[how](text)]


def test_sentences_end_at_a_mark_that_white_space_follows() -> None:
    assert sentences("He left. Why? No idea!") == ["He left.", "Why?", "No idea!"]
    assert sentences("It cost 1.5 pounds ... or so .") == ["It cost 1.5 pounds ...", "or so ."]
    assert sentences("no end") == ["no end"]


def test_paragraphs_are_what_blank_lines_part() -> None:
    assert paragraphs("one\n  two\n\n \n\nthree\n") == ["one two", "three"]
    assert paragraphs(" \n\n ") == []


def test_documents_of_a_plain_file() -> None:
    text = "one\ntwo\n\nthree\n"
    assert divided("file", text) == [["one two", "three"]]
    assert divided("blank-line", text) == [["one two"], ["three"]]
    assert divided("line", text) == [["one"], ["two"], ["three"]]


def test_headings_of_wikitext_begin_documents_and_formulas_do_not() -> None:
    before, lobster, unicorn = divided("heading", WIKITEXT)
    assert before == []
    assert lobster == [
        "It lives . It is blue .",
        "It may grow !",
        "It moults , where",
        "= 1 k and C =",
        "1 k holds .",
    ]
    assert unicorn == ["It does not live ."]


def test_wikitext_has_as_many_articles_as_published(shared_data) -> None:
    for name in ("valid", "test"):
        text = (shared_data / "wikitext-2" / f"{name}.txt").read_text()
        assert sum(map(bool, DIVISIONS["heading"](text))) == 60


def test_sentences_are_packed_as_long_as_they_fit() -> None:
    document = ["one two. three.", "four five six. seven"]
    assert list(blocks(document, 4)) == ["one two. three.", "four five six. seven"]
    assert list(blocks(document, 3)) == ["one two. three.", "four five six.", "seven"]
    assert list(blocks(document, 2)) == ["one two.", "three.", "four five", "six. seven"]
    assert list(blocks(document, 100)) == ["one two. three. four five six. seven"]


def test_units() -> None:
    document = ["One. Two.", "Three."]
    assert units(document, "document", 2) == ["One. Two. Three."]
    assert units(document, "paragraph", 2) == ["One. Two.", "Three."]
    assert units(document, "sentence", 2) == ["One.", "Two.", "Three."]
    assert units(document, "block", 2) == ["One. Two.", "Three."]


@given(PARAGRAPHS)
def test_sentences_keep_every_word_in_order(paragraph: str) -> None:
    found = sentences(paragraph)
    assert " ".join(found) == paragraph
    assert all(sentence.strip() for sentence in found)
    assert all(sentence[-1] in ".!?" for sentence in found[:-1])


@given(DOCUMENTS, SIZES)
def test_blocks_keep_every_word_in_order_and_none_is_too_long(document: list[str], words: int) -> None:
    found = [block.split() for block in blocks(document, words)]
    assert [word for block in found for word in block] == " ".join(document).split()
    assert all(1 <= len(block) <= words for block in found)


@given(DOCUMENTS, SIZES)
def test_no_block_could_have_taken_the_sentence_after_it(document: list[str], words: int) -> None:
    lengths = iter([len(sentence.split()) for paragraph in document for sentence in sentences(paragraph)])
    if all(len(s.split()) <= words for p in document for s in sentences(p)):
        sizes = [len(block.split()) for block in blocks(document, words)]
        greedy: list[int] = []
        for length in lengths:
            if greedy and greedy[-1] + length <= words:
                greedy[-1] += length
            else:
                greedy.append(length)
        assert sizes == greedy


@given(DOCUMENTS, SIZES, st.sampled_from(["document", "paragraph", "sentence", "block"]))
def test_no_unit_loses_a_word(document: list[str], words: int, unit: str) -> None:
    assert " ".join(units(document, unit, words)).split() == " ".join(document).split()
