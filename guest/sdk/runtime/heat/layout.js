// `heat.layout.createBuilder`: builds a v2 layout row by row.

import { COLUMNS_KEY } from "./assumed-keys.js";
import { makeChart } from "./chart.js";
import { copyJson, fault, isObject, membersOf, optionsOf, requireText, shown, textsOf } from "./check.js";
import {
  NumberIsInteger, ObjectFreeze, ObjectKeys, WeakMapConstructor, WeakMapPrototypeGet, WeakMapPrototypeHas, WeakMapPrototypeSet,
  append, createList, defineValue, toText,
} from "../primordials.js";

const WHERE = "heat.layout.createBuilder";
const MOST_COLUMNS = 12;

// How to build what each builder, and each chart of one, stands for. Being in here is what makes a builder: a script can make
// an object that looks like one, but not one that is in here.
const builds = new WeakMapConstructor();

export function isLayoutBuilder(value) {
  return typeof value === "object" && value !== null && WeakMapPrototypeHas(builds, value);
}

/** The layout of a builder, or of the builder that a chart belongs to. */
export function layoutOf(builder) {
  return WeakMapPrototypeGet(builds, builder)();
}

/** A builder of one layout. `options`: `version` ("1.0.0"), `realms` (["default"]), `configuration` ({}); others are kept. */
export function createBuilder(options) {
  const given = optionsOf(options, WHERE + ": options");
  const layout = {
    version: requireText(given.version ?? "1.0.0", WHERE + ": version"),
    realms: textsOf(given.realms ?? ["default"], WHERE + ": realms"),
    configuration: objectOf(given.configuration ?? {}, WHERE + ": configuration"),
  };
  copyOthers(layout, given, WHERE);
  const rows = createList();
  let row; // the one that columns are added to

  // The script's getters have run by now: whether there is a row is looked at last.
  const place = (column, what) => {
    if (row === undefined) throw fault(what + ": there is no row to put it in; call addRow() first");
    append(row.columns, column);
  };

  const build = () => {
    const builtRows = [];
    for (let i = 0; i < rows.length; i++) {
      const columns = [];
      for (let k = 0; k < rows[i].columns.length; k++) defineValue(columns, k, rows[i].columns[k], true);
      const built = { configuration: rows[i].configuration };
      defineValue(built, COLUMNS_KEY, columns, true);
      defineValue(builtRows, i, built, true);
    }
    // A copy, so that neither what is built later nor what the script does to it shows in the other.
    return copyJson({ ...layout, components: { rows: builtRows } }, WHERE);
  };

  const builder = ObjectFreeze({
    addRow(opts) {
      const what = "row " + toText(rows.length + 1);
      row = { configuration: copyJson(optionsOf(opts, what + ": options"), what), columns: createList() };
      append(rows, row);
      return builder;
    },
    endRow() {
      if (row === undefined) throw fault("endRow(): no row is open; call addRow() first");
      row = undefined;
      return builder;
    },
    addColumn(componentId, config) {
      requireText(componentId, "addColumn: componentId");
      const what = "addColumn(" + shown(componentId) + ")";
      place(columnOf(componentId, config, what), what);
      return builder;
    },
    addComposableChart(spec) {
      const members = membersOf(spec, "addComposableChart: spec");
      const what = "chart " + shown(requireText(members.name, "addComposableChart: name"));
      const column = columnOf("ComposableChart", members, what);
      const chart = makeChart(column.configuration, what, builder);
      place(column, what);
      WeakMapPrototypeSet(builds, chart, build);
      return chart;
    },
    build,
  });
  WeakMapPrototypeSet(builds, builder, build);
  return builder;
}

/** A column: `colspan` stands beside the component, all else is its configuration. */
function columnOf(component, spec, what) {
  const given = membersOf(spec, what + ": config");
  const { name, titleContent, channels, colspan = MOST_COLUMNS } = given;
  if (typeof colspan !== "number" || !NumberIsInteger(colspan) || colspan < 1 || MOST_COLUMNS < colspan) {
    throw fault(what + ": colspan must be a whole number from 1 to " + toText(MOST_COLUMNS) + ", not " + shown(colspan));
  }
  const configuration = {};
  if (name !== undefined) defineValue(configuration, "name", requireText(name, what + ": name"), true);
  if (titleContent !== undefined && titleContent !== null) {
    if (typeof titleContent !== "string") throw fault(what + ": titleContent must be a string, not " + shown(titleContent));
    defineValue(configuration, "titleContent", titleContent, true);
  }
  if (channels !== undefined) defineValue(configuration, "channels", textsOf(channels, what + ": channels"), true);
  const names = ObjectKeys(given);
  for (let i = 0; i < names.length; i++) {
    const key = names[i];
    if (key === "name" || key === "titleContent" || key === "channels" || key === "colspan") continue;
    if (given[key] !== undefined) defineValue(configuration, key, copyJson(given[key], what + ": " + key), true);
  }
  return { component, colspan, configuration };
}

function objectOf(value, what) {
  const copy = isObject(value) ? copyJson(value, what) : value;
  if (!isObject(copy)) throw fault(what + " must be an object, not " + shown(copy));
  return copy;
}

function copyOthers(layout, given, where) {
  const names = ObjectKeys(given);
  for (let i = 0; i < names.length; i++) {
    const key = names[i];
    // The rows are the builder's own.
    if (key === "components") throw fault(where + ": components is what the builder makes; use addRow and addColumn");
    if (key === "version" || key === "realms" || key === "configuration" || given[key] === undefined) continue;
    defineValue(layout, key, copyJson(given[key], where + ": " + key), true);
  }
}
