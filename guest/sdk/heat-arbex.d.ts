// Types of everything that a script of a system-arbex-js node can see. Scripting API 1.0.
//
// Put this file beside a script and begin the script with
//
//     /// <reference path="heat-arbex.d.ts" />
//
// or name it in a tsconfig.json with `"lib": ["es2023"]`, `"types": []`: there is no DOM and no Node here, so `fetch`,
// `require` and `process` are errors, in the editor as in the sandbox. `lib.es2023` declares `Intl`, `Atomics` and
// `SharedArrayBuffer`, which the sandbox does not have. docs/scripting.md is the reference in words.

// ---------------------------------------------------------------------------------------------------------------- run

/**
 * The function that a script defines: `async function run(ctx) { … }`. The sandbox takes one that is not async as well.
 *
 * What it returns becomes `output` of the envelope, as `JSON.stringify` writes it; `undefined` becomes `null`. What it throws
 * becomes `{ message, reason: "script_error", … }` and fails the node.
 *
 * In JavaScript, give the function its type with a JSDoc comment of one line: `@type {HeatArbexRun}`.
 */
type HeatArbexRun<Output = unknown> = (ctx: HeatArbexContext) => Promise<Output>;

// ---------------------------------------------------------------------------------------------------------------- ctx

/** What the platform tells a run. Everything in it but the input handles is deeply frozen: writing throws a TypeError. */
interface HeatArbexContext {
  /** Version of this API. */
  readonly apiVersion: "1.0";
  /** The session that the node belongs to. There is no e-mail address and no display name in it. */
  readonly session: HeatArbexSession;
  /** The node that runs the script. */
  readonly node: HeatArbexNode;
  /** The read block of the configuration with its defaults filled in; `null` when the node has none. */
  readonly parent: HeatArbexParentConfig | null;
  /** All graph parents of the node, metadata only. */
  readonly parents: readonly HeatArbexParent[];
  /** Outputs of the parent: `latest` or `history`, as `parent.mode` says. */
  readonly inputs: HeatArbexInputs;
  /** Platform version, cluster reads, platform configuration; absent with `system.enabled: false`. */
  readonly system?: HeatArbexSystem;
}

/** A session. What the platform did not say is `null`, `{}` or `[]`. */
interface HeatArbexSession {
  /** Identifier. */
  readonly id: string | null;
  /** Identifier of its project. */
  readonly projectId: number | null;
  /** Name of the simulation. */
  readonly simulationName: string | null;
  /** Name of the session template. */
  readonly template: string | null;
  /** Session settings, parsed. Text that is not JSON stays a string; `{}` when there are none. */
  readonly configuration: any;
  /** Every node of the session. */
  readonly nodes: readonly HeatArbexSessionNode[];
}

/** One node of the session. */
interface HeatArbexSessionNode {
  /** Identifier of the node instance. */
  readonly instanceId: number | null;
  /** Its name in the graph. */
  readonly instanceName: string | null;
  /** Name of its template. */
  readonly templateName: string | null;
  /** State after its last task: a name where it is known (`"ProcessingSucceeded"`, `"ProcessingFailed"`), else the number. */
  readonly lastState?: string | number;
  /** Free text of that state, at most 1024 characters. */
  readonly statusDetails?: string;
}

/** The node that runs the script. */
interface HeatArbexNode {
  /** Identifier of the node instance. */
  readonly instanceId: number | null;
  /** Its name in the graph. */
  readonly instanceName: string | null;
  /** Name of its template. */
  readonly templateName: string | null;
  /** Identifier of the task that this run is for. */
  readonly taskId: number | null;
  /** The configuration of this node, parsed: the place for thresholds, flags and JMESPath expressions of your own. */
  readonly configuration: any;
}

/** The read block, `parent` of the configuration, with its defaults. */
interface HeatArbexParentConfig {
  /** Graph name of the parent to read. */
  readonly nodeInstanceName: string | null;
  /** Which member of `ctx.inputs` there is. */
  readonly mode: "latest" | "history";
  /** Most outputs in `ctx.inputs.history`. Default 60. */
  readonly historyLimit: number;
  /** Order of `ctx.inputs.history` by `createdAtUtc`. */
  readonly historyOrder: "newestFirst" | "oldestFirst";
  /** What the bytes are, when the configuration says so. */
  readonly readerHint: "auto" | "json" | "tabular" | "binary";
  /** How tabular readers parse, unless `openTabularReader` is told otherwise; `null` when not configured. */
  readonly tabularOptions: HeatArbexTabularOptions | null;
}

/** How a tabular reader parses. */
interface HeatArbexTabularOptions {
  /** One ASCII character, or `"tab"`. Without it: by `inputFormat`, else sniffed among comma, semicolon, tab and bar. */
  readonly delimiter?: string | null;
  /** `json` is an array of flat objects, or the `tables` form of tabular-query. Default `auto`. */
  readonly inputFormat?: "auto" | "csv" | "tsv" | "json" | null;
}

/** A graph parent of the node. */
interface HeatArbexParent {
  /** Its name in the graph. */
  readonly name: string | null;
  /** Name of its template. */
  readonly templateName: string | null;
  /** Identifier of the node instance. */
  readonly instanceId: number | null;
}

// -------------------------------------------------------------------------------------------------- inputs and readers

/** Outputs of the parent; exactly one of the two members is there. */
interface HeatArbexInputs {
  /** With mode `latest`: the newest output, `null` when the parent has none. */
  readonly latest?: HeatArbexInputHandle | null;
  /** With mode `history`: the outputs, ordered by `historyOrder`, at most `historyLimit`; `[]` when there are none. */
  readonly history?: readonly HeatArbexInputHandle[];
}

/** What the bytes of an input most likely are; a hint, any reader may be tried. */
type HeatArbexKind = "json" | "tabular" | "binary";

/** What is known of an output without fetching it. */
interface HeatArbexDescriptor {
  /** Identifier of the output. */
  readonly outputId: number | null;
  /** When it was made, ISO 8601; see `heat.parseIso8601`. */
  readonly createdAtUtc: string | null;
  /** Where the platform keeps it; its end is most often the name of the uploaded file. */
  readonly dataPath: string | null;
  /** Media type. */
  readonly contentType: string | null;
  /** By `readerHint`, else content type, else the extension of `dataPath`, else the first bytes. */
  readonly detectedKind: HeatArbexKind;
  /** Size in bytes. */
  readonly sizeBytes: number | null;
}

/**
 * What opening an input behind a URL rejects with: named `FetchError`, or `PermissionError` where the operator does not allow its
 * origin.
 */
interface HeatArbexFetchError extends Error {
  /** Why. */
  cause: "not_listed" | "connect" | "tls" | "status" | "broken" | "timeout" | "too_large" | "no_room" | "encoding";
  /** What the store answered, where the cause is `status`. */
  status?: number;
}

/**
 * One output of the parent. Its bytes are fetched when a reader is opened, which rejects when that fails: with an Error named
 * `PermissionError` where the operator does not allow the place they come from.
 *
 * One reader at a time: opening a second rejects with `Error("input 501 already has an open reader; dispose() it first")`. A
 * tabular reader that was read to its end has freed its handle.
 */
interface HeatArbexInputHandle {
  /** What is known of the output. */
  readonly descriptor: HeatArbexDescriptor;
  /** The same as `descriptor.detectedKind`. */
  readonly detectedKind: HeatArbexKind;
  /** Parse the whole input. Rejects with `SyntaxError` (line, column, first bytes) when it is not JSON. */
  openJsonReader<Root = any>(): Promise<HeatArbexJsonReader<Root>>;
  /** Read rows one after the other. Rejects with `TypeError` when an option is not valid, `Error` when the text is no table. */
  openTabularReader(options?: HeatArbexTabularOptions | null): Promise<HeatArbexTabularReader>;
  /** The bytes as they are. */
  openBinaryReader(): Promise<HeatArbexBinaryReader>;
}

/** What all readers share. */
interface HeatArbexReader extends AsyncDisposable {
  /** Free the handle for another reader. A second call does nothing. */
  dispose(): void;
  /** `dispose()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A parsed JSON document. */
interface HeatArbexJsonReader<Root = any> extends HeatArbexReader {
  readonly kind: "json";
  /** The document. It is yours: not frozen. */
  readonly root: Root;
}

/**
 * A row: an object by header, every cell a string (`heat.coerceNumber` makes numbers). Cells that a short row lacks are `""`;
 * those that a long row has too many are an array under `_extra`.
 */
type HeatArbexRow = { [header: string]: string } & { readonly _extra?: string[] };

/** Rows of a table. */
interface HeatArbexTabularReader extends HeatArbexReader, AsyncIterable<HeatArbexRow> {
  readonly kind: "tabular";
  /** Column names: a repeated one has `_2`, `_3` appended, an empty one is `column_N`, counted from 1. */
  readonly headers: readonly string[];
  /** The next row; `null` at the end and from then on. */
  readRow(): Promise<HeatArbexRow | null>;
  /** Up to `count` rows at once (default 512), the fastest way; `[]` at the end. `TypeError` when `count` is below 1. */
  readRows(count?: number): Promise<HeatArbexRow[]>;
  /** `for await (const row of reader)`; leaving the loop early disposes the reader. */
  [Symbol.asyncIterator](): AsyncIterator<HeatArbexRow, undefined>;
}

/** The bytes of an input. */
interface HeatArbexBinaryReader extends HeatArbexReader {
  readonly kind: "binary";
  /** How many bytes. */
  readonly byteLength: number;
  /** Media type of the input. */
  readonly contentType: string | null;
  /** All bytes as base64; made when it is first looked at. */
  readonly base64: string;
  /** All bytes; the same array in each call. */
  bytes(): Uint8Array;
}

/** Tells readers and handles from look-alikes, by registered symbols such as `Symbol.for("heat.arbex.reader.json")`. */
interface HeatArbexGuards {
  /** Whether it came from `openJsonReader`. */
  isJsonReader(value: unknown): value is HeatArbexJsonReader;
  /** Whether it came from `openTabularReader`. */
  isTabularReader(value: unknown): value is HeatArbexTabularReader;
  /** Whether it came from `openBinaryReader`. */
  isBinaryReader(value: unknown): value is HeatArbexBinaryReader;
  /** Whether it is a member of `ctx.inputs`. */
  isInputHandle(value: unknown): value is HeatArbexInputHandle;
}

declare var HEAT_ARBEX: HeatArbexGuards;

// ------------------------------------------------------------------------------------------------------- system (triage)

/** Operator triage. */
interface HeatArbexSystem {
  /** The platform's build, the shape of `GET /version`; `{}` when the platform did not say. */
  readonly version: HeatPlatformVersion;
  /**
   * Namespaces that the calls may name; the first is their default. Those of `system.k8s.namespaces` that the operator allows
   * too; without that list, the one that the service runs in.
   */
  readonly k8sNamespaces: readonly string[];
  /** Reads of the live cluster. */
  readonly k8s: HeatKubernetes;
  /** Platform configuration; only with `system.configPrefixes`. */
  readonly config?: HeatPlatformConfig;
}

/** Build metadata; the platform may say more than is named here. */
interface HeatPlatformVersion {
  readonly version?: string;
  /** When it was built, ISO 8601. */
  readonly buildUtc?: string;
  readonly commitSuffix?: string;
  readonly [more: string]: unknown;
}

/** Platform configuration by allowed prefix. */
interface HeatPlatformConfig {
  /**
   * Entries below `prefix`, as the platform had them when the run began. Rejects with an Error named `PermissionError` when the
   * prefix is not in `system.configPrefixes`.
   */
  getPrefix(prefix: string): Promise<HeatConfigEntry[]>;
}

/** One key of the platform configuration. */
interface HeatConfigEntry {
  /** The whole key. */
  readonly name: string;
  /** The platform's number of the value's type. */
  readonly valueType: number;
  /** `"**REDACTED**"` where the key names a secret or a connection string. */
  readonly value: string | null;
  readonly description: string | null;
}

/** Which namespace a list call reads; default: the first of `ctx.system.k8sNamespaces`. */
interface HeatNamespaceOptions {
  namespace?: string;
}

/**
 * What a call that was allowed rejects with when it fails: named `ClusterError`. One that is not allowed rejects with an Error
 * named `PermissionError`, whose message says who can allow it; nothing was sent then.
 */
interface HeatClusterError extends Error {
  /** Why; `status` for what the API server refused. */
  cause:
    | "no_cluster" | "connect" | "tls" | "broken" | "timeout" | "too_large" | "no_room" | "not_understood" | "status" | "stale" | "busy"
    | "no_pod" | "not_started";
  /** What the API server answered: 403 where the service's own account may not. */
  status?: number;
  /** Its word for it, such as `NotFound` or `Forbidden`. */
  reason?: string;
}

/**
 * Summaries of the cluster, at most `system.k8s.maxItems` each; a `warn` on the console says when there are more. All calls
 * reject with a `HeatClusterError`, or with an Error named `PermissionError`: for a namespace that is not allowed, where the
 * operator has not switched cluster reads on, where the caller's token is not good for it.
 */
interface HeatKubernetes {
  /** `labelSelector` as in kubectl, such as `"app=web,tier!=cache"`. */
  listPods(options?: HeatNamespaceOptions & { labelSelector?: string }): Promise<HeatPodSummary[]>;
  listDeployments(options?: HeatNamespaceOptions): Promise<HeatWorkloadSummary[]>;
  listStatefulSets(options?: HeatNamespaceOptions): Promise<HeatWorkloadSummary[]>;
  listPersistentVolumeClaims(options?: HeatNamespaceOptions): Promise<HeatVolumeClaimSummary[]>;
  listIngresses(options?: HeatNamespaceOptions): Promise<HeatIngressSummary[]>;
  listServices(options?: HeatNamespaceOptions): Promise<HeatServiceSummary[]>;
  /** All there are, allowed or not; only where the operator allows cluster reads outside of namespaces. */
  listNamespaces(): Promise<HeatNamespaceSummary[]>;
  /** Only where the operator allows cluster reads outside of namespaces. */
  listNodes(): Promise<HeatClusterNodeSummary[]>;
  /** What the pods of one namespace use: the `PodMetricsList` of `metrics.k8s.io` as the cluster gives it. */
  getPodMetrics(options?: HeatNamespaceOptions): Promise<any>;
  /** Run a command in a running pod labelled `app=cluster-manager`; needs `exec.enabled` and `exec.allowClusterManager`. */
  execClusterManager(options: HeatNamespaceOptions & { container?: string; command: string[] }): Promise<HeatExecResult>;
  /**
   * Run a command in a pod whose name begins with one of `exec.podNamePrefixes`; needs `exec.enabled`. Without `container`, it is
   * the pod's default one, or its first. At most 64 arguments, 16,384 characters together.
   */
  exec(
    options: HeatNamespaceOptions & { podName: string; container?: string; command: string[] },
  ): Promise<HeatExecResult>;
}

/** What a command left. `command` was an argv array, such as `["/bin/sh", "-c", "df -h"]`. */
interface HeatExecResult {
  readonly podName: string;
  readonly namespace: string;
  readonly container: string;
  /** Cut at `exec.maxOutputChars`, as is `stderr`; a last line says so then. */
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

interface HeatPodSummary {
  readonly name: string;
  readonly namespace: string;
  /** `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`. */
  readonly phase: string;
  /** Whether all containers are ready. */
  readonly ready: boolean;
  /** Restarts of all containers together. */
  readonly restarts: number;
  readonly node: string | null;
  readonly podIp: string | null;
  readonly startTime: string | null;
  readonly createdAt: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly containers: readonly HeatContainerSummary[];
}

interface HeatContainerSummary {
  readonly name: string;
  readonly image: string;
  readonly ready: boolean;
  readonly restarts: number;
  /** `running`, `waiting` or `terminated`, with its reason: `"waiting: CrashLoopBackOff"`. */
  readonly state: string | null;
  /** Requests and limits are Kubernetes quantities, such as `"250m"` or `"512Mi"`; `null` when not set. */
  readonly cpuRequest: string | null;
  readonly cpuLimit: string | null;
  readonly memoryRequest: string | null;
  readonly memoryLimit: string | null;
}

/** A deployment or a stateful set. */
interface HeatWorkloadSummary {
  readonly name: string;
  readonly namespace: string;
  /** How many there should be. */
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly updatedReplicas: number;
  readonly images: readonly string[];
  readonly createdAt: string | null;
  readonly labels: Readonly<Record<string, string>>;
}

interface HeatVolumeClaimSummary {
  readonly name: string;
  readonly namespace: string;
  readonly phase: string;
  readonly storageClass: string | null;
  readonly capacity: string | null;
  readonly accessModes: readonly string[];
  readonly volumeName: string | null;
}

interface HeatIngressSummary {
  readonly name: string;
  readonly namespace: string;
  readonly className: string | null;
  readonly hosts: readonly string[];
  readonly paths: readonly {
    readonly host: string | null; readonly path: string | null; readonly pathType: string; readonly service: string | null;
    readonly port: number | string | null;
  }[];
  readonly tls: readonly { readonly hosts: readonly string[]; readonly secretName: string | null }[];
}

interface HeatServiceSummary {
  readonly name: string;
  readonly namespace: string;
  readonly type: string;
  readonly clusterIp: string | null;
  readonly ports: readonly {
    readonly name: string | null; readonly port: number; readonly targetPort: number | string | null; readonly protocol: string;
    readonly nodePort: number | null;
  }[];
  readonly selector: Readonly<Record<string, string>>;
}

interface HeatNamespaceSummary {
  readonly name: string;
  readonly phase: string;
}

interface HeatClusterNodeSummary {
  readonly name: string;
  readonly ready: boolean;
  readonly roles: readonly string[];
  readonly kubeletVersion: string;
  readonly cpuCapacity: string | null;
  readonly memoryCapacity: string | null;
  readonly cpuAllocatable: string | null;
  readonly memoryAllocatable: string | null;
  readonly conditions: readonly {
    readonly type: string; readonly status: string; readonly reason: string | null; readonly message: string | null;
    readonly lastTransitionTime: string | null;
  }[];
}

// ---------------------------------------------------------------------------------------------------------- heat, jmespath

/** Helpers of the platform. A global, not a member of `ctx`. */
interface Heat {
  /**
   * The value at a path of names and indices: `"runs[0].tags.2"`; own members only. A miss is `fallback`, by default
   * `undefined`. Throws a TypeError for a path that is no string or lacks a `]`, never for what the data looks like.
   */
  getPath(value: unknown, path: string, fallback?: any): any;
  /**
   * Finite numbers as they are, decimal strings (trimmed) and booleans as numbers, dates as epoch milliseconds. Anything
   * else is `fallback`, by default `null`: `""`, `"0x10"`, `"12 kg"`, `NaN`.
   */
  coerceNumber(value: unknown): number | null;
  coerceNumber<Fallback>(value: unknown, fallback: Fallback): number | Fallback;
  /** Epoch milliseconds of an ISO 8601 date, or date and `T` and time; without a zone it is UTC. What is no date gives `null`. */
  parseIso8601(text: unknown): number | null;
  /** The same as the global `jmespath`. */
  readonly jmespath: HeatJmespath;
  /** Builds dashboard data. */
  readonly dataservice: HeatDataservice;
  /** Builds dashboard layouts. */
  readonly layout: HeatLayout;
}

declare var heat: Heat;

/** JMESPath, as specified at jmespath.org. */
interface HeatJmespath {
  /** What `expression` finds in `data`; `null` when nothing. Throws an Error that names the kind, such as a syntax error. */
  search(expression: string, data: unknown): any;
}

declare var jmespath: HeatJmespath;

// ----------------------------------------------------------------------------------------------------- heat.dataservice

interface HeatDataservice {
  /** Begin a `$heat-dataservice` block. */
  createBuilder(options?: HeatDataserviceOptions): HeatDataserviceBuilder;
}

interface HeatDataserviceOptions {
  /** Version of the block. Default `"1.0"`. */
  version?: string;
  /** Realm of channels that name none. Default `"default"`. */
  defaultRealm?: string;
}

/** What every channel has; other members are passed on as they are. */
interface HeatChannelSpec {
  /** Stable, unique within its realm; layouts name it in `channels`. */
  id: string;
  /** For people. */
  name: string;
  /** A group that `addGroup` has added before. */
  groupId: string;
  /** One of `realms[]` of the output. Default: the builder's. */
  realm?: string;
  /** Passed on to widgets: `units`, `channelType`, and so on. */
  metadata?: Record<string, unknown>;
  [more: string]: unknown;
}

type HeatChannelShape = "series" | "value" | "events" | "timestamps" | "ranges" | "mapdisplay";

/** Points may have other members, which are passed on. */
interface HeatSeriesPoint {
  /** Milliseconds on the dashboard's time axis. */
  timeMs: number;
  /** A finite number; a category, by its name or as a boolean; or `null` for a gap, which is also what `NaN` becomes. */
  value: number | string | boolean | null;
  [more: string]: unknown;
}

interface HeatEventPoint {
  timeMs: number;
  occurred: boolean;
  [more: string]: unknown;
}

interface HeatTimestampPoint {
  timeMs: number;
  annotation?: string;
  [more: string]: unknown;
}

interface HeatRangePoint {
  startTimeMs: number;
  /** Not before `startTimeMs`. */
  endTimeMs: number;
  /** Computed when missing. */
  durationMs?: number;
  [more: string]: unknown;
}

/** Builds dashboard data. Every method returns the builder; a fault throws at the call that made it, naming the channel. */
interface HeatDataserviceBuilder {
  /** A group must be added before its channels. Adding it again with another name throws. */
  addGroup(id: string, name: string): this;
  /** Numbers or categories over time. */
  series(spec: HeatChannelSpec, points: readonly HeatSeriesPoint[]): this;
  /** Anything that is not a time series: KPIs, bar charts. `payload` ends up under `data.value`. */
  value(spec: HeatChannelSpec, payload: unknown): this;
  /** Boolean instants. */
  events(spec: HeatChannelSpec, points: readonly HeatEventPoint[]): this;
  /** Labelled instants. */
  timestamps(spec: HeatChannelSpec, points: readonly HeatTimestampPoint[]): this;
  /** Phases. */
  ranges(spec: HeatChannelSpec, points: readonly HeatRangePoint[]): this;
  /** A channel whose `data` is given as it is stored, such as `{ series: [] }`, or as its bare points. */
  channel(spec: HeatChannelSpec & { shape: HeatChannelShape }, data: unknown): this;
  /** What `run` returns. */
  buildRoot(options?: HeatBuildRootOptions): HeatDataserviceRoot;
}

interface HeatBuildRootOptions {
  /** A v2 layout, or what builds one. */
  suggestedLayoutConfiguration?: HeatLayoutConfiguration | HeatLayoutBuilder | HeatComposableChartBuilder;
  /** The same under its short name; giving both throws. */
  layout?: HeatLayoutConfiguration | HeatLayoutBuilder | HeatComposableChartBuilder;
  /** External user identifiers (GUIDs) that may see the dashboard. Default: `dataserviceOutput.dashboardUsers`. */
  dashboardUsers?: readonly string[];
  /** The same under the name that it is stored by. */
  dashboard_users?: readonly string[];
}

/** The output of a node that feeds a Next dashboard. */
interface HeatDataserviceRoot {
  "$heat-dataservice": HeatDataserviceBlock;
  dashboard_users: string[];
  suggestedLayoutConfiguration?: HeatLayoutConfiguration;
}

interface HeatDataserviceBlock {
  version: string;
  groups: { id: string; name: string }[];
  realms: { name: string; channels: HeatChannel[] }[];
}

/** A channel as it is stored. */
interface HeatChannel {
  id: string;
  name: string;
  groupId: string;
  shape: HeatChannelShape;
  /** Under the name of its shape: `{ series: […] }`, `{ value: … }` and so on; a mapdisplay's own form. */
  data: any;
  metadata?: Record<string, unknown>;
}

// ---------------------------------------------------------------------------------------------------------- heat.layout

interface HeatLayout {
  /** Begin a v2 layout. */
  createBuilder(options?: HeatLayoutOptions): HeatLayoutBuilder;
}

interface HeatLayoutOptions {
  /** Default `"1.0.0"`. */
  version?: string;
  /** Default `["default"]`. */
  realms?: readonly string[];
  configuration?: HeatLayoutSettings;
}

/** Settings of a whole dashboard; the platform may know more than is named here. */
interface HeatLayoutSettings {
  enableGlobalPlaybackControls?: boolean;
  enableLiveDataPolling?: boolean;
  defaultRealm?: string;
  showRealmFilterDropdown?: boolean;
  [more: string]: unknown;
}

/** Settings of a row; the platform may know more than is named here. */
interface HeatRowOptions {
  category?: string;
  tab?: string;
  title?: string;
  collapsible?: boolean;
  [more: string]: unknown;
}

/** Settings of a column. The widget's own go under its own key, such as `barChartItem` or `mapDisplayItem`. */
interface HeatColumnConfig {
  name?: string;
  titleContent?: string;
  /** Ids of channels. */
  channels?: readonly string[];
  /** Width in twelfths of the row, 1 to 12 (default). */
  colspan?: number;
  [widgetKey: string]: unknown;
}

/** Builds a layout: rows of columns. A fault throws at the call that made it. */
interface HeatLayoutBuilder {
  /** Begin a row; columns go into the last one. */
  addRow(options?: HeatRowOptions): this;
  /** End the row; for symmetry, since the next `addRow` does it too. Throws when there is none. */
  endRow(): this;
  /** A column with a widget, such as `"BarChart"` or `"MapDisplay"`. Throws before the first `addRow`. */
  addColumn(componentId: string, config: HeatColumnConfig): this;
  /** A column with a chart of slices, which `endComposableChart` ends. */
  addComposableChart(spec: HeatColumnConfig & { name: string }): HeatComposableChartBuilder;
  /** The layout as JSON. */
  build(): HeatLayoutConfiguration;
}

/** A part of a composable chart, above or below the others by `order`. */
interface HeatSliceSpec {
  label?: string;
  /** Pixels, above 0. */
  height?: number;
  /** What stands above what; default: the number of the slice, from 1. */
  order?: number;
  [more: string]: unknown;
}

/** What a slice draws. */
interface HeatSeriesSpec {
  id: string;
  label?: string;
  /** Id of a channel. */
  channel: string;
  [more: string]: unknown;
}

/** Builds one composable chart; `addSeries` adds to the slice before it. After `endComposableChart` all of it throws. */
interface HeatComposableChartBuilder {
  /** What the slices share: a time axis, an index, or nothing. Default `"time"`. */
  anchor(anchor: "time" | "index" | "none"): this;
  /** Settings of the shared axis. */
  xAxis(options: { timeLabelMode?: string; [more: string]: unknown }): this;
  addAreaSlice(spec?: HeatSliceSpec): this;
  addEventsLaneSlice(spec?: HeatSliceSpec): this;
  addRangesLaneSlice(spec?: HeatSliceSpec): this;
  addLegendSlice(spec?: HeatSliceSpec): this;
  addStaticSlice(spec?: HeatSliceSpec): this;
  addScatterSlice(spec?: HeatSliceSpec): this;
  addSeries(spec: HeatSeriesSpec): this;
  /** Back to the layout. */
  endComposableChart(): HeatLayoutBuilder;
}

/** A v2 layout as it is stored. */
interface HeatLayoutConfiguration {
  version?: string;
  realms?: string[];
  configuration?: HeatLayoutSettings;
  components: { rows: any[] };
  [more: string]: unknown;
}

// ------------------------------------------------------------------------------------------------- console and web globals

/**
 * Entries of the envelope, formatted as Node 20 does (`%s %d %i %f %j %o %O %c %%`, objects to a depth of 2). By default at
 * most 1000 entries and 256 KiB; then one last `warn` says how much was dropped.
 */
interface HeatConsole {
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
  debug(...values: unknown[]): void;
}

declare var console: HeatConsole;

/** Call `callback` once, after `delayMs` whole milliseconds (default 1). A run ends when `run` settles: timers do not hold it. */
declare function setTimeout<Args extends unknown[]>(callback: (...args: Args) => void, delayMs?: number, ...args: Args): number;
/** Undo `setTimeout`; an unknown id does nothing. */
declare function clearTimeout(id?: number): void;
/** Call `callback` every `delayMs` milliseconds, until `clearInterval`. At most 100,000 timers may be pending at once. */
declare function setInterval<Args extends unknown[]>(callback: (...args: Args) => void, delayMs?: number, ...args: Args): number;
/** Undo `setInterval`; an unknown id does nothing. */
declare function clearInterval(id?: number): void;
/** Call `callback` after the code that runs now, before timers. */
declare function queueMicrotask(callback: () => void): void;
/** A deep copy. Throws an Error named `DataCloneError` for functions, symbols and other values that cannot be copied. */
declare function structuredClone<T>(value: T, options?: { transfer?: readonly ArrayBuffer[] }): T;
/** Base64 to a string of bytes (one character each). Throws when it is not base64. */
declare function atob(base64: string): string;
/** A string of bytes (characters to U+00FF) to base64. Throws at any other character. */
declare function btoa(bytes: string): string;

interface HeatPerformance {
  /** Whole milliseconds since the run began. */
  now(): number;
  /** When the run began, in epoch milliseconds. */
  readonly timeOrigin: number;
  toJSON(): { timeOrigin: number };
}

declare var performance: HeatPerformance;

/** Text to UTF-8. */
interface TextEncoder {
  readonly encoding: "utf-8";
  encode(text?: string): Uint8Array;
  encodeInto(text: string, target: Uint8Array): { read: number; written: number };
}

declare var TextEncoder: { prototype: TextEncoder; new (): TextEncoder };

/** UTF-8, UTF-16 and single-byte Latin 1 to text. */
interface TextDecoder {
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}

declare var TextDecoder: {
  prototype: TextDecoder;
  /** Throws a RangeError for another encoding. With `fatal`, `decode` throws a TypeError for malformed bytes. */
  new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }): TextDecoder;
};

/** A URL as the WHATWG defines it. Nothing can be fetched with it. Host names outside ASCII must be in punycode. */
interface URL {
  href: string;
  readonly origin: string;
  protocol: string;
  username: string;
  password: string;
  host: string;
  hostname: string;
  port: string;
  pathname: string;
  search: string;
  readonly searchParams: URLSearchParams;
  hash: string;
  toString(): string;
  toJSON(): string;
}

declare var URL: {
  prototype: URL;
  /** Throws a TypeError when it does not parse. */
  new (url: string | URL, base?: string | URL): URL;
  /** Whether it parses. */
  canParse(url: string | URL, base?: string | URL): boolean;
  /** `null` instead of a throw. */
  parse(url: string | URL, base?: string | URL): URL | null;
};

/** Names and values of a query, in order. */
interface URLSearchParams {
  readonly size: number;
  append(name: string, value: string): void;
  delete(name: string, value?: string): void;
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string, value?: string): boolean;
  set(name: string, value: string): void;
  sort(): void;
  forEach(callback: (value: string, name: string, params: URLSearchParams) => void, thisArg?: unknown): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  toString(): string;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}

declare var URLSearchParams: {
  prototype: URLSearchParams;
  new (init?: string | URLSearchParams | Record<string, string> | Iterable<readonly [string, string]>): URLSearchParams;
};

// ------------------------------------------------------------------- what `using` needs; lib.esnext.disposable has it too

interface SymbolConstructor {
  readonly dispose: unique symbol;
  readonly asyncDispose: unique symbol;
}

interface Disposable {
  [Symbol.dispose](): void;
}

interface AsyncDisposable {
  [Symbol.asyncDispose](): PromiseLike<void>;
}
