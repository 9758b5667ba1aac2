from __future__ import annotations

from runreel.dialects.base.form_fields import collect_form_scalars
from runreel.model import Request
from support.build import make_request

FORM = b"multipart/form-data; boundary=x"


def make_form(*parts: bytes, content_type: bytes = FORM) -> Request:
    body = b"".join(b"--x\r\n%b\r\n" % part for part in parts) + b"--x--\r\n"
    headers = ((b"Content-Type", content_type),)
    return make_request("POST", b"/v1/audio/transcriptions", headers, body)


MODEL = b'Content-Disposition: form-data; name="model"\r\n\r\nm-1'


def test_the_fields_of_a_form() -> None:
    request = make_form(MODEL, b'Content-Disposition: form-data; name="n"\r\n\r\n2')
    assert collect_form_scalars(request, ("model", "stream")) == {"model": "m-1"}


def test_a_file_and_a_long_text_are_no_names() -> None:
    file = b'Content-Disposition: form-data; name="model"; filename="m"\r\n\r\nm-1'
    long = b'Content-Disposition: form-data; name="stream"\r\n\r\n' + b"m" * 201
    assert collect_form_scalars(make_form(file, long), ("model", "stream")) == {}


def test_what_is_no_form() -> None:
    request = make_form(MODEL, content_type=b"application/json")
    assert collect_form_scalars(request, ("model",)) == {}
