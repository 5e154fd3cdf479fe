"""Looks for processes by their IDs."""

from __future__ import annotations

import os
import sys


def is_running(pid: int) -> bool:
    """Returns true if there is a process with this ID."""
    if pid <= 0:
        return False
    if sys.platform == "win32":
        return _is_running_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        # A process of another user, which cannot be a bridge of ours, is left to the health proof.
        return True
    return True


def _is_running_on_windows(pid: int) -> bool:
    # Here os.kill(pid, 0) would send Ctrl+C.
    if sys.platform != "win32":
        return False
    import ctypes

    query_limited_information = 0x1000
    still_active = 259
    kernel = ctypes.windll.kernel32
    handle = kernel.OpenProcess(query_limited_information, False, pid)
    if not handle:
        return False
    try:
        code = ctypes.c_ulong()
        return bool(kernel.GetExitCodeProcess(handle, ctypes.byref(code))) and code.value == still_active
    finally:
        kernel.CloseHandle(handle)
