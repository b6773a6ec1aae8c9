"""Mail over a real socket: who refuses what, how long a server may take, and what may stand in a header."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from engine import mail
from engine.config import Config, ConfigError
from engine.mail import POLICY, Away, Later, Post, Refused, Server, address_of, one_line
from tests.personalization.notice.smtp import Sink, drop_by_drop, listening

NEEDED = {"SECRET_KEY": "0123456789abcdef", "PUBLIC_URL": "https://third-option.example.edu"}


@pytest.fixture
def sink() -> Iterator[Sink]:
    with listening() as one:
        yield one


def letter(to: str = "amara@example.edu") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "office@example.edu", to, "Hello"
    message.set_content("A line.\n.\nanother ünïcode one")
    return message


def post(sink: Sink) -> Post:
    return Post(Server.from_url(sink.url), "tool.example.edu")


def test_messages_go_over_one_connection_and_arrive_whole(sink: Sink) -> None:
    with post(sink) as way:
        way.send(letter())
        way.send(letter("noor@example.edu"))
    assert [m["To"] for m in sink.took] == ["amara@example.edu", "noor@example.edu"]
    assert sink.took[0].get_content().split() == ["A", "line.", ".", "another", "ünïcode", "one"]
    assert [line for line in sink.heard if line.lower().startswith("ehlo")] == ["ehlo tool.example.edu"]
    assert sink.heard[-1].lower() == "quit"


@pytest.mark.parametrize(
    ("word", "said", "kind"),
    [
        ("RCPT", "550 5.1.1 no such mailbox", Refused),
        ("RCPT", "450 4.2.1 mailbox busy", Later),
        ("RCPT", "421 too many connections", Away),
        ("<message>", "554 5.7.1 looks like spam", Refused),
        ("<message>", "451 4.3.0 disk is full", Later),
        ("MAIL", "530 5.7.0 sign in first", Away),
        ("MAIL", "451 later", Away),
    ],
)
def test_what_the_server_says_tells_whom_it_is_about(
    sink: Sink, word: str, said: str, kind: type[mail.NotSent]
) -> None:
    sink.answer = lambda line: said if line.upper().startswith(word.upper()) else None
    with post(sink) as way, pytest.raises(mail.NotSent) as not_sent:
        way.send(letter())
    assert type(not_sent.value) is kind
    assert said in not_sent.value.why
    assert sink.took == []


@pytest.mark.parametrize("length", range(40, 100, 3))
def test_headers_arrive_as_they_were_written(sink: Sink, length: int) -> None:
    """Wherever a line would be broken: spaces stay, an address of the web stays readable as it is."""
    words = ("to change one thing in the idea “A game of Zoë’s 👩🏽‍🔬” " * 3)[:length].strip()
    address = f"<https://{'long-name.' * (length // 10)}example.edu/mail/stop/NQ.iuj2XvVYgT6oelTU8ADVd6vyjhA>"
    message = EmailMessage(policy=POLICY)
    message["From"] = str(address_of("office@example.edu", "Third Option"))
    message["To"] = str(address_of("zoe@example.edu", f"Zoë {words}"))
    message["Subject"], message["List-Unsubscribe"] = words, address
    message.set_content("Hello")
    with post(sink) as way:
        way.send(message)
    took = message_from_bytes(sink.raw[0])  # as old mail programs read it
    assert str(make_header(decode_header(took["Subject"]))) == words
    assert str(make_header(decode_header(took["To"]))) == f"Zoë {words} <zoe@example.edu>"
    assert sink.took[0]["To"].addresses[0].addr_spec == "zoe@example.edu"
    assert f"List-Unsubscribe: {address}\r\n".encode() in sink.raw[0]
    assert max(map(len, sink.raw[0].split(b"\r\n"))) < 998


def test_after_one_refusal_the_next_message_goes(sink: Sink) -> None:
    sink.answer = lambda line: "550 no such mailbox" if "amara@" in line else None
    with post(sink) as way:
        with pytest.raises(Refused):
            way.send(letter())
        way.send(letter("noor@example.edu"))
    assert [m["To"] for m in sink.took] == ["noor@example.edu"]


def test_a_server_that_hung_up_is_called_again(sink: Sink) -> None:
    sink.answer = lambda line: "421 restarting" if "amara@" in line else None
    with post(sink) as way:
        with pytest.raises(Away):
            way.send(letter())
        way.send(letter("noor@example.edu"))
    assert len(sink.took) == 1


def test_nobody_is_there() -> None:
    with listening() as sink:
        gone = Server.from_url(sink.url)
    with Post(gone, "tool") as way, pytest.raises(Away):
        way.send(letter())


def test_a_silent_server_is_waited_for_only_so_long(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "SECONDS", 0.3)
    sink.answer = drop_by_drop(5)
    begun = time.monotonic()
    with post(sink) as way, pytest.raises(Away):
        way.send(letter())
    assert time.monotonic() - begun < 3


def test_a_server_that_answers_drop_by_drop_is_cut_off(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer comes in time, all of them together do not."""
    monkeypatch.setattr(mail, "WHOLE_SECONDS", 0.5)
    sink.answer = drop_by_drop(0.3)
    begun = time.monotonic()
    with post(sink) as way, pytest.raises(Away):
        way.send(letter())
    assert time.monotonic() - begun < 3
    assert sink.took == []


def test_a_password_goes_to_near_servers_and_only_encrypted_to_others(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sink offers no encryption; loopback may do without, what is elsewhere may not."""
    url = sink.url.replace("smtp://", "smtp://me:se%40cret@")
    sink.answer = lambda line: "250-sink\r\n250 AUTH PLAIN" if line.lower().startswith("ehlo") else None
    with Post(Server.from_url(url), "tool") as way, pytest.raises(Away):  # 250 is no answer to AUTH
        way.send(letter())
    assert any(line.startswith("AUTH") for line in sink.heard)
    sink.heard.clear()
    monkeypatch.setattr(Post, "_is_near", lambda self, smtp: False)
    with Post(Server.from_url(url), "tool") as way, pytest.raises(Away, match="no encryption"):
        way.send(letter())
    assert not any(line.startswith(("AUTH", "MAIL")) for line in sink.heard)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of its own making for 127.0.0.1, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_bytes(pem)
    return file


@pytest.mark.parametrize("at_once", [False, True], ids=["smtp", "smtps"])
def test_a_server_elsewhere_needs_a_certificate_that_is_believed(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    monkeypatch.setattr(Post, "_is_near", lambda self, smtp: False)
    with listening(certificate, at_once) as sink:
        with post(sink) as way, pytest.raises(Away, match="certificate"):
            way.send(letter())
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with post(sink) as way:
            way.send(letter())
        elsewhere = Server("localhost", sink.server_address[1], at_once)  # the certificate is another host's
        with Post(elsewhere, "tool") as way, pytest.raises(Away, match="certificate"):
            way.send(letter())
    assert sink.sealed == [True]


def test_a_near_server_may_have_a_certificate_of_its_own_making(certificate: Path) -> None:
    with listening(certificate) as sink, post(sink) as way:
        way.send(letter())
    assert sink.sealed == [True]


def test_an_operators_own_network_is_near(sink: Sink) -> None:
    with Post(Server.from_url(sink.url), "tool", [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]) as way:
        way.send(letter())
    assert len(sink.took) == 1


def test_a_domain_in_other_letters_goes_by_its_ascii_name(sink: Sink) -> None:
    with post(sink) as way:
        way.send(letter(str(address_of("zoe@bücher.example"))))
    assert sink.took[0]["To"] == "zoe@xn--bcher-kva.example"


def test_an_address_that_this_server_cannot_write_is_refused_and_the_next_goes(sink: Sink) -> None:
    odd = letter()
    del odd["To"]
    odd["To"] = "zoë@example.edu"
    with post(sink) as way:
        with pytest.raises(Refused):
            way.send(odd)
        way.send(letter())
    assert len(sink.took) == 1


def test_a_server_that_wants_no_talk_is_away(sink: Sink) -> None:
    sink.greeting = "554 not today"
    with post(sink) as way, pytest.raises(Away, match="554 not today"):
        way.send(letter())
    assert "MAIL" not in "".join(sink.heard)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.edu", Server("mail.example.edu", 587, False)),
        ("smtps://mail.example.edu", Server("mail.example.edu", 465, True)),
        ("smtp://me%40x:a%2Fb@mail.example.edu:2525/", Server("mail.example.edu", 2525, False, "me@x", "a/b")),
    ],
)
def test_an_address_of_a_server_is_read(url: str, server: Server) -> None:
    assert Server.from_url(url) == server


@pytest.mark.parametrize(
    "url", ["mail.example.edu", "http://mail", "smtp://", "smtp://h:x", "smtp://h:0", "smtp://h/x", "smtp://h?x=1"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="give smtp://"):
        Server.from_url(url)


@pytest.mark.parametrize("password", ["hu/sh", "hu\N{CARE OF}sh", "hu[sh"])
def test_no_password_is_in_what_the_operator_is_told(password: str) -> None:
    settings = {**NEEDED, "SMTP_URL": f"smtp://me:{password}@host", "MAIL_FROM": "office"}
    with pytest.raises(ConfigError) as refused:
        Config.from_env(settings)
    assert [problem.split()[0] for problem in refused.value.problems] == ["SMTP_URL", "MAIL_FROM"]
    assert "hu" not in str(refused.value)
    config = Config.from_env({**NEEDED, "SMTP_URL": "smtp://me:hush@host", "MAIL_FROM": "office@example.edu"})
    assert "hush" not in repr(config)
    assert "hush" not in repr(Server.from_url(config.smtp_url))


def test_a_server_without_a_sender_is_named() -> None:
    with pytest.raises(ConfigError, match="MAIL_FROM is missing"):
        Config.from_env({**NEEDED, "SMTP_URL": "smtp://host"})
    with pytest.raises(ConfigError, match="MAIL_FROM is missing"):
        Config.from_env({**NEEDED, "SMTP_URL": "wrong, too"})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "amara",
        "@x",
        "amara@",
        "a@b\nBcc: c@d",
        "a@b\r\n",
        "a@b\0",
        "a b@c",
        "a@b, c@d",
        "Amara <a@b>",
        "a@\ud83d",
        "zoë@b",
        "a@..b",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="it "):
        address_of(text)


def test_a_name_cannot_open_a_second_header() -> None:
    name = "Amara\r\nBcc: all@example.edu\0\u202e\ud83d “Zoë”, <x>"
    header = str(address_of("amara@example.edu", name))
    assert "\n" not in header
    assert "\r" not in header
    message = EmailMessage()
    message["To"] = header
    assert [a.addr_spec for a in message["To"].addresses] == ["amara@example.edu"]
    assert "Bcc" not in message


def test_words_become_one_line() -> None:
    assert one_line("a\r\n\tb\u2028c\0d  \u202ee ") == "a b c d e"
    assert one_line("Zoë 👩🏽‍🔬 é") == "Zoë 👩🏽‍🔬 é"
