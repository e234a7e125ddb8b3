// The points of a channel: what each shape wants of them.

import { copyJson, fault, requireArray, requireNumber, membersOf, shown } from "./check.js";
import { ObjectKeys, defineValue, toText } from "../primordials.js";

const CHECKS = {
  __proto__: null,
  series(point, what) {
    requireNumber(point.timeMs, what + ".timeMs");
    const { value } = point;
    const type = typeof value;
    // NaN and the infinities pass: they are null in JSON, a gap.
    if (type !== "number" && type !== "string" && type !== "boolean" && value !== null) {
      throw fault(what + ".value must be a number, a string, a boolean or null, not " + shown(value)
        + (type === "object" ? "; structure belongs in a channel of shape value" : ""));
    }
  },
  events(point, what) {
    requireNumber(point.timeMs, what + ".timeMs");
    if (typeof point.occurred !== "boolean") throw fault(what + ".occurred must be true or false, not " + shown(point.occurred));
  },
  timestamps(point, what) {
    requireNumber(point.timeMs, what + ".timeMs");
    const { annotation } = point;
    if (annotation !== undefined && annotation !== null && typeof annotation !== "string") {
      throw fault(what + ".annotation must be a string, not " + shown(annotation));
    }
  },
  ranges(point, what) {
    const start = requireNumber(point.startTimeMs, what + ".startTimeMs");
    const end = requireNumber(point.endTimeMs, what + ".endTimeMs");
    if (end < start) {
      throw fault(what + ": endTimeMs (" + toText(end) + ") must not be before startTimeMs (" + toText(start) + ")");
    }
    if (point.durationMs === undefined || point.durationMs === null) defineValue(point, "durationMs", end - start, true);
    else if (requireNumber(point.durationMs, what + ".durationMs") < 0) {
      throw fault(what + ".durationMs must not be negative, but it is " + toText(point.durationMs));
    }
  },
};

/** Copies of points, checked for their shape. Members that no shape asks for (a label, an annotation) are kept. */
export function copyPoints(shape, points, channel) {
  const what = channel + ": points";
  const length = requireArray(points, what).length;
  const check = CHECKS[shape];
  const copied = [];
  for (let i = 0; i < length; i++) defineValue(copied, i, copyPoint(points[i], check, what + "[" + toText(i) + "]"), true);
  return copied;
}

function copyPoint(given, check, what) {
  const point = membersOf(given, what);
  check(point, what);
  const copy = {};
  const names = ObjectKeys(point);
  for (let i = 0; i < names.length; i++) {
    const value = point[names[i]];
    const type = typeof value;
    if (type === "object" && value !== null || type === "bigint") {
      defineValue(copy, names[i], copyJson(value, what + "." + names[i]), true);
    } else if (type !== "undefined" && type !== "function" && type !== "symbol") defineValue(copy, names[i], value, true);
  }
  return copy;
}
