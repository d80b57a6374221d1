"""Bank transfers as a gateway: references that show a wrong digit, files by their bytes."""

from __future__ import annotations

import pytest

from tests.factories import MICROS
from wallet.gateways import registry
from wallet.gateways.manual.proofs import kind_of, plain_name
from wallet.gateways.manual.reference import deposit_id_in, reference_of

PDF = b"%PDF-1.7\n1 0 obj"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF"


@pytest.mark.parametrize("number", [1, 7, 97, 123, 999_999, 10**9])
def test_a_reference_leads_back_to_its_top_up(number):
    text = reference_of(number)
    assert deposit_id_in(text) == number
    assert deposit_id_in(f" {text[:4]} {text[4:].lower()} ") == number


@pytest.mark.parametrize("number", [1, 123, 98_765])
def test_one_wrong_digit_or_two_swapped_ones_are_seen(number):
    text = reference_of(number)
    for place in range(1, len(text)):
        for digit in "0123456789":
            if digit != text[place]:
                assert deposit_id_in(text[:place] + digit + text[place + 1 :]) is None
        if place > 1 and text[place] != text[place - 1]:
            swapped = text[: place - 1] + text[place] + text[place - 1] + text[place + 1 :]
            assert deposit_id_in(swapped) is None


@pytest.mark.parametrize("text", ["", "123", "T", "T12", "T٠٠٠١٢٣٤٥", "X00012345", "T" + "1" * 19])
def test_what_is_no_reference_names_nothing(text):
    assert deposit_id_in(text) is None


@pytest.mark.parametrize(
    ("content", "ending"), [(PDF, "pdf"), (PNG, "png"), (JPEG, "jpg"), (PDF + b"<script>", "pdf")]
)
def test_a_file_is_what_its_first_bytes_say(content, ending):
    kind = kind_of(content)
    assert kind is not None
    assert kind.ending == ending


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"<?php",
        b"GIF89a",
        b"PK\x03\x04",
        b" %PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b"RIFF\0\0\0\0WEBP",
        b"\x7fELF",
        b"%PD",
    ],
)
def test_anything_else_is_not_taken(content):
    assert kind_of(content) is None


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("receipt.pdf", "receipt.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\temp\\my proof.PDF", "my-proof.pdf"),
        ("a.png\0.html", "a-png.pdf"),
        ('x"; filename="evil.html', "x-filename-evil.pdf"),
        ("\u202efdp.exe", "fdp.pdf"),
        ("Überweisung №5.jpeg", "Uberweisung-No5.pdf"),
        ("квитанция", "proof.pdf"),
        ("", "proof.pdf"),
        ("x" * 300, "x" * 60 + ".pdf"),
    ],
)
def test_a_name_means_nothing_to_any_system(name, kept):
    kind = kind_of(PDF)
    assert kind is not None
    assert plain_name(name, kind) == kept


def test_it_is_offered_only_with_the_details_of_an_account(settings):
    settings.MANUAL_DETAILS = " \n"
    assert registry.MANUAL not in registry.offered()
    settings.MANUAL_DETAILS = "Account 1"
    assert registry.MANUAL in registry.offered()


def test_its_limits_come_from_the_settings(settings):
    settings.MANUAL_MINIMUM, settings.MANUAL_MAXIMUM = "20", "500.50"
    limits = registry.MANUAL.limits
    assert (limits.minimum_micros, limits.maximum_micros) == (20 * MICROS, 500_500_000)
