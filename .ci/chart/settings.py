"""The settings of both binaries: docs/settings.md (itself made from the service's code) and runner/src/settings.rs."""

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
}
RUNNER_ELSEWHERE = {
    "ARBEX_RUNNER_CORE_URL": "runner.coreUrl",
    "ARBEX_RUNNER_SERVICE_TOKEN": "runner.serviceToken",
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


def service_settings():
    """All settings of docs/settings.md."""
    rows = re.findall(
        r"^\| `--[a-z-]+` \| `(ARBEX_[A-Z0-9_]+)` \| (.*?) \| (.*) \| ([^|]*) \|$",
        (ROOT / "docs/settings.md").read_text(),
        re.M,
    )
    return [Setting(variable, "ARBEX_", rule, default, meaning) for variable, default, rule, meaning in rows]


def runner_settings():
    """All settings of the runner that have a variable."""
    source = (ROOT / "runner/src/settings.rs").read_text()
    found = []
    for doc, attribute, kind in re.findall(
        r"((?:    /// .*\n|    ///\n)+)    #\[arg\((.*?)\)\]\n    (?:pub )?\w+: (.*),\n", source
    ):
        variable = re.search(r'env = "([A-Z0-9_]+)"', attribute)
        if not variable:
            continue
        default = re.search(r'default_value = "(.*?)"', attribute)
        bounds = re.search(r"value_parser = ms\(([\d_]+), ([\d_]+)\)", attribute)
        rule = "a text"
        if bounds:
            rule = f"a whole number from {bounds[1].replace('_', '')} to {bounds[2].replace('_', '')}"
        elif kind == "SocketAddr":
            rule = "an IP address with a port"
        elif "value_enum" in attribute:
            enum = re.search(r"\w+", kind.removeprefix("Option<"))[0]
            words = [re.sub(r"(?<!^)(?=[A-Z])", "-", word).lower() for word in enum_words(enum)]
            rule = " or ".join(words)
        meaning = doc.splitlines()[0].strip().removeprefix("/// ")
        found.append(Setting(variable[1], "ARBEX_RUNNER_", rule, default[1] if default else "none", meaning))
    return found


def enum_words(name):
    for path in sorted((ROOT / "runner/src").glob("*.rs")):
        body = re.search(rf"pub enum {name} \{{\n(.*?)\n\}}", path.read_text(), re.S)
        if body:
            return re.findall(r"^    (\w+),$", body[1], re.M)
    raise SystemExit(f"runner/src has no enum {name}")


def chosen(settings, elsewhere):
    return [setting for setting in settings if setting.variable not in elsewhere]
