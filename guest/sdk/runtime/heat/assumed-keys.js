// What of HEAT's JSON its documents do not say and we assume. A correction is one edit here.

/** Where the points of a channel stand in its `data`, by shape. Only `value` is documented. */
export const DATA_KEYS = {
  __proto__: null, series: "series", value: "value", events: "events", timestamps: "timestamps", ranges: "ranges",
};

/** The shape whose data is handed on unchecked: its contract is not known. */
export const RAW_SHAPE = "mapdisplay";

/** The columns of a row. */
export const COLUMNS_KEY = "columns";

/** The kinds of slices of a ComposableChart. */
export const SLICE_TYPES = {
  __proto__: null, area: "area", events: "events", ranges: "ranges", legend: "legend", static: "static", scatter: "scatter",
};

/** Where a ComposableChart column has its chart, and its parts there. */
export const CHART_KEYS = {
  __proto__: null, item: "composableChartItem", anchor: "anchor", xAxis: "xAxis", slices: "slices", type: "type",
  series: "series",
};
