"""The command `netloom`: the engine's commands, and the window when none of them is named."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

gc.disable()  # importing leaves no garbage; looking for it costs a sixth of the time
from engine.command_line import app, say  # noqa: E402

gc.enable()

WITHOUT_WINDOW = "Netloom can train without a window: netloom train template:xor --json"

NEEDED = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
}
"""Libraries without which Qt cannot be loaded on Linux, and the Debian packages that hold them."""
NEEDED_BY_XCB = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libX11-xcb.so.1": "libx11-xcb1",
}
"""Those of Qt's platform plugin for X11; Qt aborts the process when one is missing, so they are looked for before."""


class CannotStartError(RuntimeError):
    """The window cannot be shown; the message is one sentence that says what to do."""


def main() -> None:
    """The console entry `netloom`."""
    commands = make_commands()
    arguments = sys.argv[1:]
    names = {command.name for command in commands.registered_commands}
    # A first word that is no command is a file to open in the window; no word at all is the window.
    if not arguments or (arguments[0] not in names and not arguments[0].startswith("-")):
        arguments = ["window", *arguments]
    commands(args=arguments, prog_name="netloom")


def make_commands() -> typer.Typer:
    """The engine's commands and those that need the window."""
    if not any(command.name == "screenshot" for command in app.registered_commands):
        app.command("window", hidden=True)(open_window)
        app.command("screenshot")(take_screenshot)
    return app


def open_window(
    design: Annotated[str, typer.Argument(help="A file (.netloom or .json) or template:NAME.")] = "",
) -> None:
    """Open the window; `netloom` and `netloom FILE` do the same."""
    try:
        check_display(os.environ, sys.platform)
        status = run_window(design)
    except CannotStartError as error:
        say(str(error))
        raise typer.Exit(1) from None
    raise typer.Exit(status)


def take_screenshot(
    design: Annotated[str, typer.Argument(help="A file (.netloom or .json) or template:NAME.")],
    out: Annotated[Path, typer.Argument(help="The picture to write, PNG.")],
    data: Annotated[str, typer.Option(help="Data such as planar:spirals?m=500; empty: the design's own.")] = "",
    epochs: Annotated[int, typer.Option(help="Epochs to train first; -1: the design's own.", min=-1)] = -1,
    seed: Annotated[int, typer.Option(help="Seed; -1: the design's own.", min=-1)] = -1,
    theme: Annotated[Literal["light", "dark"], typer.Option(help="Colours.")] = "light",
    width: Annotated[int, typer.Option(help="Width in points.", min=640, max=8192)] = 1440,
    height: Annotated[int, typer.Option(help="Height in points.", min=480, max=8192)] = 900,
    scale: Annotated[float, typer.Option(help="Pixels per point.", min=0.5, max=4)] = 1.0,
) -> None:
    """Train in the real window, offscreen, and save a picture of it."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_SCALE_FACTOR"] = str(scale)
    try:
        check_libraries(os.environ, sys.platform)
        from gui.screenshot import Picture, take
    except (CannotStartError, ImportError) as error:
        say(_explain(error))
        raise typer.Exit(1) from None
    problem = take(Picture(design, out, data, epochs, seed, theme, width, height))
    if problem:
        say(problem)
        raise typer.Exit(1)


def run_window(design: str) -> int:
    """Show the window until it is closed; returns the exit status. Raises CannotStartError."""
    check_libraries(os.environ, sys.platform)
    gc.disable()  # until the window's own collector takes over
    try:
        from gui.application import run
    except ImportError as error:
        gc.enable()
        raise CannotStartError(_explain(error)) from error
    return run(design)


def check_display(environment: os._Environ[str] | dict[str, str], platform: str) -> None:
    """Raise CannotStartError where there is no screen to show a window on."""
    if not platform.startswith("linux") or environment.get("QT_QPA_PLATFORM"):
        return
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        raise CannotStartError(f"There is no display for the window (DISPLAY is not set). {WITHOUT_WINDOW}")


def check_libraries(environment: os._Environ[str] | dict[str, str], platform: str) -> None:
    """Raise CannotStartError where a library of the system is missing; the sentence has the apt command."""
    if not platform.startswith("linux"):
        return
    needed = dict(NEEDED)
    chosen = environment.get("QT_QPA_PLATFORM", "")
    if chosen.startswith("xcb") or (not chosen and not environment.get("WAYLAND_DISPLAY")):
        needed |= NEEDED_BY_XCB
    missing = [library for library in needed if not _is_there(library)]
    if missing:
        packages = " ".join(needed[library] for library in missing)
        raise CannotStartError(
            f"The window needs {', '.join(missing)}, which this system lacks. "
            f"Install with: sudo apt install {packages}   ({WITHOUT_WINDOW})"
        )


def _is_there(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _explain(error: Exception) -> str:
    if isinstance(error, CannotStartError):
        return str(error)
    text = str(error)
    library = text.split(":", 1)[0].strip()
    package = (NEEDED | NEEDED_BY_XCB).get(library, "")
    if package:
        return f"The window needs {library}, which this system lacks. Install with: sudo apt install {package}"
    return f"The window cannot be loaded: {text}. {WITHOUT_WINDOW}"


if __name__ == "__main__":
    main()
