// The helpers and the two builders, in a realm of node's. Run with `node --test`. JMESPath is native: the service's cases and
// jmespath-compliance.sh test it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { installHeat } from "../runtime/heat.js";

const warnings = [];
const realm = {};
installHeat(realm, {}, (text) => warnings.push(text));
const { heat } = realm;

/** What `call` throws, as its message. */
function faultOf(call) {
  try {
    call();
  } catch (error) {
    return error.message;
  }
  return "no fault";
}

// ---------------------------------------------------------------- helpers

test("getPath", () => {
  const data = { a: { b: [{ c: 1 }, [2, 3]] }, n: null, u: undefined, "x y": { "": 5 }, f: Object.assign(() => 1, { m: 6 }) };
  const rows = [
    ["a.b[0].c", 1], ["a.b.0.c", 1], ["a.b[1][0]", 2], ["a.b[1].1", 3], ["a[b][0].c", 1], ["n", null], ["x y.", data["x y"]],
    ["a.b.length", 2], ["f.m", 6], ["", data],
    ["a.z", undefined], ["a.b[7]", undefined], ["n.x", undefined], ["u", undefined], ["a.constructor", undefined],
    ["a.b[-1]", undefined], ["a.__proto__", undefined], ["a..b", undefined], ["a.b[0].c.d", undefined],
  ];
  for (const [path, wanted] of rows) assert.equal(heat.getPath(data, path), wanted, path);
  assert.equal(heat.getPath(data, "a.z", 7), 7);
  assert.equal(heat.getPath(data, "u", 7), 7);
  assert.equal(heat.getPath(data, "n", 7), null);
  for (const nothing of [null, undefined, 5, "text"]) assert.equal(heat.getPath(nothing, "length", "no"), "no");
  assert.match(faultOf(() => heat.getPath(data, "a[0")), /a \[ without its \]/);
  assert.match(faultOf(() => heat.getPath(data, 5)), /path must be a string, not a number/);
  assert.equal(faultOf(() => heat.getPath({ get a() { throw new Error("mine"); } }, "a")), "mine");
});

test("coerceNumber", () => {
  const rows = [
    [5, 5], [-0.5, -0.5], ["12", 12], [" 1.5e3\n", 1500], ["-.5", -0.5], ["+7", 7], [true, 1], [false, 0], [new Date(9), 9],
    [NaN, null], [Infinity, null], ["", null], [" ", null], ["0x10", null], ["12px", null], ["1e999", null], ["Infinity", null],
    ["1,5", null], [null, null], [undefined, null], [5n, null], [{}, null], [[5], null], [new Date(NaN), null], [Symbol(), null],
    [{ valueOf: () => 5 }, null],
  ];
  for (const [value, wanted] of rows) assert.equal(heat.coerceNumber(value), wanted, String(value));
  assert.equal(heat.coerceNumber("x", 3), 3);
  assert.equal(heat.coerceNumber("x", undefined), null);
});

test("parseIso8601 reads what Date writes", () => {
  for (let day = -800000; day < 800000; day += 997) {
    const time = day * 86400000 + 12345678;
    assert.equal(heat.parseIso8601(new Date(time).toISOString()), time);
  }
});

test("parseIso8601", () => {
  const rows = [
    ["2024-02-29", "2024-02-29T00:00:00Z"], ["20240229", "2024-02-29T00:00:00Z"], ["2026-05", "2026-05-01T00:00:00Z"],
    ["2026-01-01T24:00", "2026-01-02T00:00:00Z"], ["2026-01-01T10:00:00,5+02:00", "2026-01-01T08:00:00.500Z"],
    ["2026-01-01T10:00:00.123456789-0330", "2026-01-01T13:30:00.123Z"], ["20260101T100000Z", "2026-01-01T10:00:00Z"],
    ["20260101T1000+02", "2026-01-01T08:00:00Z"], ["2026-01-01T10:00", "2026-01-01T10:00:00Z"],
    ["2026-W01-1", "2025-12-29T00:00:00Z"], ["2020W537", "2021-01-03T00:00:00Z"], ["2026-365", "2026-12-31T00:00:00Z"],
    ["2024366", "2024-12-31T00:00:00Z"], ["-000001-01-01", "-000001-01-01T00:00:00Z"],
    ["+275760-09-13", "+275760-09-13T00:00:00Z"], ["-271821-04-20", "-271821-04-20T00:00:00Z"],
  ];
  for (const [text, wanted] of rows) assert.equal(heat.parseIso8601(text), Date.parse(wanted), text);
  const faulty = [
    "2026-02-30", "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "2026-1-1", "2026", "", "x", "2026-01-",
    "2026-01-01T", "2026-01-01T25:00", "2026-01-01T24:01", "2026-01-01T10", "2026-01-01 10:00", "2026-05T10:00",
    "2026-01-01T10:60", "2026-01-01T10:00:60", "2026-01-01T10:00:00.", "2026-01-01T10:00+24:00", "2026-01-01T10:00+02:60",
    "2026-01-01T10:00-", "2026-01-01T10:00Zx", "20260101T10:00", "2026-01-01T1000", "2026-W54-1", "2025-W53-1", "2026-W01-8",
    "2026-366", "2026-000", "-000000-01-01", "+275760-09-14", "-271821-04-19", " 2026-01-01", "2026-01-01 ",
    5, null, undefined, new Date(0), { toString: () => "2026-01-01" },
  ];
  for (const text of faulty) assert.equal(heat.parseIso8601(text), null, String(text));
});

// ---------------------------------------------------------------- data

const builder = () => heat.dataservice.createBuilder().addGroup("g", "G");
const spec = (more) => ({ id: "c", name: "C", groupId: "g", ...more });

test("a root of every shape", () => {
  const ds = heat.dataservice.createBuilder({ version: "1.0", defaultRealm: "main" });
  const root = ds.addGroup("ops", "Operations")
    .value({ id: "kpis", name: "KPIs", groupId: "ops", metadata: { units: "n" } }, { podCount: 4 })
    .series({ id: "cpu", name: "CPU", groupId: "ops", realm: "run-a" }, [{ timeMs: 1, value: 1.2, label: "x" }, { timeMs: 2, value: "on" }])
    .events({ id: "e", name: "E", groupId: "ops" }, [{ timeMs: 1, occurred: false }])
    .timestamps({ id: "t", name: "T", groupId: "ops" }, [{ timeMs: 1, annotation: "a" }, { timeMs: 2 }])
    .ranges({ id: "r", name: "R", groupId: "ops" }, [{ startTimeMs: 1, endTimeMs: 5 }, { startTimeMs: 5, endTimeMs: 5, durationMs: 9 }])
    .channel({ id: "m", name: "M", groupId: "ops", shape: "mapdisplay", extra: 1 }, { title: "map", movements: [] })
    .channel({ id: "s2", name: "S", groupId: "ops", shape: "series" }, { series: [{ timeMs: 1, value: null }], unit: "V" })
    .buildRoot({ dashboardUsers: ["u1"] });
  assert.deepEqual(root, {
    "$heat-dataservice": {
      version: "1.0",
      groups: [{ id: "ops", name: "Operations" }],
      realms: [
        {
          name: "main",
          channels: [
            { id: "kpis", name: "KPIs", groupId: "ops", shape: "value", metadata: { units: "n" }, data: { value: { podCount: 4 } } },
            { id: "e", name: "E", groupId: "ops", shape: "events", data: { events: [{ timeMs: 1, occurred: false }] } },
            { id: "t", name: "T", groupId: "ops", shape: "timestamps", data: { timestamps: [{ timeMs: 1, annotation: "a" }, { timeMs: 2 }] } },
            {
              id: "r", name: "R", groupId: "ops", shape: "ranges",
              data: { ranges: [{ startTimeMs: 1, endTimeMs: 5, durationMs: 4 }, { startTimeMs: 5, endTimeMs: 5, durationMs: 9 }] },
            },
            { id: "m", name: "M", groupId: "ops", shape: "mapdisplay", extra: 1, data: { title: "map", movements: [] } },
            { id: "s2", name: "S", groupId: "ops", shape: "series", data: { unit: "V", series: [{ timeMs: 1, value: null }] } },
          ],
        },
        {
          name: "run-a",
          channels: [{
            id: "cpu", name: "CPU", groupId: "ops", shape: "series",
            data: { series: [{ timeMs: 1, value: 1.2, label: "x" }, { timeMs: 2, value: "on" }] },
          }],
        },
      ],
    },
    dashboard_users: ["u1"],
  });
});

test("a root without channels has a realm", () => {
  assert.deepEqual(heat.dataservice.createBuilder().buildRoot(), {
    "$heat-dataservice": { version: "1.0", groups: [], realms: [{ name: "default", channels: [] }] }, dashboard_users: [],
  });
});

test("the same id in two realms is two channels", () => {
  const root = builder().value(spec(), 1).value(spec({ realm: "b" }), 2).buildRoot();
  assert.deepEqual(root["$heat-dataservice"].realms.map(({ name, channels }) => [name, channels.length]), [["default", 1], ["b", 1]]);
});

test("faults of channels throw where they are made, and name the channel", () => {
  const points = [
    ["series", [{ timeMs: "x", value: 1 }], 'channel "c": points[0].timeMs must be a finite number, not "x"'],
    ["series", [{ timeMs: 1, value: 1 }, { timeMs: NaN, value: 1 }], 'channel "c": points[1].timeMs must be a finite number, not NaN'],
    ["series", [{ timeMs: 1 }], 'channel "c": points[0].value must be a number, a string, a boolean or null, not undefined'],
    ["series", [{ timeMs: 1, value: {} }],
      'channel "c": points[0].value must be a number, a string, a boolean or null, not an object; structure belongs in a channel of shape value'],
    ["series", [5], 'channel "c": points[0] must be an object, not 5'],
    ["series", "abc", 'channel "c": points must be an array, not "abc"'],
    ["series", { points: [] }, 'channel "c": points must be an array, not undefined'],
    ["series", undefined, 'channel "c": points must be an array, not undefined'],
    ["events", [{ timeMs: 1, occurred: 1 }], 'channel "c": points[0].occurred must be true or false, not 1'],
    ["timestamps", [{ timeMs: 1, annotation: 5 }], 'channel "c": points[0].annotation must be a string, not 5'],
    ["ranges", [{ startTimeMs: 2, endTimeMs: 1 }], 'channel "c": points[0]: endTimeMs (1) must not be before startTimeMs (2)'],
    ["ranges", [{ startTimeMs: 2 }], 'channel "c": points[0].endTimeMs must be a finite number, not undefined'],
    ["ranges", [{ startTimeMs: 1, endTimeMs: 2, durationMs: -1 }], 'channel "c": points[0].durationMs must not be negative, but it is -1'],
    ["value", undefined, 'channel "c": the payload has no JSON form: it is undefined'],
    ["value", () => 1, 'channel "c": the payload has no JSON form: it is a function'],
  ];
  for (const [shape, data, wanted] of points) assert.equal(faultOf(() => builder()[shape](spec(), data)), wanted);
  const cyclic = {};
  cyclic.self = cyclic;
  assert.match(faultOf(() => builder().value(spec(), cyclic)), /^channel "c": the payload has no JSON form: /);
  assert.match(faultOf(() => builder().series(spec(), [{ timeMs: 1, value: 1, big: 5n }])), /^channel "c": points\[0\]\.big has no JSON form: /);

  const specs = [
    [undefined, "value(spec, …): spec must be an object, not undefined"],
    [[], "value(spec, …): spec must be an object, not an array"],
    [{}, "value(spec, …): spec.id must be a string that is not empty, not undefined"],
    [{ id: "" }, 'value(spec, …): spec.id must be a string that is not empty, not ""'],
    [{ id: "c" }, 'channel "c": name must be a string that is not empty, not undefined'],
    [{ id: "c", name: "C" }, 'channel "c": groupId must be a string that is not empty, not undefined'],
    [spec({ groupId: "h" }), 'channel "c": there is no group "h"; call addGroup("h", name) first (there are "g")'],
    [spec({ realm: 5 }), 'channel "c": realm must be a string that is not empty, not 5'],
    [spec({ metadata: [] }), 'channel "c": metadata must be an object, not an array'],
  ];
  for (const [given, wanted] of specs) assert.equal(faultOf(() => builder().value(given, 1)), wanted);
  assert.equal(faultOf(() => builder().value(spec(), 1).series(spec(), [])),
    'channel "c" is in the realm "default" already; give it another id or another realm');
  assert.equal(faultOf(() => builder().channel(spec({ shape: "pie" }), 1)),
    'channel "c": shape must be one of series, value, events, timestamps, ranges, mapdisplay, not "pie"');
  assert.equal(faultOf(() => builder().channel(spec(), 1)),
    'channel "c": shape must be one of series, value, events, timestamps, ranges, mapdisplay, not undefined');
  assert.equal(faultOf(() => heat.dataservice.createBuilder().addGroup("g", "G").addGroup("g", "H")),
    'group "g" was added already, with the name "G"');
  assert.equal(faultOf(() => heat.dataservice.createBuilder().addGroup("g")),
    'addGroup("g"): name must be a string that is not empty, not undefined');
});

test("a channel that was refused leaves nothing behind", () => {
  const ds = builder();
  faultOf(() => ds.series(spec(), [{}]));
  assert.equal(ds.series(spec(), []).buildRoot()["$heat-dataservice"].realms[0].channels.length, 1);
});

test("what is given is copied", () => {
  const payload = { list: [1] };
  const point = { timeMs: 1, value: 1, extra: { deep: 1 } };
  const ds = builder().value(spec(), payload).series(spec({ id: "s" }), [point]);
  payload.list.push(2);
  point.extra.deep = 2;
  point.timeMs = 5;
  const { channels } = ds.buildRoot()["$heat-dataservice"].realms[0];
  assert.deepEqual(channels.map(({ data }) => data), [{ value: { list: [1] } }, { series: [{ timeMs: 1, value: 1, extra: { deep: 1 } }] }]);
});

test("each getter is read once", () => {
  const reads = {};
  const counting = (place, members) => Object.defineProperties({}, Object.fromEntries(Object.entries(members).map(([name, value]) => {
    const known = `${place}.${name}`;
    return [name, { enumerable: true, get() { reads[known] = (reads[known] ?? 0) + 1; return value; } }];
  })));
  const chart = heat.layout.createBuilder(counting("options", { version: "2", realms: ["a"], configuration: {}, other: 1 }))
    .addRow(counting("row", { title: "t" }))
    .addColumn("B", counting("column", { name: "b", channels: ["k"], colspan: 3, barChartItem: counting("item", { a: 1 }) }))
    .addComposableChart(counting("chart", { name: "c", titleContent: "t", channels: ["k"], colspan: 4 }))
    .xAxis(counting("axis", { timeLabelMode: "elapsed" }))
    .addAreaSlice(counting("slice", { label: "l", height: 1, order: 2, color: "red" }))
    .addSeries(counting("series", { id: "i", channel: "k", label: "l" }));
  heat.dataservice.createBuilder(counting("builder", { version: "1", defaultRealm: "r" })).addGroup("g", "G")
    .series(counting("spec", { id: "c", name: "C", groupId: "g", realm: "x", metadata: counting("metadata", { units: "V" }), other: 1 }),
      [counting("point", { timeMs: 1, value: 2, extra: counting("extra", { a: 1 }) })])
    .ranges({ id: "r", name: "R", groupId: "g" }, [counting("range", { startTimeMs: 1, endTimeMs: 2, durationMs: 1 })])
    .value({ id: "v", name: "V", groupId: "g" }, counting("payload", { a: 1 }))
    .buildRoot(counting("root", { dashboardUsers: ["u"], layout: chart }));
  assert.ok(30 < Object.keys(reads).length);
  for (const [name, count] of Object.entries(reads)) assert.equal(count, 1, name);
});

test("options of buildRoot", () => {
  assert.deepEqual(builder().buildRoot({ dashboard_users: ["a", "b"] }).dashboard_users, ["a", "b"]);
  assert.equal(faultOf(() => builder().buildRoot({ dashboard_users: [], dashboardUsers: [] })),
    "buildRoot: dashboardUsers and dashboard_users are the same option; give one");
  assert.equal(faultOf(() => builder().buildRoot({ layout: {}, suggestedLayoutConfiguration: {} })),
    "buildRoot: suggestedLayoutConfiguration and layout are the same option; give one");
  assert.equal(faultOf(() => builder().buildRoot({ dashboardUsers: [5] })), "buildRoot: dashboardUsers[0] must be a string that is not empty, not 5");
  assert.equal(faultOf(() => builder().buildRoot({ layout: 5 })),
    "buildRoot: layout must be a layout (an object or a heat.layout builder), not 5");
  assert.deepEqual(builder().buildRoot({ layout: { components: { rows: [] } } }).suggestedLayoutConfiguration, { components: { rows: [] } });
  // A look-alike is an object like any other: its methods have no JSON form.
  assert.deepEqual(builder().buildRoot({ layout: { build: () => 1, addRow: () => 1 } }).suggestedLayoutConfiguration, {});
});

test("options that are not known are warned of", () => {
  warnings.length = 0;
  heat.dataservice.createBuilder({ defaultRelm: "x" }).buildRoot({ users: [] });
  assert.deepEqual(warnings, [
    'heat.dataservice.createBuilder: the option "defaultRelm" is not known and does nothing',
    'buildRoot: the option "users" is not known and does nothing',
  ]);
});

test("more realms than HEAT advises are warned of", () => {
  const of = (count) => {
    warnings.length = 0;
    const ds = builder();
    for (let i = 0; i < count; i++) ds.value(spec({ realm: `r${i}` }), i);
    ds.buildRoot();
    return warnings.length;
  };
  assert.deepEqual([of(50), of(51)], [0, 1]);
});

// ---------------------------------------------------------------- layout

const chartSpec = { name: "c", titleContent: "Chart", channels: ["demo-metric"], colspan: 12 };
const demo = () => heat.layout.createBuilder({ version: "1.0.0", realms: ["default"] })
  .addRow()
  .addComposableChart(chartSpec)
  .addAreaSlice({ order: 1, height: 220 })
  .addSeries({ id: "s1", label: "Series", channel: "demo-metric" });
const demoLayout = {
  version: "1.0.0", realms: ["default"], configuration: {},
  components: {
    rows: [{
      configuration: {},
      columns: [{
        component: "ComposableChart", colspan: 12,
        configuration: {
          name: "c", titleContent: "Chart", channels: ["demo-metric"],
          composableChartItem: {
            anchor: "time",
            slices: [{ type: "area", height: 220, order: 1, series: [{ id: "s1", label: "Series", channel: "demo-metric" }] }],
          },
        },
      }],
    }],
  },
};

test("a layout is built from a builder, a chart, or itself", () => {
  assert.deepEqual(demo().endComposableChart().build(), demoLayout);
  for (const layout of [demo(), demo().endComposableChart(), demo().endComposableChart().endRow(), demoLayout]) {
    assert.deepEqual(builder().buildRoot({ suggestedLayoutConfiguration: layout }).suggestedLayoutConfiguration, demoLayout);
    assert.deepEqual(builder().buildRoot({ layout }).suggestedLayoutConfiguration, demoLayout);
  }
});

test("rows, columns and every slice", () => {
  const layout = heat.layout.createBuilder({ configuration: { defaultRealm: "a" }, realms: ["a", "b"], tag: 1 })
    .addRow({ title: "T", collapsible: true })
    .addColumn("BarChart", { name: "b", channels: ["k"], colspan: 6, barChartItem: { chartHeight: 3 } })
    .addComposableChart({ name: "c", height: 5 })
    .anchor("index").xAxis({ timeLabelMode: "elapsed" })
    .addAreaSlice().addEventsLaneSlice({ label: "E" }).addRangesLaneSlice({ order: 9, color: "red" }).addLegendSlice({}).addStaticSlice({})
    .addScatterSlice({ height: 1 }).addSeries({ id: "a", channel: "k", color: "blue" }).addSeries({ id: "b", channel: "k" })
    .endComposableChart()
    .endRow()
    .addRow()
    .addColumn("CustomRenderer", {})
    .build();
  assert.deepEqual(layout, {
    version: "1.0.0", realms: ["a", "b"], configuration: { defaultRealm: "a" }, tag: 1,
    components: {
      rows: [
        {
          configuration: { title: "T", collapsible: true },
          columns: [
            { component: "BarChart", colspan: 6, configuration: { name: "b", channels: ["k"], barChartItem: { chartHeight: 3 } } },
            {
              component: "ComposableChart", colspan: 12,
              configuration: {
                name: "c", height: 5,
                composableChartItem: {
                  anchor: "index",
                  slices: [
                    { type: "area", order: 1, series: [] }, { type: "events", label: "E", order: 2, series: [] },
                    { type: "ranges", order: 9, color: "red", series: [] }, { type: "legend", order: 4, series: [] },
                    { type: "static", order: 5, series: [] },
                    { type: "scatter", height: 1, order: 6, series: [{ id: "a", channel: "k", color: "blue" }, { id: "b", channel: "k" }] },
                  ],
                  xAxis: { timeLabelMode: "elapsed" },
                },
              },
            },
          ],
        },
        { configuration: {}, columns: [{ component: "CustomRenderer", colspan: 12, configuration: {} }] },
      ],
    },
  });
});

test("faults of layouts throw where they are made, and name the place", () => {
  const layout = () => heat.layout.createBuilder();
  const chart = () => layout().addRow().addComposableChart({ name: "c" });
  const rows = [
    [() => layout().addColumn("BarChart", {}), 'addColumn("BarChart"): there is no row to put it in; call addRow() first'],
    [() => layout().addRow().endRow().addColumn("BarChart", {}), 'addColumn("BarChart"): there is no row to put it in; call addRow() first'],
    [() => layout().addComposableChart({ name: "c" }), 'chart "c": there is no row to put it in; call addRow() first'],
    [() => layout().endRow(), "endRow(): no row is open; call addRow() first"],
    [() => layout().addRow(5), "row 1: options must be an object, not 5"],
    [() => layout().addRow().addColumn("", {}), 'addColumn: componentId must be a string that is not empty, not ""'],
    [() => layout().addRow().addColumn("BarChart"), 'addColumn("BarChart"): config must be an object, not undefined'],
    [() => layout().addRow().addColumn("B", { colspan: 0 }), 'addColumn("B"): colspan must be a whole number from 1 to 12, not 0'],
    [() => layout().addRow().addColumn("B", { colspan: 13 }), 'addColumn("B"): colspan must be a whole number from 1 to 12, not 13'],
    [() => layout().addRow().addColumn("B", { colspan: 1.5 }), 'addColumn("B"): colspan must be a whole number from 1 to 12, not 1.5'],
    [() => layout().addRow().addColumn("B", { channels: "k" }), 'addColumn("B"): channels must be an array, not "k"'],
    [() => layout().addRow().addColumn("B", { channels: ["k", 5] }), 'addColumn("B"): channels[1] must be a string that is not empty, not 5'],
    [() => layout().addRow().addColumn("B", { titleContent: 5 }), 'addColumn("B"): titleContent must be a string, not 5'],
    [() => layout().addRow().addComposableChart({}), "addComposableChart: name must be a string that is not empty, not undefined"],
    [() => layout().addRow().addComposableChart({ name: "c", composableChartItem: {} }),
      'chart "c": composableChartItem is what this builder makes; use addColumn to give it whole'],
    [() => chart().anchor("clock"), 'chart "c": anchor must be one of time, index, none, not "clock"'],
    [() => chart().anchor("constructor"), 'chart "c": anchor must be one of time, index, none, not "constructor"'],
    [() => chart().xAxis(5), 'chart "c": xAxis must be an object, not 5'],
    [() => chart().addSeries({ id: "s", channel: "k" }), 'chart "c": addSeries needs a slice; call addAreaSlice (or another) first'],
    [() => chart().addAreaSlice({ height: 0 }), 'chart "c": slice 1: height must be above 0, not 0'],
    [() => chart().addAreaSlice({ order: "x" }), 'chart "c": slice 1: order must be a finite number, not "x"'],
    [() => chart().addAreaSlice({ label: 5 }), 'chart "c": slice 1: label must be a string, not 5'],
    [() => chart().addAreaSlice().addSeries({ id: "s" }), 'chart "c": slice 1: series "s": channel must be a string that is not empty, not undefined'],
    [() => chart().addAreaSlice().addSeries({}), 'chart "c": slice 1: series.id must be a string that is not empty, not undefined'],
    [() => chart().addAreaSlice().addSeries({ id: "s", channel: "k" }).addSeries({ id: "s", channel: "k" }),
      'chart "c": slice 1: series "s" was added already; give it another id'],
    [() => { const c = chart(); c.endComposableChart(); c.addAreaSlice(); },
      'chart "c": endComposableChart() was called already; start another with addComposableChart'],
    [() => heat.layout.createBuilder({ realms: "a" }), 'heat.layout.createBuilder: realms must be an array, not "a"'],
    [() => heat.layout.createBuilder({ configuration: 5 }), "heat.layout.createBuilder: configuration must be an object, not 5"],
    [() => heat.layout.createBuilder({ version: 5 }), "heat.layout.createBuilder: version must be a string that is not empty, not 5"],
    [() => heat.layout.createBuilder({ components: {} }), "heat.layout.createBuilder: components is what the builder makes; use addRow and addColumn"],
  ];
  for (const [call, wanted] of rows) assert.equal(faultOf(call), wanted);
  assert.equal(layout().addRow().addColumn("B", { colspan: 1 }).addColumn("B", { colspan: 12 }).build().components.rows[0].columns.length, 2);
});

test("a built layout and its builder are two things", () => {
  const layout = heat.layout.createBuilder().addRow();
  const first = layout.build();
  first.components.rows.push("mine");
  assert.equal(layout.addColumn("B", {}).build().components.rows.length, 1);
  assert.equal(first.components.rows[0].columns.length, 0);
});

test("everything is frozen", () => {
  const seen = [heat, heat.jmespath, heat.dataservice, heat.layout, builder(), demo(), heat.layout.createBuilder()];
  for (const object of seen) assert.ok(Object.isFrozen(object));
  assert.equal(realm.jmespath, heat.jmespath);
});

// ---------------------------------------------------------------- a realm that was tampered with

/** Everything the builders and helpers do, as JSON. */
function everything() {
  const ds = heat.dataservice.createBuilder({ defaultRealm: "main" });
  ds.addGroup("g", "G").value({ id: "v", name: "V", groupId: "g", metadata: { units: "n" } }, { list: [1, { a: 2 }] })
    .series({ id: "s", name: "S", groupId: "g", realm: "other" }, [{ timeMs: 1, value: 1, extra: [1] }, { timeMs: 2, value: "x" }])
    .ranges({ id: "r", name: "R", groupId: "g" }, [{ startTimeMs: 1, endTimeMs: 3 }]);
  const layout = demo().addLegendSlice({ label: "L" }).addSeries({ id: "l", channel: "v" }).endComposableChart()
    .addColumn("BarChart", { channels: ["v"], barChartItem: { legend: [{ key: "k" }] } });
  const faults = [
    faultOf(() => ds.series({ id: "f", name: "F", groupId: "g" }, [{ timeMs: "x" }])),
    faultOf(() => ds.value({ id: "f", name: "F", groupId: "none" }, 1)),
    faultOf(() => layout.addColumn("B", { colspan: 99 })),
  ];
  const helpers = [
    heat.getPath({ a: { b: [1, { c: 2 }] } }, "a.b[1].c"), heat.coerceNumber(" 12 "), heat.coerceNumber(new Date(5)),
    heat.parseIso8601("2026-01-01T10:00:00.5+02:00"),
  ];
  return { root: ds.buildRoot({ layout, dashboardUsers: ["u"] }), faults, helpers };
}

/** Calls `call` while all that it might look at on the way is broken. */
function tampered(call) {
  const { defineProperty, getOwnPropertyDescriptor, setPrototypeOf } = Object;
  const { ownKeys } = Reflect;
  const evil = () => { throw "tampered"; };
  const targets = [
    Array.prototype, String.prototype, Object.prototype, Map.prototype, Set.prototype, WeakMap.prototype, Number.prototype,
    Date.prototype, Function.prototype, Object.getPrototypeOf([].values()), Object.getPrototypeOf(new Map().values()),
    Object, Reflect, JSON, Math, Number, String, Array, Date,
  ];
  const kept = ["constructor", "prototype", "name", "length", "__proto__", Symbol.toPrimitive];
  const plan = [];
  for (const target of targets) {
    for (const key of ownKeys(target)) {
      if (!kept.includes(key) && typeof getOwnPropertyDescriptor(target, key).value === "function") plan.push([target, key]);
    }
  }
  // Members that code may read from a prototype, or write through it.
  const polluted = [
    "get", "set", "value", "id", "name", "realm", "metadata", "version", "configuration", "colspan", "channels", "label", "height",
    "order", "durationMs", "cause", "data", "shape", "layout", "suggestedLayoutConfiguration", "dashboardUsers", "0", "1",
  ];
  for (const key of polluted) {
    plan.push([Object.prototype, key, true]);
    plan.push([Array.prototype, key, true]);
  }
  let found;
  let failure;
  let count = 0;
  const originals = plan.map(([target, key]) => {
    const original = getOwnPropertyDescriptor(target, key);
    if (original !== undefined) setPrototypeOf(original, null);
    return original;
  });
  const replacements = plan.map(([, , isAccessor]) => (isAccessor
    ? { __proto__: null, get: evil, set: evil, configurable: true, enumerable: false }
    : { __proto__: null, value: evil, writable: true, configurable: true, enumerable: false }));
  try {
    for (; count < plan.length; count++) {
      const original = originals[count];
      if (original === undefined || original.configurable) defineProperty(plan[count][0], plan[count][1], replacements[count]);
    }
    found = call();
  } catch (error) {
    failure = error;
  } finally {
    for (let i = count - 1; i >= 0; i--) {
      const original = originals[i];
      if (original === undefined) delete plan[i][0][plan[i][1]];
      else if (original.configurable) defineProperty(plan[i][0], plan[i][1], original);
    }
  }
  if (failure !== undefined) throw failure;
  return found;
}

test("works after a script overwrote the builtins", () => {
  const plain = everything();
  assert.deepEqual(tampered(everything), plain);
  assert.equal(plain.root.suggestedLayoutConfiguration.components.rows[0].columns.length, 2);
  assert.equal(tampered(() => { try { [].push(1); } catch (error) { return error; } }), "tampered");
});
