// `ctx.system`: reads of the cluster and of the platform's configuration, commands in pods. Each call is one operation of the
// host, which decides whether it is allowed; here only types and lengths are looked at, because what is too long does not
// fit into a message to the host.

import { operation } from "./inputs.js";
import {
  ArrayIsArray, JSONParse, ObjectFreeze, PromiseReject, RangeErrorConstructor, TypeErrorConstructor, append, createList,
  defineValue, describeKind,
} from "./primordials.js";

// In characters. The longest call there can be stays below the 64 KiB that the host reads of an operation.
const MAX_NAME_CHARS = 253;
const MAX_SELECTOR_CHARS = 4096;
const MAX_PREFIX_CHARS = 1024;
const MAX_ARGUMENTS = 64;
const MAX_COMMAND_CHARS = 16384;

// The numbers of `ListKind` in `guest/abi`.
const LISTS = {
  listPods: 0, listDeployments: 1, listStatefulSets: 2, listPersistentVolumeClaims: 3, listIngresses: 4, listServices: 5,
  listNamespaces: 6, listNodes: 7,
};

/** A function that makes `ctx.system` of the platform's version and of what the run is granted. */
export function makeSystem(natives, version) {
  const k8s = ObjectFreeze(makeKubernetes(natives));
  const config = ObjectFreeze(makeConfig(natives));
  return () => {
    const { k8sNamespaces, hasConfig } = JSONParse(natives.systemJson());
    const system = { version: version(), k8sNamespaces: ObjectFreeze(k8sNamespaces), k8s };
    if (hasConfig) defineValue(system, "config", config, true);
    return ObjectFreeze(system);
  };
}

function makeKubernetes(natives) {
  const list = (name, options) => started(() => {
    const given = readOptions(name, options);
    return natives.list(LISTS[name], textOf(name, given, "namespace", MAX_NAME_CHARS), undefined);
  });
  const listAll = (name) => started(() => natives.list(LISTS[name], undefined, undefined));
  return {
    listPods(options) {
      return started(() => {
        const given = readOptions("listPods", options);
        const namespace = textOf("listPods", given, "namespace", MAX_NAME_CHARS);
        return natives.list(LISTS.listPods, namespace, textOf("listPods", given, "labelSelector", MAX_SELECTOR_CHARS));
      });
    },
    listDeployments(options) { return list("listDeployments", options); },
    listStatefulSets(options) { return list("listStatefulSets", options); },
    listPersistentVolumeClaims(options) { return list("listPersistentVolumeClaims", options); },
    listIngresses(options) { return list("listIngresses", options); },
    listServices(options) { return list("listServices", options); },
    listNamespaces() { return listAll("listNamespaces"); },
    listNodes() { return listAll("listNodes"); },
    getPodMetrics(options) {
      return started(() => {
        const given = readOptions("getPodMetrics", options);
        return natives.podMetrics(textOf("getPodMetrics", given, "namespace", MAX_NAME_CHARS));
      });
    },
    execClusterManager(options) {
      return started(() => exec(natives, "execClusterManager", undefined, readOptions("execClusterManager", options)));
    },
    exec(options) {
      return started(() => {
        const given = readOptions("exec", options);
        const pod = textOf("exec", given, "podName", MAX_NAME_CHARS);
        if (pod === undefined) throw new TypeErrorConstructor("exec: podName is required");
        return exec(natives, "exec", pod, given);
      });
    },
  };
}

function makeConfig(natives) {
  return {
    getPrefix(prefix) {
      return started(() => natives.readConfig(boundedText("getPrefix", "prefix", prefix, MAX_PREFIX_CHARS)));
    },
  };
}

function exec(natives, name, pod, given) {
  const namespace = textOf(name, given, "namespace", MAX_NAME_CHARS);
  const container = textOf(name, given, "container", MAX_NAME_CHARS);
  return natives.exec(pod, namespace, container, readCommand(name, given === undefined ? undefined : given.command));
}

// The promise of the operation that `start` begins. Nothing is thrown at the call itself, as in any async function.
function started(start) {
  try {
    return operation(start());
  } catch (error) {
    return PromiseReject(error);
  }
}

function readOptions(name, options) {
  if (options === undefined || options === null) return undefined;
  if (typeof options === "object" && !ArrayIsArray(options)) return options;
  throw new TypeErrorConstructor(name + ": takes an object of options, got " + describeKind(options));
}

function textOf(name, options, field, maxChars) {
  if (options === undefined) return undefined;
  const value = options[field];
  return value === undefined || value === null ? undefined : boundedText(name, field, value, maxChars);
}

function boundedText(name, field, value, maxChars) {
  if (typeof value !== "string") {
    throw new TypeErrorConstructor(name + ": " + field + " must be a string, got " + describeKind(value));
  }
  if (maxChars < value.length) {
    throw new RangeErrorConstructor(
      name + ": " + field + " must have at most " + maxChars + " characters, got " + value.length);
  }
  return value;
}

// A copy, so that what was checked is what is sent: the script's array may be a proxy.
function readCommand(name, command) {
  if (!ArrayIsArray(command)) {
    throw new TypeErrorConstructor(
      name + ": command must be an array of strings such as [\"/bin/sh\", \"-c\", \"df -h\"], got " + describeKind(command));
  }
  const count = command.length;
  // A proxy may say anything is its length.
  if (typeof count !== "number" || !(1 <= count && count <= MAX_ARGUMENTS)) {
    const got = typeof count === "number" ? count : describeKind(count);
    throw new RangeErrorConstructor(name + ": command must have 1 to " + MAX_ARGUMENTS + " entries, got " + got);
  }
  const copy = createList();
  let chars = 0;
  for (let i = 0; i < count; i++) {
    const field = "command[" + i + "]";
    const argument = boundedText(name, field, command[i], MAX_COMMAND_CHARS);
    if (i === 0 && argument === "") throw new RangeErrorConstructor(name + ": " + field + " must not be empty");
    chars += argument.length;
    append(copy, argument);
  }
  if (MAX_COMMAND_CHARS < chars) {
    throw new RangeErrorConstructor(
      name + ": command must have at most " + MAX_COMMAND_CHARS + " characters in all, got " + chars);
  }
  return copy;
}
