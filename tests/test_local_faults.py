"""What a chain of exceptions comes from: this machine, or somebody else."""

import errno
import resource
import socket

import pytest

from simulate.errors import (
    EndpointError,
    LocalFaultError,
    ModelError,
    RunFileError,
    TargetUnreachableError,
)
from simulate.local_faults import local_fault, local_faults_told


def led_to(error: Exception, cause: BaseException) -> Exception:
    """Return an error that wraps another and says nothing of it."""
    try:
        try:
            raise cause
        except BaseException:
            raise error from None
    except Exception as wrapped:
        return wrapped


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (OSError(errno.EMFILE, "Too many open files"), "ulimit -n"),
        (OSError(errno.ENFILE, "File table overflow"), "end other programs"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "out of memory"),
        (MemoryError(), "out of memory"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk is full"),
        (OSError(errno.EIO, "Input/output error"), "the disk cannot be read"),
        (OSError(errno.EAGAIN, "Resource temporarily unavailable"), "ulimit -u"),
        (RuntimeError("can't start new thread"), "ulimit -u"),
        (OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address"), "no port"),
        (ExceptionGroup("all failed", [OSError(errno.EMFILE, "Too many")]), "ulimit -n"),
    ],
    ids=repr,
)
def test_what_has_run_out_is_found_behind_the_errors_that_wrap_it(
    cause: BaseException, told: str
) -> None:
    for wrapped in (ModelError("given up"), TargetUnreachableError("cannot connect")):
        found = local_fault(led_to(wrapped, cause))
        assert found is not None
        assert told in str(found)


@pytest.mark.parametrize(
    "cause",
    [
        ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"),
        ConnectionResetError(errno.ECONNRESET, "Connection reset"),
        TimeoutError(),
        OSError(errno.ENOENT, "No such file or directory"),
        OSError(errno.EHOSTUNREACH, "No route to host"),
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
        RuntimeError("Session is closed"),
        KeyError("x"),
    ],
    ids=repr,
)
def test_what_others_do_is_no_fault_of_this_machine(cause: Exception) -> None:
    assert local_fault(led_to(ModelError("given up"), cause)) is None
    with pytest.raises(type(cause)), local_faults_told():
        raise cause


def test_an_address_that_was_never_reached_is_rather_wrong_than_out_of_ports() -> None:
    cause = OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
    assert local_fault(led_to(EndpointError("cannot connect"), cause)) is None


def test_a_run_file_that_cannot_be_written_says_so_itself() -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    assert local_fault(led_to(RunFileError("disk is full"), full)) is None


def test_a_name_that_cannot_be_looked_up_for_want_of_a_file_is_no_wrong_name() -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    error = led_to(ModelError("given up"), socket.gaierror(socket.EAI_AGAIN, "Temporary failure"))
    assert local_fault(error) is None
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        found = local_fault(error)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert found is not None
    assert "ulimit -n" in str(found)


def test_the_file_of_a_full_disk_is_named() -> None:
    with pytest.raises(LocalFaultError, match="“/dev/full”: the disk is full"), local_faults_told():
        raise OSError(errno.ENOSPC, "No space left on device", "/dev/full")


def test_a_cause_that_goes_in_circles_is_looked_at_once() -> None:
    first, second = ValueError("a"), KeyError("b")
    first.__context__, second.__context__ = second, first
    assert local_fault(first) is None
