// `heat.dataservice.createBuilder`: builds a `$heat-dataservice` root channel by channel. Every fault throws at the call that
// made it, and what a script gives is copied.

import { DATA_KEYS, RAW_SHAPE } from "./assumed-keys.js";
import { copyJson, fault, isObject, membersOf, optionsOf, requireText, shown, textsOf } from "./check.js";
import { isLayoutBuilder, layoutOf } from "./layout.js";
import { copyPoints } from "./points.js";
import {
  MapConstructor, MapPrototypeForEach, MapPrototypeGet, MapPrototypeGetSize, MapPrototypeHas, MapPrototypeSet, ObjectFreeze,
  ObjectKeys, SetConstructor, SetPrototypeAdd, SetPrototypeHas, append, createList, defineValue, joinList, toText,
} from "../primordials.js";

const WHERE = "heat.dataservice.createBuilder";
const SHAPES = "series, value, events, timestamps, ranges, " + RAW_SHAPE;
// HEAT warns above this.
const MOST_REALMS = 50;
const SHOWN_GROUPS = 10;

let warn;

/** `given(text)` makes a warning on the console. */
export function setWarn(given) {
  warn = given;
}

/** Warn of options that mean nothing here: a newer HEAT may know them, so they are no fault. */
function warnOfUnknown(options, known, where) {
  const names = ObjectKeys(options);
  for (let i = 0; i < names.length; i++) {
    if (known[names[i]] !== true) warn(where + ": the option " + shown(names[i]) + " is not known and does nothing");
  }
}

const BUILDER_OPTIONS = { __proto__: null, version: true, defaultRealm: true };
const ROOT_OPTIONS = {
  __proto__: null, suggestedLayoutConfiguration: true, layout: true, dashboardUsers: true, dashboard_users: true,
};

/** A builder of one root. `options`: `version` ("1.0") and `defaultRealm` ("default"). */
export function createBuilder(options) {
  const given = optionsOf(options, WHERE + ": options");
  warnOfUnknown(given, BUILDER_OPTIONS, WHERE);
  const { version = "1.0", defaultRealm = "default" } = given;
  requireText(version, WHERE + ": version");
  requireText(defaultRealm, WHERE + ": defaultRealm");

  const groups = new MapConstructor(); // name by id
  const realms = new MapConstructor(); // { ids, channels } by name

  const add = (shape, spec, data) => {
    const checked = checkChannel(spec, shape, groups, defaultRealm);
    const { realm, what } = checked;
    // Copying runs the script's getters, which may add channels of their own: what is taken is looked at behind it.
    defineValue(checked.channel, "data", copyData(checked.channel.shape, data, what), true);
    const taken = MapPrototypeGet(realms, realm);
    if (taken !== undefined && SetPrototypeHas(taken.ids, checked.channel.id)) {
      throw fault(what + " is in the realm " + shown(realm) + " already; give it another id or another realm");
    }
    const kept = taken ?? { ids: new SetConstructor(), channels: createList() };
    if (taken === undefined) MapPrototypeSet(realms, realm, kept);
    SetPrototypeAdd(kept.ids, checked.channel.id);
    append(kept.channels, checked.channel);
    return builder;
  };

  const builder = ObjectFreeze({
    addGroup(id, name) {
      requireText(id, "addGroup: id");
      requireText(name, "addGroup(" + shown(id) + "): name");
      const known = MapPrototypeGet(groups, id);
      if (known !== undefined && known !== name) {
        throw fault("group " + shown(id) + " was added already, with the name " + shown(known));
      }
      MapPrototypeSet(groups, id, name);
      return builder;
    },
    series(spec, points) { return add("series", spec, points); },
    value(spec, payload) { return add("value", spec, payload); },
    events(spec, points) { return add("events", spec, points); },
    timestamps(spec, points) { return add("timestamps", spec, points); },
    ranges(spec, points) { return add("ranges", spec, points); },
    channel(spec, data) { return add(undefined, spec, data); },
    buildRoot(opts) {
      const given = optionsOf(opts, "buildRoot: options");
      warnOfUnknown(given, ROOT_OPTIONS, "buildRoot");
      const layout = oneOf(given, "suggestedLayoutConfiguration", "layout");
      const users = oneOf(given, "dashboardUsers", "dashboard_users");
      const count = MapPrototypeGetSize(realms);
      if (MOST_REALMS < count) warn("buildRoot: " + toText(count) + " realms; HEAT advises at most " + toText(MOST_REALMS));
      const root = {
        "$heat-dataservice": { version, groups: groupList(groups), realms: realmList(realms, defaultRealm) },
        dashboard_users: users === undefined ? [] : textsOf(users, "buildRoot: dashboardUsers"),
      };
      if (layout !== undefined) defineValue(root, "suggestedLayoutConfiguration", plainLayout(layout), true);
      return root;
    },
  });
  return builder;
}

// Members of a channel that the builder itself puts in their place; others are handed on.
const OWN_MEMBERS = { __proto__: null, id: true, name: true, groupId: true, shape: true, realm: true, data: true };

/** The channel without its data, its realm, and how messages name it. */
function checkChannel(spec, shape, groups, defaultRealm) {
  const where = shape === undefined ? "channel(spec, data)" : shape + "(spec, …)";
  const members = membersOf(spec, where + ": spec");
  requireText(members.id, where + ": spec.id");
  const what = "channel " + shown(members.id);
  requireText(members.name, what + ": name");
  requireText(members.groupId, what + ": groupId");
  if (!MapPrototypeHas(groups, members.groupId)) {
    const group = shown(members.groupId);
    const known = knownGroups(groups);
    throw fault(what + ": there is no group " + group + "; call addGroup(" + group + ", name) first"
      + (known === "" ? "" : " (there are " + known + ")"));
  }
  const realm = members.realm ?? defaultRealm;
  requireText(realm, what + ": realm");
  const known = shape ?? members.shape;
  if (typeof known !== "string" || DATA_KEYS[known] === undefined && known !== RAW_SHAPE) {
    throw fault(what + ": shape must be one of " + SHAPES + ", not " + shown(known));
  }
  const channel = { id: members.id, name: members.name, groupId: members.groupId, shape: known };
  const names = ObjectKeys(members);
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    const value = members[name];
    if (OWN_MEMBERS[name] === true || value === undefined) continue;
    const copy = copyJson(value, what + ": " + name);
    if (name === "metadata" && !isObject(copy)) throw fault(what + ": metadata must be an object, not " + shown(copy));
    defineValue(channel, name, copy, true);
  }
  return { channel, realm, what };
}

function knownGroups(groups) {
  const shownGroups = createList();
  MapPrototypeForEach(groups, (_, id) => {
    if (shownGroups.length < SHOWN_GROUPS) append(shownGroups, shown(id));
  });
  return joinList(shownGroups, ", ") + (SHOWN_GROUPS < MapPrototypeGetSize(groups) ? ", …" : "");
}

/** What `data` becomes: points bare or below their key, a value's payload, or anything for the shape that is not known. */
function copyData(shape, data, what) {
  const key = DATA_KEYS[shape];
  if (key === undefined) return copyJson(data, what + ": data");
  const copy = {};
  if (shape === "value") defineValue(copy, key, copyJson(data, what + ": the payload"), true);
  else if (isObject(data)) {
    const members = membersOf(data, what + ": data");
    const names = ObjectKeys(members);
    for (let i = 0; i < names.length; i++) {
      if (names[i] !== key) defineValue(copy, names[i], copyJson(members[names[i]], what + ": data." + names[i]), true);
    }
    defineValue(copy, key, copyPoints(shape, members[key], what), true);
  } else defineValue(copy, key, copyPoints(shape, data, what), true);
  return copy;
}

/** The one of two spellings of an option that is given. */
function oneOf(given, one, other) {
  const first = given[one] ?? undefined;
  const second = given[other] ?? undefined;
  if (first !== undefined && second !== undefined) {
    throw fault("buildRoot: " + one + " and " + other + " are the same option; give one");
  }
  return first === undefined ? second : first;
}

function groupList(groups) {
  const list = [];
  MapPrototypeForEach(groups, (name, id) => defineValue(list, list.length, { id, name }, true));
  return list;
}

function realmList(realms, defaultRealm) {
  const list = [];
  MapPrototypeForEach(realms, ({ channels }, name) => {
    const copied = [];
    for (let i = 0; i < channels.length; i++) defineValue(copied, i, { ...channels[i] }, true);
    defineValue(list, list.length, { name, channels: copied }, true);
  });
  // A root must have a realm, even where there is nothing to show yet.
  if (list.length === 0) defineValue(list, 0, { name: defaultRealm, channels: [] }, true);
  return list;
}

function plainLayout(layout) {
  if (isLayoutBuilder(layout)) return layoutOf(layout);
  const copy = isObject(layout) ? copyJson(layout, "buildRoot: layout") : layout;
  if (isObject(copy)) return copy;
  throw fault("buildRoot: layout must be a layout (an object or a heat.layout builder), not " + shown(copy));
}
