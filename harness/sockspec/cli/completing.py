"""What a shell completes: ids of rules and cases, backends, profiles, targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

from sockspec import locate, project
from sockspec.errors import SockspecError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["backends", "completion", "profiles", "rules", "targets"]

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that makes a shell complete verbs, options and names.

    \b
    bash: source <(sockspec completion bash), in ~/.bashrc
    zsh:  source <(sockspec completion zsh), in ~/.zshrc
    fish: sockspec completion fish > ~/.config/fish/completions/sockspec.fish
    """  # noqa: D301 - click looks for the character
    made = get_completion_class(shell)
    assert made is not None  # noqa: S101 - click has these three
    group = context.find_root().command
    click.echo(made(group, {}, "sockspec", "_SOCKSPEC_COMPLETE").source())


def rules(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """Ids of rules; of cases once there is a `[`; after a `!` too."""
    from sockspec.spec import load  # noqa: PLC0415 - completing must be quick

    sign, word = ("!", typed[1:]) if typed.startswith("!") else ("", typed)
    try:
        known = load.rules().rules.values()
    except SockspecError:  # whoever completes cannot correct a rule's file
        return []
    if "[" in word:
        found = [(case.id, "") for rule in known for case in rule.cases]
    else:
        found = [(rule.id, rule.sentence) for rule in known]
    return [
        CompletionItem(f"{sign}{id}", help=sentence)
        for id, sentence in sorted(found)
        if id.startswith(word)
    ]


def backends(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """Names of installed backends, and the two kinds of agents."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - as above

    from sockspec.backends import GROUP  # noqa: PLC0415 - as above

    installed = {each.name for each in entry_points(group=GROUP)}
    return _items([*sorted(installed), "agent:", "docker:"], typed)


def profiles(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """Names of the profiles, those of the project and of other packages among them."""
    from sockspec.judge.catalogue import Catalogue  # noqa: PLC0415 - as above

    try:
        known = Catalogue(project=project.find())
    except SockspecError:  # nor the project's
        return []
    return _items(known.names(), typed)


def targets(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """Names of the targets."""
    recipes = (locate.platforms() / "targets").glob("*.toml")
    return _items(sorted(path.stem for path in recipes), typed)


def _items(names: Iterable[str], typed: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(typed)]
