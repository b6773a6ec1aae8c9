"""`flask lti …`: what whoever runs this tool does for an LMS admin."""

from __future__ import annotations

from datetime import datetime

import click
from flask.cli import AppGroup
from sqlalchemy import select

from engine import audit, clock
from engine.db import db
from engine.printed import printed
from engine.shape import needs_database
from lti import keys, pausing, registration
from lti.models.platform import Deployment, Platform
from lti.outgoing import origin_of

AT_ONCE = click.IntRange(1, 200)  # more threads than that would only wait for each other

commands = AppGroup("lti", help="Platforms (LMSs) and our keys.")


def _address(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not origin_of(value):
        raise click.BadParameter(f"“{value}” is no http or https address")
    return value


@commands.command()
@click.option("--count", type=click.IntRange(1, 100), default=1, help="As many addresses, one a line.")
@needs_database
def invite(count: int) -> None:
    """Print an address that registers one LMS by itself. The address is used up by the registration that succeeds."""
    addresses = []
    for _lms in range(count):
        addresses.append(registration.invite(clock.real_now()))
        audit.note(db.session, "invite made")
    db.session.commit()
    click.echo("\n".join(addresses))


@commands.command()
@click.option("--issuer", required=True, help="What the LMS calls itself, exactly (iss).")
@click.option("--client-id", required=True)
@click.option("--deployment-id", "deployment_ids", required=True, multiple=True, help="Repeatable; '*' takes any.")
@click.option("--auth-login-url", required=True, callback=_address)
@click.option("--auth-token-url", required=True, callback=_address)
@click.option("--jwks-url", required=True, callback=_address)
@click.option("--token-audience", help="Where the LMS wants another audience than its token URL.")
@click.option("--name", default="")
@click.option("--at-once", type=AT_ONCE, help="How many calls it bears at once; as `lti pace`.")
@needs_database
def add_platform(
    issuer: str,
    client_id: str,
    deployment_ids: tuple[str, ...],
    auth_login_url: str,
    auth_token_url: str,
    jwks_url: str,
    token_audience: str | None,
    name: str,
    at_once: int | None,
) -> None:
    """Register an LMS by hand, or give one new addresses or deployments. Canvas: --deployment-id '*'."""
    session = db.session
    platform = session.scalar(select(Platform).filter_by(issuer=issuer, client_id=client_id))
    verb = "platform added" if platform is None else "platform changed"
    if platform is None:
        platform = Platform(issuer=issuer, client_id=client_id, any_deployment=False, created_at=clock.real_now())
        session.add(platform)
    platform.auth_login_url, platform.auth_token_url, platform.jwks_url = auth_login_url, auth_token_url, jwks_url
    platform.token_audience, platform.jwks, platform.jwks_fetched_at = token_audience, None, None
    platform.name = name or platform.name or issuer
    platform.any_deployment = platform.any_deployment or "*" in deployment_ids
    platform.at_once = at_once or platform.at_once
    session.flush()
    audit.note(session, verb, platform_id=platform.id)
    known = set(session.scalars(select(Deployment.deployment_id).filter_by(platform_id=platform.id)))
    session.add_all(
        Deployment(platform_id=platform.id, deployment_id=one) for one in set(deployment_ids) - known - {"*"}
    )
    session.commit()
    click.echo(f"Platform {platform.id}: {issuer}, client {client_id}")


@commands.command()
@click.argument("platform_id", metavar="PLATFORM", type=click.IntRange(1, 2**31 - 1))
@click.option("--at-once", type=AT_ONCE, help="How many; without it, as many as we know such an LMS to bear.")
@needs_database
def pace(platform_id: int, at_once: int | None) -> None:
    """Set how many calls at once an LMS may get from all our machines together; `lti platforms` shows the numbers.

    An LMS that turns some away gets fewer by itself, and more again as it takes them.
    """
    platform = db.session.get(Platform, platform_id)
    if platform is None:
        raise click.ClickException(f"There is no platform {platform_id}. `flask lti platforms` lists them.")
    platform.at_once, platform.slowed_to = at_once, None
    db.session.commit()
    click.echo(f"Platform {platform.id}: at once {_at_once(platform)}")


def _at_once(platform: Platform) -> str:
    """“4”, or “4, now 2” where it was slowed down."""
    limit = pausing.limit_of(platform)
    slowed = platform.slowed_to is not None and platform.slowed_to < limit
    return f"{limit}, now {platform.slowed_to}" if slowed else str(limit)


@commands.command()
@needs_database
def platforms() -> None:
    """List the registered LMSs."""
    found = db.session.scalars(select(Platform).order_by(Platform.id)).all()
    for platform in found:
        ids = list(db.session.scalars(select(Deployment.deployment_id).filter_by(platform_id=platform.id)))
        ids += ["*"] if platform.any_deployment else []
        click.echo(
            f"{platform.id}\t{printed(platform.name)}\t{printed(platform.issuer)}\tclient {printed(platform.client_id)}"
            f"\tdeployments {printed(', '.join(ids)) or '–'}\tat once {_at_once(platform)}"
        )
    if not found:
        click.echo("No LMS is registered yet: `flask lti invite` prints an address that does it.")


@commands.command()
@click.option("--now", "leaked", is_flag=True, help="The key leaked: sign with a new one at once, withdraw all others.")
@needs_database
def rotate_key(leaked: bool) -> None:
    """Publish a new key pair, which signs in a day; the old one stays published for a week more, for what it signed."""
    now = clock.real_now()
    key = keys.replace_leaked(db.session, now) if leaked else keys.rotate(db.session, now)
    begins = key.signs_from or key.created_at
    audit.note(db.session, "keys withdrawn" if leaked else "key rotated")
    db.session.commit()
    if begins > now:
        click.echo(
            f"New key {key.kid}\nIt is published now and signs from {_moment(begins)}; until then the old one does."
        )
        return
    click.echo(f"New key {key.kid}\nIt signs from now on.")
    if leaked:
        click.echo(
            "All others are withdrawn. An LMS that keeps an older copy of our key set may refuse grades, class lists "
            "and new links for some minutes, at worst a day; grades wait and are sent again. Launches go on."
        )


@commands.command("keys")
@needs_database
def list_keys() -> None:
    """List our key pairs: name, how it stands, since when (one that waits: until when)."""
    for one in keys.standings(db.session, clock.real_now()):
        click.echo(f"{one.kid}\t{one.state}\t{_moment(one.at)}")


@commands.command()
@needs_database
def reseal() -> None:
    """Encrypt our private keys and tokens under today's SECRET_KEY, so that SECRET_KEY_FALLBACKS may be emptied."""
    done = keys.reseal(db.session)
    audit.note(db.session, "secrets encrypted anew")
    db.session.commit()
    click.echo(f"Under today's SECRET_KEY: {done.keys} private keys, {done.tokens} tokens.")
    if done.lost_tokens:
        click.echo(f"Forgotten, since no SECRET_KEY opens them: {done.lost_tokens} tokens. New ones are asked for.")
    if done.lost_keys:
        click.echo(
            f"No SECRET_KEY opens {done.lost_keys} private keys. `flask lti keys` shows which; others sign for them."
        )


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")
