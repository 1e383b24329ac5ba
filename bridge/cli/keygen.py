"""`keygen`: a new key for what is kept encrypted."""

import click
from cryptography.fernet import Fernet


@click.command(epilog="Example: coze-bridge keygen")
def keygen() -> None:
    """Print a new key for privacy.encryption_key; keep it as you keep a password, and apart from the database."""
    click.echo(Fernet.generate_key().decode())
