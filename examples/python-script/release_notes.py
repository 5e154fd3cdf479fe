#!/usr/bin/env python3
"""Prints release notes that Kiro writes from the commits of a Git range."""

import subprocess
import sys

from kiro_bridge import NETWORK_ERROR, KiroBridgeError, KiroBridgeClient

PROMPT = "Write release notes in Markdown for these commits, for users, in at most ten lines:\n\n"


def commits_of(git_range):
    command = ["git", "log", "--no-merges", "--format=- %s%n%b", git_range]
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout.strip()


def answer_to(client, question):
    """Asks the user at the terminal. Without one, returns the choice that denies."""
    print(f"\n{question['prompt']} {question.get('choices', '')}", file=sys.stderr)
    if sys.stdin.isatty():
        return input("> ")
    pending = client.execution(question["executionId"]).get("pendingInput", {})
    return next((each["value"] for each in pending.get("options", []) if each["kind"].startswith("reject")), None)


def write_notes(client, commits):
    request = {"prompt": PROMPT + commits, "session": "fresh"}
    with client.stream_chat(**request) as chat:
        try:
            for event in chat:
                if event["type"] == "delta":
                    print(event["text"], end="", flush=True)
                elif event["type"] == "tool":
                    print(f"[{event['title']}]", file=sys.stderr)
                elif event["type"] == "question":
                    answer = answer_to(client, event)
                    if answer is not None:
                        client.answer(event["executionId"], event, answer)
        except KeyboardInterrupt:
            # A closed stream cancels nothing. The same key returns the same execution, which may not have told its ID yet.
            started = client.start_chat(**request, idempotency_key=chat.idempotency_key)
            client.cancel(started["executionId"])
            raise
    print()
    return chat.response["success"]


def main(git_range="HEAD"):
    commits = commits_of(git_range)
    if not commits:
        print(f"There are no commits in {git_range}.", file=sys.stderr)
        return 1
    try:
        with KiroBridgeClient.discover(name="release-notes") as client:
            return 0 if write_notes(client, commits) else 1
    except KiroBridgeError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 2 if error.code == NETWORK_ERROR else 1


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:2]))
    except KeyboardInterrupt:
        sys.exit(130)
