// A ComposableChart under construction.

import { CHART_KEYS, SLICE_TYPES } from "./assumed-keys.js";
import { copyJson, fault, membersOf, optionsOf, requireNumber, requireText, shown } from "./check.js";
import { ObjectFreeze, ObjectKeys, defineValue, toText } from "../primordials.js";

const ANCHORS = { __proto__: null, time: true, index: true, none: true };

/**
 * Fills in the chart of a column's `configuration` and gives the object whose methods do it. Until `anchor` is called the chart
 * has the anchor "time".
 */
export function makeChart(configuration, what, layoutBuilder) {
  const item = {};
  const slices = [];
  let series; // of the last slice
  let sliceWhat;
  let ended = false;
  defineValue(item, CHART_KEYS.anchor, "time", true);
  defineValue(item, CHART_KEYS.slices, slices, true);
  // What a script wrote there itself is not lost in silence.
  if (configuration[CHART_KEYS.item] !== undefined) {
    throw fault(what + ": " + CHART_KEYS.item + " is what this builder makes; use addColumn to give it whole");
  }
  defineValue(configuration, CHART_KEYS.item, item, true);

  const open = () => {
    if (ended) throw fault(what + ": endComposableChart() was called already; start another with addComposableChart");
  };

  const addSlice = (type, spec) => {
    open();
    const where = what + ": slice " + toText(slices.length + 1);
    const { label, height, order, ...others } = optionsOf(spec, where);
    if (label !== undefined && label !== null && typeof label !== "string") {
      throw fault(where + ": label must be a string, not " + shown(label));
    }
    if (height !== undefined && !(0 < requireNumber(height, where + ": height"))) {
      throw fault(where + ": height must be above 0, not " + shown(height));
    }
    if (order !== undefined) requireNumber(order, where + ": order");
    const slice = {};
    defineValue(slice, CHART_KEYS.type, SLICE_TYPES[type], true);
    if (label !== undefined && label !== null) defineValue(slice, "label", label, true);
    if (height !== undefined) defineValue(slice, "height", height, true);
    defineValue(slice, "order", order, true);
    copyInto(slice, others, where);
    // Copying runs the script's getters, which may add slices of their own: the place is known behind it.
    if (order === undefined) defineValue(slice, "order", slices.length + 1, true);
    sliceWhat = where;
    series = [];
    defineValue(slice, CHART_KEYS.series, series, true);
    defineValue(slices, slices.length, slice, true);
    return chart;
  };

  const chart = ObjectFreeze({
    anchor(kind) {
      open();
      if (typeof kind !== "string" || ANCHORS[kind] !== true) {
        throw fault(what + ": anchor must be one of time, index, none, not " + shown(kind));
      }
      defineValue(item, CHART_KEYS.anchor, kind, true);
      return chart;
    },
    xAxis(spec) {
      open();
      defineValue(item, CHART_KEYS.xAxis, copyJson(membersOf(spec, what + ": xAxis"), what + ": xAxis"), true);
      return chart;
    },
    addAreaSlice(spec) { return addSlice("area", spec); },
    addEventsLaneSlice(spec) { return addSlice("events", spec); },
    addRangesLaneSlice(spec) { return addSlice("ranges", spec); },
    addLegendSlice(spec) { return addSlice("legend", spec); },
    addStaticSlice(spec) { return addSlice("static", spec); },
    addScatterSlice(spec) { return addSlice("scatter", spec); },
    addSeries(spec) {
      open();
      if (series === undefined) throw fault(what + ": addSeries needs a slice; call addAreaSlice (or another) first");
      const members = membersOf(spec, sliceWhat + ": series");
      const id = requireText(members.id, sliceWhat + ": series.id");
      const where = sliceWhat + ": series " + shown(id);
      requireText(members.channel, where + ": channel");
      const one = {};
      copyInto(one, members, where);
      for (let i = 0; i < series.length; i++) {
        if (series[i].id === id) throw fault(where + " was added already; give it another id");
      }
      defineValue(series, series.length, one, true);
      return chart;
    },
    endComposableChart() {
      open();
      ended = true;
      return layoutBuilder;
    },
  });
  return chart;
}

function copyInto(target, members, what) {
  const names = ObjectKeys(members);
  for (let i = 0; i < names.length; i++) {
    const key = names[i];
    if (members[key] !== undefined) defineValue(target, key, copyJson(members[key], what + ": " + key), true);
  }
}
