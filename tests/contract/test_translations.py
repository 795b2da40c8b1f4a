"""Every sentence of the product can be said in Chinese, and what programs read is what people wrote."""

import re

import pytest

from catalog import wording
from catalog.translations import catalogue
from schemas.records import Message

PLACE = re.compile(r"%\((\w+)\)[sd]")
WANTED = catalogue.messages()


@pytest.fixture(scope="module")
def kept():
    return catalogue.read()


def _said(one):
    return one.string[0] if isinstance(one.string, tuple | list) else one.string


def test_every_sentence_is_in_the_catalogue_and_translated(kept):
    lacking = [text for text in WANTED if kept.get(text) is None or not _said(kept.get(text))]
    assert lacking == []


def test_no_sentence_is_put_together_at_run_time():
    assert catalogue.made_up() == []


def test_the_ids_of_sentences_are_english():
    words = {
        "事项名称",
        "情形",
        "依据",
        "复审日期",
        "第一条",
        "第十四条",
        "保守国家秘密法",
        "元旦",
        "信息资源名称",
        "信息资源摘要",
        "主办单位",
    }
    chinese = re.compile("[\u4e00-\u9fff]+")
    assert {word for text in WANTED for word in chinese.findall(text)} <= words


def test_the_catalogue_holds_nothing_that_the_product_does_not_say(kept):
    ids = [one.id[0] if isinstance(one.id, tuple | list) else one.id for one in kept if one.id]
    assert [text for text in ids if text not in WANTED] == []


def test_a_translation_has_the_places_of_its_sentence(kept):
    wrong = [
        text
        for text, forms in WANTED.items()
        if set(PLACE.findall(_said(kept[text]))) != set(PLACE.findall(forms[-1]))
    ]
    assert wrong == []


def test_a_translation_has_no_per_cent_sign_that_a_page_takes_for_a_place(kept):
    lone = re.compile(r"(?<!%)%(?![(%])")
    assert [one.id for one in kept if one.id and lone.search(_said(one))] == []


def test_no_translation_is_marked_uncertain(kept):
    assert [one.id for one in kept if one.id and one.fuzzy] == []


def test_the_compiled_catalogue_is_up_to_date():
    held = (catalogue.FOLDER / "messages.mo").read_bytes()
    assert held == catalogue.compiled(catalogue.read())


def test_a_translation_of_chinese_speaks_chinese(kept):
    codes = {"API", "SHA-256", "OpenAPI 3.1", "Tab"}
    latin = [
        text
        for text in WANTED
        if text not in codes
        and re.search(r"[a-z]{3}", PLACE.sub("", text))
        and not re.search(r"[\u4e00-\u9fff]", PLACE.sub("", _said(kept[text])))
        and _said(kept[text]) == text
    ]
    assert latin == []


@pytest.mark.parametrize(
    "text", ["must be text", "Draft", "There is nothing here under that address."]
)
def test_a_message_is_said_in_both_languages(text):
    assert re.search(r"[\u4e00-\u9fff]", wording.say(Message(text), "zh"))
    assert wording.say(Message(text), "en") == text
