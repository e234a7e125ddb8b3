"""The schema of the values: no property that is not here is let through."""

import re

from settings import ROOT, RUNNER_ELSEWHERE, SERVICE_ELSEWHERE, chosen, runner_settings, service_settings

CHART = ROOT / "charts/arbex"

KUBERNETES = "Kubernetes' own; its API server checks it"


def obj(required=(), **properties):
    schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return schema | ({"required": list(required)} if required else {})


def text(**more):
    return {"type": "string"} | more


def whole(least, most, null=False):
    return {"type": ["integer", "null"] if null else "integer", "minimum": least, "maximum": most}


def listed(item, **more):
    return {"type": "array", "items": item} | more


BOOLEAN = {"type": "boolean"}
STRINGS = {"type": "object", "additionalProperties": {"type": "string"}, "$comment": KUBERNETES}
FREE = {"type": "object", "$comment": KUBERNETES}
# A second one of these would contradict the chart's own, by which policies and Services find pods.
OWN_LABELS = r"^(app\.kubernetes\.io/(name|instance|component|version|managed-by)|helm\.sh/chart)$"
LABELS = STRINGS | {"propertyNames": {"not": {"pattern": OWN_LABELS}}}
# What the Pod Security Standard "restricted" lets a pod mount: no folders of the node.
VOLUMES = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"]
VOLUME = {"type": "object", "$comment": KUBERNETES, "required": ["name"], "propertyNames": {"enum": ["name", *VOLUMES]}}
# Names of Services.
OBJECT_NAME = r"^([a-z]([-a-z0-9]*[a-z0-9])?)?$"
DNS_NAME = r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$"
NAMED = obj(name=text(pattern=DNS_NAME), key=text(minLength=1))
CAPABILITIES = listed({"enum": ["execute", "system", "exec", "admin"]}, minItems=1, uniqueItems=True)
DIGEST = text(pattern="^(sha256:[0-9a-f]{64})?$")
PULL = {"enum": ["Always", "IfNotPresent", "Never"]}
CPU = {"type": ["string", "integer", "number"], "pattern": r"^([0-9]+m|[0-9]+(\.[0-9]+)?)$"}
MEMORY = text(pattern="^[1-9][0-9]*(Mi|Gi)$")
QUANTITIES = {"cpu": CPU, "memory": MEMORY, "ephemeral-storage": text(pattern="^[0-9]+(Ki|Mi|Gi)$")}
PERCENT_OR_COUNT = {"type": ["integer", "string", "null"], "minimum": 0, "pattern": "^[0-9]{1,3}%$"}
PROBE = obj(**{name: whole(1, 3600) for name in ("periodSeconds", "timeoutSeconds", "failureThreshold")})
RULE = obj(to=listed(FREE, minItems=1), ports=listed(FREE, minItems=1)) | {"minProperties": 1}


def settings_schema(settings):
    return obj(**{setting.name: setting.schema() for setting in settings})


def workload(**more):
    """What both components have."""
    return obj(
        enabled=BOOLEAN,
        replicas=whole(0, 1000),
        resources=obj(requests=obj(**QUANTITIES), limits=obj(**QUANTITIES)),
        terminationGracePeriodSeconds=whole(1, 90_000, null=True),
        podDisruptionBudget=obj(enabled=BOOLEAN, maxUnavailable=PERCENT_OR_COUNT, minAvailable=PERCENT_OR_COUNT),
        serviceAccount=obj(create=BOOLEAN, name=text(pattern=DNS_NAME), annotations=STRINGS),
        probes=obj(startup=PROBE, liveness=PROBE, readiness=PROBE),
        annotations=STRINGS,
        podAnnotations=STRINGS,
        podLabels=LABELS,
        nodeSelector=STRINGS,
        tolerations=listed(FREE),
        affinity=FREE,
        topologySpreadConstraints={"type": ["array", "null"], "items": FREE},
        priorityClassName=text(pattern=DNS_NAME),
        runtimeClassName=text(pattern=DNS_NAME),
        extraEnv=listed(obj(["name"], name=text(pattern="^[A-Za-z_][A-Za-z0-9_]*$"), value=text(), valueFrom=FREE)),
        extraVolumes=listed(VOLUME),
        extraVolumeMounts=listed(FREE | {"required": ["name", "mountPath"]}),
        **more,
    )


def schema():
    service = workload(
        settings=settings_schema(chosen(service_settings(), SERVICE_ELSEWHERE)),
        memory=obj(perSlotMb=whole(1, 1024), headroomPercent=whole(0, 100)),
        preStopSeconds=whole(1, 3600),
        expose=obj(
            type={"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
            port=whole(1, 65535),
            sessionAffinity={"enum": ["None", "ClientIP"]},
            annotations=STRINGS,
        ),
        autoscaling=obj(
            enabled=BOOLEAN,
            minReplicas=whole(1, 1000),
            maxReplicas=whole(1, 1000),
            cpuPercent=whole(1, 1000, null=True),
            slots=obj(enabled=BOOLEAN, metric=text(minLength=1), percent=whole(1, 100)),
            behavior=FREE,
        ),
    )
    runner = workload(
        coreUrl=text(pattern="^(https?://[^ ]+)?$"),
        coreToken=obj(value=text(), existingSecret=NAMED),
        serviceToken=obj(value=text(pattern="^[!-~]*$"), capabilities=CAPABILITIES, existingSecret=NAMED),
        settings=settings_schema(chosen(runner_settings(), RUNNER_ELSEWHERE)),
        memory=obj(headroomPercent=whole(0, 100)),
    )
    token = obj(
        ["name", "sha256", "capabilities"],
        name=text(pattern="^[A-Za-z0-9._-]{1,64}$"),
        sha256=text(pattern="^[0-9a-f]{64}$"),
        capabilities=CAPABILITIES,
    )
    profile = obj(["type"], type={"enum": ["RuntimeDefault", "Localhost"]}, localhostProfile=text(minLength=1))
    # Not root, whatever the image says.
    user = whole(1, 4_294_967_294, null=True)
    root = obj(
        **{
            # Helm puts it there when the chart is a part of another.
            "global": FREE | {"$comment": "of the chart that this one is a part of"},
            "nameOverride": text(pattern=OBJECT_NAME, maxLength=63),
            "fullnameOverride": text(pattern=OBJECT_NAME, maxLength=48),
            "commonLabels": LABELS,
            "image": obj(
                repository=text(minLength=1),
                tag=text(pattern=r"^[\w.-]*$", maxLength=128),
                digest=DIGEST,
                pullPolicy=PULL,
            ),
            "imagePullSecrets": listed(obj(["name"], name=text(minLength=1))),
            "podSecurity": obj(
                runAsUser=user,
                runAsGroup=user,
                fsGroup=user,
                seccompProfile=profile,
                hostUsers={"type": ["boolean", "null"]},
            ),
            "auth": obj(
                allowAnonymous=BOOLEAN,
                anonymousCapabilities=CAPABILITIES | {"minItems": 0},
                tokens=listed(token),
                existingSecret=NAMED,
            ),
            "clusterReads": obj(
                enabled=BOOLEAN,
                namespaces=listed(text(pattern="^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"), uniqueItems=True),
                clusterWide=BOOLEAN,
                exec=BOOLEAN,
            ),
            "service": service,
            "runner": runner,
            "networkPolicy": obj(
                enabled=BOOLEAN,
                **{name: listed(FREE) for name in ("clients", "scrapers", "dns")},
                **{name: listed(RULE) for name in ("core", "stores", "apiServer", "serviceEgress", "runnerEgress")},
            ),
            "metrics": obj(
                serviceMonitor=obj(enabled=BOOLEAN, interval=text(pattern="^[0-9]+(s|m)$"), labels=STRINGS),
                prometheusRule=obj(enabled=BOOLEAN, runbookUrl=text(pattern="^(https?://[^ #]+)?$"), labels=STRINGS),
                dashboard=obj(enabled=BOOLEAN, labels=STRINGS, annotations=STRINGS),
            ),
            "tracing": obj(
                otlpEndpoint=text(pattern=r"^(https?://[^\s/@?#]+(/[^\s@?#]*)?)?$"),
                sampleRatio={"type": ["number", "null"], "minimum": 0, "maximum": 1},
                collectors=listed(FREE),
            ),
            "tests": obj(
                enabled=BOOLEAN,
                image=obj(repository=text(minLength=1), tag=text(pattern=r"^[\w.-]*$"), digest=DIGEST, pullPolicy=PULL),
                existingSecret=NAMED,
            ),
        }
    )
    for path, words in documented((CHART / "values.yaml").read_text()):
        describe(root, path, words)
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Values of the chart arbex"} | root


def describe(node, path, words):
    """Copies on the way: the parts above are shared."""
    for key in path.split("."):
        properties = node["properties"] = dict(node["properties"])
        if key not in properties:
            raise SystemExit(f"values.yaml: {path} is not in the schema (.ci/chart/generate.py)")
        node = properties[key] = dict(properties[key])
    node["description"] = words


def documented(text):
    """(path, words) of every value of values.yaml that has words above it."""
    found, path, words = [], [], []
    for line in text.splitlines():
        comment = re.match(r" *# (-- )?(.*)", line)
        if comment:
            if comment[1]:
                words = [comment[2]]
            elif words:
                words.append(comment[2])
            continue
        key = re.match(r"( *)([A-Za-z]\w*):", line)
        if key:
            path = path[: len(key[1]) // 2] + [key[2]]
            if words:
                found.append((".".join(path), " ".join(words)))
        words = []
    return found


def at(values, path):
    for key in path.split("."):
        values = values[key]
    return values
