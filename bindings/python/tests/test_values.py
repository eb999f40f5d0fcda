"""Requests, errors and small values by themselves."""

from __future__ import annotations

import pickle

import pytest

import image2video
from image2video import AudioType, Image2VideoError, Request, _abi
from image2video.errors import _CLASSES


def test_request_is_a_value() -> None:
    request = Request("http://x/a.png", "a", audio_type=AudioType.NONE)
    assert repr(request) == "Request(image_url='http://x/a.png', prompt='a', audio_type=<AudioType.NONE: 3>)"
    assert request == Request("http://x/a.png", "a", audio_type=3)
    assert request != Request("http://x/a.png", "b")
    changed = request.changed(prompt="b", video_length=10)
    assert (changed.prompt, changed.video_length, changed.image_url) == ("b", 10, "http://x/a.png")
    assert request.prompt == "a"


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        Request("http://x/a.png", "a", colour="red")  # type: ignore[call-arg]


def test_the_picture_is_given_once() -> None:
    with image2video.Client(api_key="k") as client, pytest.raises(TypeError, match="twice"):
        client.submit("http://x/a.png", "a", image_url="http://x/b.png")


def test_every_status_has_its_exception() -> None:
    for name, status in _abi.ENUMERATIONS["i2v_status"].items():
        if status != _abi.I2V_OK:
            kind = _CLASSES[status]
            assert kind("words").name == name
            assert kind("words").status == status
            assert getattr(image2video, kind.__name__) is kind


def test_errors_survive_a_pickle() -> None:
    for kind in (image2video.AuthError, image2video.FileError, image2video.OutcomeUnknownError):
        error = kind("words", errno=13, charge=1, service_code=1109, json='{"a": 1}')
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is kind
        assert str(again) == "words"
        assert (again.errno, again.charge, again.service_code, again.raw) == (13, 1, 1109, {"a": 1})


def test_unknown_values_stay_integers() -> None:
    error = Image2VideoError("words", status=987, charge=654)
    assert (error.status, error.charge, error.name) == (987, 654, "I2V_ERROR_?")


def test_progress() -> None:
    assert image2video.Progress(50, 200).fraction == 0.25
    assert image2video.Progress(50, None).fraction is None
    received, total = image2video.Progress(1, 2)
    assert (received, total) == (1, 2)


def test_help_is_there() -> None:
    assert image2video.Video.__dict__["prompt"].__doc__ == "The prompt."
    for name in image2video.__all__:
        if name != "__version__":
            assert getattr(image2video, name).__doc__, name


def test_a_client_does_not_keep_what_is_secret() -> None:
    pair = {"client_id": "an-id", "client_secret": "0123456789abcdef"}
    for settings in ({"api_key": "s3cret"}, {"bearer_token": "s3cret"}, pair):
        with image2video.Client(**settings) as client:  # type: ignore[arg-type]
            seen = repr(client) + repr(vars(client)) + repr(vars(client._delivery))
            assert not any(value in seen for value in settings.values())
