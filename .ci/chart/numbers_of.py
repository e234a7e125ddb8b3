"""Settings and what is computed of them: bounds, memory, time to stop, and whether every setting reaches its binary."""

import os
import re
import subprocess

import jsonschema
import yaml

from renders import cases, objects, template
from schema import chosen
from security import component
from settings import ROOT, RUNNER_ELSEWHERE, SERVICE_ELSEWHERE, runner_settings, service_settings

MIB = 1024 * 1024


def bounds(schema):
    """Just in and just out, for every setting that is a number."""
    for part, settings in (
        ("service", chosen(service_settings(), SERVICE_ELSEWHERE)),
        ("runner", chosen(runner_settings(), RUNNER_ELSEWHERE)),
    ):
        numbers = [setting for setting in settings if setting.rule.startswith("a whole number")]
        if len(numbers) < 5:
            yield f"{part}: only {len(numbers)} numbers were found"
        for setting in numbers:
            least, most = map(int, re.search(r"from (\d+) to (\d+)", setting.rule).groups())
            for value, fits in (
                (least - 1, False),
                (least, True),
                (most, True),
                (most + 1, False),
                (str(least), False),
                (least + 0.5, False),
            ):
                faults = jsonschema.Draft7Validator(schema).iter_errors({part: {"settings": {setting.name: value}}})
                if (not list(faults)) != fits:
                    yield f"{part}.settings.{setting.name}: {value!r} is {'refused' if fits else 'accepted'}"


def deployments(parts):
    """(component, pod, variables of its ConfigMap) of every Deployment."""
    maps = {part["metadata"]["name"]: part["data"] for part in parts if part["kind"] == "ConfigMap" and "data" in part}
    for part in parts:
        if part["kind"] == "Deployment":
            pod = part["spec"]["template"]["spec"]
            source = pod["containers"][0]["envFrom"][0]["configMapRef"]["name"]
            yield component(part["metadata"]), pod, maps[source]


def in_force(settings, variables):
    """A setting's number as the binary will see it."""
    defaults = {setting.variable: setting.default_value() for setting in settings}
    return lambda name: int(variables.get(name, defaults.get(name) or 0))


def memory(parts):
    """The formula of README.md, once more: the limit must cover the sum and a tenth."""
    for name, pod, variables in deployments(parts):
        limit_mb = limit_of(pod)
        of = in_force(service_settings() + runner_settings(), variables)
        output_mb = -(-of("ARBEX_MAX_OUTPUT_BYTES") // MIB)
        if name == "runner":
            sum_mb = 48 + of("ARBEX_RUNNER_MAX_TASKS") * (3 * of("ARBEX_RUNNER_MAX_INLINE_MB") + 6 * output_mb)
        else:
            slots = of("ARBEX_SLOTS")
            sum_mb = (
                of("ARBEX_MEMORY_BUDGET_MB") + 64 + 4 * slots + of("ARBEX_MAX_CONNECTIONS") // 16 + of("ARBEX_CACHE_MB")
            )
            sum_mb += 2 * of("ARBEX_MAX_INFLIGHT_BODY_MB") + 4 * slots * output_mb + of("ARBEX_IDEMPOTENCY_MB")
            if "ARBEX_INPUT_ORIGINS" in variables:
                sum_mb += max(of("ARBEX_INPUT_BUDGET_MB"), of("ARBEX_MAX_INPUT_MB"))
                sum_mb += of("ARBEX_WORKER_THREADS") * of("ARBEX_MAX_INPUT_MB")
            if variables.get("ARBEX_CLUSTER_READS", "off") != "off":
                sum_mb += 2 * of("ARBEX_CLUSTER_BUDGET_MB")
            if "ARBEX_WORKER_THREADS" not in variables:
                yield f"{name}: left to itself it has as many threads as its node has processors"
            if of("ARBEX_MEMORY_BUDGET_MB") < of("ARBEX_MAX_MEMORY_MB"):
                yield f"{name}: the budget is below one run's memory"
        if limit_mb < sum_mb * 1.1:
            yield f"{name}: {limit_mb} MiB do not cover {sum_mb} and a tenth"


def edges(chart, renders, folder):
    """The computed limit, given as a limit, leaves just the computed budget; one MiB less is refused."""
    for case, part in (("defaults", "service"), ("with-runner", "runner")):
        limit = next(limit_of(pod) for name, pod, _ in deployments(renders[case]) if name == part)
        for less, fits in ((0, True), (1, False)):
            path = folder / f"edge-{part}-{less}.yaml"
            path.write_text(yaml.safe_dump({part: {"resources": {"limits": {"memory": f"{limit - less}Mi"}}}}))
            well, text = template(chart, "--values", cases()[case], "--values", path)
            if well != fits:
                yield f"{case}: {part} with {limit - less}Mi {'is refused' if fits else 'renders'}: {text if fits else ''}"
            elif fits and objects(text) != renders[case]:
                yield f"{case}: {part} with the limit that was computed renders something else"


def threads(chart, folder):
    for cpu, said, wanted in (
        (None, None, 4),
        ("500m", None, 1),
        ("1999m", None, 1),
        ("2000m", None, 2),
        (2, None, 2),
        (2.9, None, 2),
        ("0.5", None, 1),
        ("8", 3, 3),
        (None, 64, 64),
    ):
        path = folder / "threads.yaml"
        service = {"resources": {"limits": {"cpu": cpu} if cpu else {}}, "settings": {"workerThreads": said}}
        path.write_text(yaml.safe_dump({"service": service}))
        well, text = template(chart, "--values", cases()["defaults"], "--values", path)
        found = [variables["ARBEX_WORKER_THREADS"] for _, _, variables in deployments(objects(text))] if well else text
        if found != [str(wanted)]:
            yield f"limit {cpu}, setting {said}: {found}, not {wanted}"


def limit_of(pod):
    return quantity_mb(pod["containers"][0]["resources"]["limits"]["memory"])


def quantity_mb(quantity):
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi)", quantity).groups()
    return int(number) * (1024 if unit == "Gi" else 1)


def stopping(parts):
    """The pause before SIGTERM, the drain, and a few seconds fit into what Kubernetes gives."""
    for name, pod, variables in deployments(parts):
        of = in_force(runner_settings() if name == "runner" else service_settings(), variables)
        drain_ms = of("ARBEX_RUNNER_DRAIN_GRACE_MS" if name == "runner" else "ARBEX_DRAIN_GRACE_MS")
        pause = pod["containers"][0].get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        if name == "service" and pause < 1:
            yield "service: no pause before SIGTERM"
        if pod.get("terminationGracePeriodSeconds", 30) < pause + drain_ms / 1000 + 5:
            yield f"{name}: {pod.get('terminationGracePeriodSeconds')} s are too few"


def settings_checks(chart, renders, folder):
    yield "memory limits hold to the MiB", edges(chart, renders, folder)
    yield "threads are what is said, else the CPU limit in whole ones", threads(chart, folder)
    yield "every setting reaches its binary, under its variable", unreached(chart, renders, folder)
    binary = os.environ.get("ARBEX_BIN", ROOT / "target/release/arbex")
    if not os.access(binary, os.X_OK):
        print(f"       not tried: the service's own word on these settings; there is no {binary}")
        return
    said = subprocess.run([binary, "serve", "--help"], capture_output=True, text=True).stdout
    unknown = [
        setting.variable
        for setting in service_settings()
        if f"{setting.variable}]" not in re.sub(r"\s+", " ", said).replace("env: ", "")
    ]
    if unknown:
        print(
            f"       not tried: the service's own word on these settings; {binary} is of another version ({unknown[0]})"
        )
        return
    yield "the service takes the settings of every render", refused_by(binary, renders, folder)


def example(setting):
    """A value that is not the default."""
    kind = setting.schema()
    if "minimum" in kind:
        return kind["maximum"] if setting.default_value() == kind["minimum"] else kind["minimum"]
    if "boolean" in kind["type"]:
        return True
    if "array" in kind["type"]:
        return ["https://a.example", "https://b.example:8443"]
    if "enum" in kind:
        return next(word for word in kind["enum"] if word and word != setting.default)
    return {"listen": "0.0.0.0:1234", "adminListen": "0.0.0.0:4321", "serviceUrl": "http://x.example"}.get(
        setting.name, "example"
    )


def unreached(chart, renders, folder):
    service, runner = chosen(service_settings(), SERVICE_ELSEWHERE), chosen(runner_settings(), RUNNER_ELSEWHERE)
    values = {
        "auth": {"allowAnonymous": True},
        "networkPolicy": {"enabled": False},
        "service": {
            "settings": {setting.name: example(setting) for setting in service}
            | {"memoryBudgetMb": 4096, "maxMemoryMb": 4096 // 8, "inputBudgetMb": 64}
        },
        "runner": {
            "enabled": True,
            "coreUrl": "http://core",
            "settings": {setting.name: example(setting) for setting in runner},
        },
    }
    path = folder / "every-setting.yaml"
    path.write_text(yaml.safe_dump(values))
    well, text = template(chart, "--values", path)
    if not well:
        yield text
        return
    found = {name: variables for name, _, variables in deployments(objects(text))}
    for part, settings in (("service", service), ("runner", runner)):
        for setting in settings:
            value = values[part]["settings"][setting.name]
            told = (
                ",".join(value)
                if isinstance(value, list)
                else str(value).lower() if isinstance(value, bool) else str(value)
            )
            if found[part].get(setting.variable) != told:
                yield f"{part}.settings.{setting.name}: {setting.variable} is {found[part].get(setting.variable)!r}, not {told!r}"
    # Nothing that a binary would refuse as unknown, in any render; and what is set elsewhere is set somewhere.
    known = {setting.variable for setting in service_settings() + runner_settings()} | {
        "CORE_API_URL",
        "HEAT_SESSION_TOKEN",
    }
    seen = set()
    for name, parts in renders.items():
        for part, pod, variables in deployments(parts):
            of_pod = set(variables) | {variable["name"] for variable in pod["containers"][0].get("env", [])}
            seen |= of_pod
            for variable in sorted(of_pod - known):
                if variable.startswith(("ARBEX_", "HEAT_", "CORE_")):
                    yield f"{name}: {part} gets {variable}, which is no setting"
    for variable, where in (SERVICE_ELSEWHERE | RUNNER_ELSEWHERE).items():
        # The runner's URL of Core goes by the name that every HEAT runner knows.
        if variable in known - seen - {"ARBEX_RUNNER_CORE_URL"}:
            yield f"{variable}: no render sets it, though {where} should"


def refused_by(binary, renders, folder):
    for name, parts in renders.items():
        for part, _, variables in deployments(parts):
            if part != "service":
                continue
            given = {variable: value for variable, value in variables.items() if not variable.endswith("_FILE")}
            if "ARBEX_TOKENS_FILE" in variables:
                given["ARBEX_TOKENS_FILE"] = str(tokens_of(parts, folder / f"{name}-tokens"))
            done = subprocess.run([binary, "serve", "--check-config"], env=given, capture_output=True, text=True)
            if done.returncode != 0:
                yield f"{name}: {done.stderr or done.stdout}"


def tokens_of(parts, path):
    """The rendered file of tokens; for one that exists elsewhere, a line that could be in it."""
    texts = [
        part["stringData"]["tokens"] for part in parts if part["kind"] == "Secret" and "tokens" in part["stringData"]
    ]
    path.write_text(texts[0] if texts else f"somebody:{'0' * 64}:execute\n")
    path.chmod(0o600)
    return path
