"""Checks that need other Pythons or other versions of the dependencies; `uv run nox -l` lists them.

What must hold before every change lands is in `.ci/run`.
"""

import nox

nox.options.default_venv_backend = "uv"
nox.options.sessions = ["tests"]
PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests on each Python, with the known-good versions of all dependencies."""
    environment = session.virtualenv.location
    session.run_install("uv", "sync", env={"UV_PROJECT_ENVIRONMENT": environment})
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Run the tests with the lowest versions that pyproject.toml allows."""
    groups = ("--group=dev", "--group=weights")
    wheels = ("--only-binary=:all:", "--no-binary=simulate-dialogues")
    session.install("--editable=.", *groups, *wheels, "--resolution=lowest-direct")
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session(python=PYTHONS[0])
def random(session: nox.Session) -> None:
    """Search for counterexamples to the property tests with a new seed."""
    environment = session.virtualenv.location
    session.run_install("uv", "sync", env={"UV_PROJECT_ENVIRONMENT": environment})
    session.run(
        "pytest", "-n", "auto", "-m", "hypothesis", "--hypothesis-profile=random", *session.posargs
    )
