"""The settings of both binaries: docs/settings.md and docs/runner-settings.md, which are made from the code."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Settings that have a value of their own in the chart, by variable; a setting is in one place only.
SERVICE_ELSEWHERE = {
    "ARBEX_ALLOW_ANONYMOUS": "auth.allowAnonymous",
    "ARBEX_ANONYMOUS_CAPABILITIES": "auth.anonymousCapabilities",
    "ARBEX_TOKENS_FILE": "auth.tokens, auth.existingSecret",
    "ARBEX_CLUSTER_READS": "clusterReads.enabled, clusterReads.clusterWide",
    "ARBEX_CLUSTER_EXEC": "clusterReads.exec",
    "ARBEX_CLUSTER_NAMESPACES": "clusterReads.namespaces",
    "ARBEX_OTLP_ENDPOINT": "tracing.otlpEndpoint",
}
RUNNER_ELSEWHERE = {
    "ARBEX_RUNNER_CORE_URL": "runner.coreUrl",
    "ARBEX_RUNNER_SERVICE_TOKEN": "runner.serviceToken",
    "ARBEX_RUNNER_OTLP_ENDPOINT": "tracing.otlpEndpoint",
}


class Setting:
    """One setting of a binary: its variable, its property in values, what is allowed, its default."""

    def __init__(self, variable, prefix, rule, default, meaning):
        self.variable, self.rule, self.default, self.meaning = variable, rule, default, meaning
        first, *rest = variable.removeprefix(prefix).lower().split("_")
        self.name = first + "".join(word.capitalize() for word in rest)

    def schema(self):
        whole = re.search(r"a whole number from (\d+) to (\d+)", self.rule)
        if whole:
            number = {"type": "integer", "minimum": int(whole[1]), "maximum": int(whole[2])}
            kind = number
        elif self.rule == "true or false":
            kind = {"type": "boolean"}
        elif "with commas between them" in self.rule:
            kind = {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True}
        elif self.rule.startswith("an IP address with a port"):
            word = "|same" if self.rule.endswith("or same") else ""
            kind = {"type": "string", "pattern": rf"^(\[[0-9a-fA-F:]+\]:[0-9]+|[0-9.]+:[0-9]+{word})$"}
        elif re.fullmatch(r"[a-z-]+( or [a-z-]+)+", self.rule):
            kind = {"type": "string", "enum": self.rule.split(" or ")}
        else:
            kind = {"type": "string", "minLength": 1}
        described = {"description": f"{self.variable}: {self.meaning}. Allowed: {self.rule}. Default: {self.default}"}
        # null takes back what the chart's own values say.
        return (
            described
            | {"type": [kind.pop("type"), "null"]}
            | kind
            | ({"enum": [*kind["enum"], None]} if "enum" in kind else {})
        )

    def default_value(self):
        """The default as the templates need it; none where it is words only."""
        if self.rule.startswith("a whole number"):
            number = re.match(r"\d+", self.default)
            return int(number[0]) if number else None
        if "with commas between them" in self.rule:
            return [] if self.default == "none" else self.default.split(",")
        return self.default


def of_table(page, prefix):
    """All settings of a page that the code makes."""
    rows = re.findall(
        rf"^\| `--[a-z-]+` \| `({prefix}[A-Z0-9_]+)` \| (.*?) \| (.*) \| ([^|]*) \|$",
        (ROOT / page).read_text(),
        re.M,
    )
    return [Setting(variable, prefix, rule, default, meaning) for variable, default, rule, meaning in rows]


def service_settings():
    return of_table("docs/settings.md", "ARBEX_")


def runner_settings():
    return of_table("docs/runner-settings.md", "ARBEX_RUNNER_")


def chosen(settings, elsewhere):
    return [setting for setting in settings if setting.variable not in elsewhere]
