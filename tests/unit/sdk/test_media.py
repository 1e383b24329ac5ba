"""What a file is, told by its bytes, and the name it may bear."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sdk.errors import Refused
from bridge.sdk.media import BoundedBuffer, is_html, named_media, sniff_extensions

MARKS = {
    "jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "png": b"\x89PNG\r\n\x1a\n\x00",
    "gif": b"GIF89a",
    "webp": b"RIFF\x10\x00\x00\x00WEBPVP8 ",
    "bmp": b"BM\x46\x00\x00\x00\x00\x00\x00\x00\x36",
    "tiff": b"II*\x00\x08",
    "heic": b"\x00\x00\x00\x18ftypheic",
    "pdf": b"%PDF-1.7",
    "zip": b"PK\x03\x04\x14",
    "doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "7z": b"7z\xbc\xaf\x27\x1c",
    "gz": b"\x1f\x8b\x08\x00",
    "bz2": b"BZh91AY&SY",
    "ogg": b"OggS\x00",
    "mp3": b"ID3\x04\x00",
    "wav": b"RIFF\x10\x00\x00\x00WAVEfmt ",
    "flac": b"fLaC\x00",
    "amr": b"#!AMR\n",
    "m4a": b"\x00\x00\x00\x20ftypM4A ",
    "mov": b"\x00\x00\x00\x14ftypqt  ",
    "mp4": b"\x00\x00\x00\x20ftypisom",
    "3gp": b"\x00\x00\x00\x18ftyp3gp5",
    "webm": b"\x1a\x45\xdf\xa3\x01",
    "avi": b"RIFF\x10\x00\x00\x00AVI LIST",
    "html": b"\xef\xbb\xbf\n<!DOCTYPE html><html>",
}
HOSTILE = {
    "../../etc/passwd.pdf": "passwd.pdf",
    "/etc/cron.d/x.pdf": "x.pdf",
    r"C:\Windows\x.pdf": "x.pdf",
    "a\x00b\r\n.pdf": "ab.pdf",
    "invoice\u202efdp.exe": "invoicefdp.pdf",
    "..": "file.pdf",
    ".pdf": "pdf.pdf",
    "": "file.pdf",
    "报告.pdf": "报告.pdf",
    "Q3.final.docx": "Q3.final.pdf",
    "no ending": "no ending.pdf",
    "UPPER.PDF": "UPPER.pdf",
}


def office(folder: str) -> bytes:
    """An archive as an office writes it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr(f"{folder}/document.xml", "<document/>")
    return archive.getvalue()


@pytest.mark.parametrize(("ending", "data"), MARKS.items())
def test_the_content_decides_the_ending(ending: str, data: bytes) -> None:
    assert f"liar.{ending}" == named_media(data, "liar.xyz").name
    assert f"liar.{ending}" == named_media(data, f"liar.{'png' if ending != 'png' else 'pdf'}").name


@pytest.mark.parametrize(("folder", "ending"), [("word", "docx"), ("xl", "xlsx"), ("ppt", "pptx"), ("else", "zip")])
def test_an_office_archive_is_told_by_its_folders(folder: str, ending: str) -> None:
    assert f"file.{ending}" == named_media(office(folder), None).name


@pytest.mark.parametrize("name", ["photo.jpeg", "photo.jpg"])
def test_an_ending_that_is_true_is_kept(name: str) -> None:
    assert name == named_media(MARKS["jpg"], name).name


@pytest.mark.parametrize("name", ["notes.md", "data.csv", "main.py"])
def test_text_keeps_its_ending(name: str) -> None:
    assert name == named_media(b"a,b\n1,2\n", name).name


def test_text_that_claims_to_be_a_picture_is_text() -> None:
    assert "cat.txt" == named_media("no cat, 没有猫".encode(), "cat.png").name


def test_what_nobody_knows_is_not_called_a_picture() -> None:
    assert "cat.bin" == named_media(b"\x00\x01\x02", "cat.png").name


def test_a_voice_note_of_telegram_gets_the_ending_everybody_knows() -> None:
    assert "file_7.ogg" == named_media(MARKS["ogg"], "file_7.oga").name


@pytest.mark.parametrize(("given", "kept"), HOSTILE.items())
def test_a_name_is_harmless(given: str, kept: str) -> None:
    assert kept == named_media(MARKS["pdf"], given).name


def test_a_name_is_not_a_novel() -> None:
    name = named_media(MARKS["pdf"], "x" * 4000 + ".pdf").name

    assert 100 == len(name)
    assert name.endswith(".pdf")


@given(data=st.binary(min_size=1, max_size=64), name=st.text(max_size=200))
def test_whatever_it_is_it_gets_a_name_that_is_true_to_it(data: bytes, name: str) -> None:
    media = named_media(data, name)
    ending = media.name.rpartition(".")[2]

    assert ending in sniff_extensions(data) or not sniff_extensions(data)
    assert not {"/", "\\", "\x00", "\n"} & set(media.name)
    assert len(media.name) <= 101


def test_a_page_is_told_from_a_text_about_pages() -> None:
    assert is_html(b" <HTML><body>")
    assert not is_html(b"How to write <html>")


def test_an_endless_body_is_cut_off_at_the_limit() -> None:
    body = BoundedBuffer(10)
    body.append(b"12345")
    with pytest.raises(Refused) as refused:
        body.append(b"678901")

    assert "file_unusable" == refused.value.message_id


def test_what_is_announced_as_too_big_is_not_begun() -> None:
    with pytest.raises(Refused):
        BoundedBuffer(10).expect(11)


def test_an_empty_file_is_of_no_use() -> None:
    with pytest.raises(Refused):
        _ = BoundedBuffer(10).data
